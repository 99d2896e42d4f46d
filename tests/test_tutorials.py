"""The tutorials run as they stand, and say what they claim to show."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
CELL = re.compile(r"^```\{code-cell\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)

CHECKS = {
    "simulate": """
assert Path("sheet.png").stat().st_size > 20_000 and len(supernova) == 1
assert np.array_equal(store.read("train").images[0], movies.images[0])
""",
    "train": """
assert correct.groupby(test.truth["label"]).mean().mean() > 0.75  # by the shipped weights
assert (answers["prediction"] == test.truth["label"]).mean() > 1 / 7
""",
    "finetune": """
assert seen.sum() == len(tuned.tuned_on) == 10 * real.truth["label"].nunique()
assert after["mean"] > 0.8
""",
    "stream": """
assert set(again.counts()) != {"new"} and np.nanmax(difference) < 0.02
assert np.isfinite(probabilities[row, 0]).all()
""",
}
"""Statements about the names that each tutorial leaves."""


def code_of(page: Path) -> str:
    """The cells of a page, without their options, as one script."""
    cells = CELL.findall(page.read_text("utf-8"))
    return "\n".join(re.sub(r"^:.*\n", "", cell, flags=re.MULTILINE) for cell in cells)


def test_every_tutorial_is_checked():
    assert sorted(CHECKS) == sorted(page.stem for page in TUTORIALS.glob("*.md"))


@pytest.mark.parametrize("name", CHECKS)
def test_tutorial_runs(name, tmp_path):
    script = tmp_path / f"{name}_tutorial.py"
    script.write_text(code_of(TUTORIALS / f"{name}.md") + CHECKS[name], "utf-8")
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

"""The command ``simulate``, as a person would give it."""

import subprocess
import sys
from pathlib import Path

import pytest

SIMULATE = str(Path(sys.executable).parent / "simulate")


def give(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SIMULATE, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_writes_a_store_and_is_content_with_it(tmp_path):
    first = give("--survey", "hits", "--n", 8, "--workers", 1, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "8 training, 1 validation and 1 test" in first.stdout
    assert (tmp_path / "hits-movies/contact_sheet.png").exists()
    again = give("--survey", "hits", "--n", 8, "--workers", 1, cwd=tmp_path)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--survey", "kepler"], "expected a survey among hits; came 'kepler'"),
        (["--n", 0], "expected a positive number of movies, came 0"),
        (["--classes", "quasar"], "came quasar"),
        (["--renderer", "povray"], "came 'povray'"),
        (["--observing-log", "nothing.csv"], "nothing.csv"),
        (["--seed", -1], "expected a seed of at least 0, came -1"),
        (["--workers", 0], "came --workers 0"),
        (["--even", 1.5], "came 1.5"),
        (["--n", "many"], "--n"),
    ],
)
def test_wrong_words_give_one_line(words, expected, tmp_path):
    answer = give(*words, "--out", "s", cwd=tmp_path)
    assert answer.returncode == 2, answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert expected in answer.stderr
    assert not (tmp_path / "s").exists()

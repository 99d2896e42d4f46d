"""Workers that never come to work end a run; they do not hang it."""

import subprocess
import sys

import pytest

SCRIPT = """
import simulate, surveys
{before}
simulate.write(surveys.load("hits"), "store", n=460, classes=["non_variable"], workers=2)
"""


def run(folder, program, text=None):
    return subprocess.run(
        [sys.executable, program],
        input=text,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.parametrize(
    "before",
    [
        "",
        # killed while it starts, as by a memory limit
        "import os, signal, multiprocessing as m\n"
        "if m.parent_process(): os.kill(os.getpid(), signal.SIGKILL)",
        "import multiprocessing as m\nif m.parent_process(): raise ImportError('no such library')",
    ],
    ids=["no guard", "killed", "import error"],
)
def test_a_worker_that_dies_while_it_starts_ends_the_run(tmp_path, before):
    (tmp_path / "script.py").write_text(SCRIPT.format(before=before))
    done = run(tmp_path, "script.py")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "expected worker processes that start" in last
    assert 'under `if __name__ == "__main__":`, or give workers=1' in last


def test_a_program_from_standard_input_ends_likewise(tmp_path):
    done = run(tmp_path, "-", SCRIPT.format(before=""))
    assert done.returncode == 1
    assert "expected worker processes that start" in done.stderr

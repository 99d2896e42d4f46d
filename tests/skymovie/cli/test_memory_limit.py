"""Limits of the address space are answered in one line, before a library aborts."""

import subprocess
import sys

import pytest

from skymovie.cli import memory_limit
from surveys.errors import SkymovieError

COMMAND = """
import resource
from skymovie.cli import console

def work() -> None:
    "Work."
    {body}

resource.setrlimit(resource.RLIMIT_AS, ({limit}, resource.RLIM_INFINITY))
console.run(work)
"""


def run(body, limit):
    script = COMMAND.format(body=body, limit=limit)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


def test_too_low_a_limit_is_refused():
    done = run("pass", 1_500_000_000)
    assert done.returncode == 1
    assert done.stderr == (
        "error: expected a memory limit of at least 2 GB, got 1.5 GB; "
        "raise it (ulimit -v unlimited)\n"
    )


@pytest.mark.parametrize(
    "body", ["bytearray(10**13)", "raise ImportError('x.so: failed to map segment')"]
)
def test_a_limit_that_is_reached_is_told_in_one_line(body):
    done = run(body, 3_000_000_000)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "error: expected more memory than there is, under a limit of 3 GB"
    )
    assert done.stderr.count("\n") == 1


def test_other_errors_are_none(monkeypatch):
    monkeypatch.setattr(memory_limit, "of_process", lambda: None)
    assert memory_limit.explanation(ImportError("failed to map segment")) is None
    assert memory_limit.explanation(RuntimeError("a mistake of ours")) is None
    memory_limit.require(memory_limit.FOR_NETWORKS)
    monkeypatch.setattr(memory_limit, "of_process", lambda: 3_000_000_000)
    with pytest.raises(SkymovieError, match="at least 4 GB, got 3 GB"):
        memory_limit.require(memory_limit.FOR_NETWORKS)

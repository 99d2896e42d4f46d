"""Runs in processes of their own, and stores compared byte for byte."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import surveys
from simulate.run import run

if __name__ == "__main__":
    out, n, workers, i, of = sys.argv[1], *map(int, sys.argv[2:])
    shards = (i, of) if of else None
    classes = ("non_variable",)
    run.write(surveys.load("hits"), out, n, classes=classes, workers=workers, shards=shards)
"""
"""Constant stars, which are drawn fastest."""


def begin(folder: Path, out, n: int, workers: int = 1, shards=(0, 0)) -> subprocess.Popen:
    """Begin a run in a process group of its own."""
    program = folder / "program.py"
    if not program.exists():
        program.write_text(PROGRAM)
    words = [sys.executable, program, out, n, workers, *shards]
    return subprocess.Popen(list(map(str, words)), start_new_session=True)


def finish(folder: Path, out, n: int, workers: int = 1) -> None:
    """Run, and see that it went well."""
    assert begin(folder, out, n, workers).wait(timeout=200) == 0


def content(folder) -> dict[str, bytes]:
    """Every file under a folder, by name."""
    files = (Path(base) / name for base, _, names in os.walk(folder) for name in names)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def assert_same(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    """Equal names, equal bytes."""
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []

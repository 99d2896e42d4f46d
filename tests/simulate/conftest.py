"""The command `simulate` in this process, and a made-up folder of real movies for it."""

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from simulate.cli import command
from skymovie.cli import console
from tests.skymovie.conftest import hits

__all__ = ["hits", "simulate"]


@pytest.fixture
def simulate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., CompletedProcess[str]]:
    """Give the command as a person would, in the folder `tmp_path`."""

    def give(*words: object, columns: int = 80) -> CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["simulate", *map(str, words)])
        monkeypatch.setattr(console.out, "width", columns)
        with pytest.raises(SystemExit) as left:
            command.main()
        return CompletedProcess(sys.argv, left.value.code, *capsys.readouterr())

    return give

from pathlib import Path

import pytest

from surveys.files.paths import local


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_tilde_means_home(home):
    assert local("~/movies") == local(Path("~/movies")) == home / "movies"
    assert local("~") == home


def test_other_paths_stay_as_they_are():
    assert local("a/b~/c") == Path("a/b~/c")
    assert local("/x/~/y") == Path("/x/~/y")


def test_a_folder_that_is_called_so_is_never_expanded_later(home, monkeypatch):
    monkeypatch.chdir(home)
    assert local("./~/x") == home / "~" / "x"
    assert local("~nobody-of-this-name/x") == home / "~nobody-of-this-name" / "x"

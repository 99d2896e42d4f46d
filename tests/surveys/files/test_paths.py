from pathlib import Path

import pytest

from surveys.errors import UsageError
from surveys.files import atomic
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


@pytest.mark.parametrize("path", ["s3://bucket/run", Path("s3://bucket/run")])
def test_a_url_is_no_local_path(path):
    with pytest.raises(UsageError, match="expected a local path, got the URL s3://"):
        local(path)


@pytest.mark.parametrize("path", ["file:///data/x", Path("file:///data/x"), "/data/x"])
def test_a_url_of_this_machine_is_one(path):
    assert local(path) == Path("/data/x")


def test_a_name_with_a_colon_never_looks_like_a_url(home, monkeypatch):
    monkeypatch.chdir(home)
    assert local("http:x/a.csv") == home / "http:x" / "a.csv"


def test_what_is_written_by_name_goes_home(home):
    atomic.put("~/file", b"content")
    with atomic.replacing(Path("~/other")) as part:
        part.write_bytes(b"content")
    assert sorted(file.name for file in home.iterdir()) == ["file", "other"]

"""Files that are there whole or not at all."""

from pathlib import Path

import pytest
from upath import UPath

from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic


@pytest.fixture(params=["local", "memory", "moved"])
def folder(request, tmp_path, monkeypatch):
    """A place on a disk, in an object store, and on a remote file system that moves files."""
    if request.param == "local":
        return tmp_path
    if request.param == "moved":
        monkeypatch.setattr(atomic, "WHOLE", set())
    return atomic.place(f"memory://{tmp_path.name}/{request.param}")


def names(folder) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_put_replaces_and_leaves_nothing_beside(folder):
    for content in (b"first", bytearray(b"second")):
        atomic.put(folder / "a" / "file", content, folder / "aside")
    assert (folder / "a" / "file").read_bytes() == b"second"
    assert names(folder / "a") == ["file"]
    atomic.put(folder / "file", b"third")
    assert (folder / "file").read_bytes() == b"third"


def test_create_makes_a_file_once(folder):
    assert atomic.create(folder / "file", b"mine", folder / "aside")
    assert not atomic.create(folder / "file", b"yours", folder / "aside")
    assert (folder / "file").read_bytes() == b"mine"


def test_create_where_there_are_no_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(atomic.os, "link", refuse)
    assert atomic.create(tmp_path / "file", b"mine")
    assert not atomic.create(tmp_path / "file", b"yours")
    assert names(tmp_path) == ["file"]


def test_replacing_gives_a_local_file_to_write(folder):
    atomic.put(folder / "file", b"old")
    with atomic.replacing(folder / "file", ".of-its-kind") as part:
        assert part.name.endswith(".of-its-kind")
        part.write_text("new")
        assert (folder / "file").read_bytes() == b"old"
    assert (folder / "file").read_bytes() == b"new"
    assert names(folder) == ["file"]


def test_what_fails_leaves_the_old_file(folder):
    atomic.put(folder / "file", b"old")

    def fail():
        with atomic.replacing(folder / "file") as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (folder / "file").read_bytes() == b"old"
    assert names(folder) == ["file"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("movies", Path("movies")),
        ("/data/my movies:2", Path("/data/my movies:2")),
        (Path("a/b"), Path("a/b")),
        ("file:///data/movies", Path("/data/movies")),
        (UPath("/data/movies"), Path("/data/movies")),
        ("s3://bucket/movies", UPath("s3://bucket/movies")),
        (Path("s3://bucket/movies"), UPath("s3://bucket/movies")),
        (UPath("memory://movies"), UPath("memory://movies")),
    ],
)
def test_places(words, expected):
    found = atomic.place(words)
    assert found == expected
    assert isinstance(found, Path) == isinstance(expected, Path)


def test_an_unknown_protocol_is_named():
    with pytest.raises(UsageError, match="got tape://reel/4"):
        atomic.place("tape://reel/4")


def test_a_remote_complaint_is_one_line():
    def complain():
        with atomic.reaching(UPath("memory://x")):
            raise PermissionError("Access\n Denied")

    with pytest.raises(SkymovieError, match=r"^memory://x: .* got Access Denied; see") as caught:
        complain()
    assert "\n" not in str(caught.value)

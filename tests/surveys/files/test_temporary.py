import errno
import tempfile

import pytest

from surveys.errors import SkymovieError
from surveys.files import atomic, temporary


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_folder_is_removed():
    with temporary.folder() as folder:
        (folder / "file").write_text("content")
    assert not folder.exists()


@pytest.mark.parametrize("tempdir", ["full", "missing"])
def test_where_none_can_be_made_its_place_is_named(tempdir, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / tempdir))
    if tempdir == "full":
        monkeypatch.setattr(tempfile, "mkdtemp", full)
    with (
        pytest.raises(SkymovieError, match=f"temporary files in .*{tempdir}, got .*TMPDIR"),
        temporary.folder(),
    ):
        pass


def test_a_disk_that_fills_up_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    expected = f"room for temporary files in {tmp_path}, got a full disk; .* TMPDIR"
    with pytest.raises(SkymovieError, match=expected), temporary.folder():
        full()


def test_another_disk_that_fills_up_is_not_taken_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_to_disk", lambda _: None)
    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as caught, temporary.folder():
        atomic.put(tmp_path / "file", b"content")
    assert str(tmp_path / "file") in caught.value.filename

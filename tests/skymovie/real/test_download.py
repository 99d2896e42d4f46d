import functools
import http.server
import io
import re
import tarfile
import threading
from pathlib import Path

import pytest

from skymovie.real import download, hits_stamps
from skymovie.real.reader import open_real
from surveys.errors import SkymovieError, UsageError

TOP = f"HiTS_simulations-{download.COMMIT}"
PATH = f"{download.REPOSITORY}/tar.gz/{download.COMMIT}"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{TOP}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def public(hits, monkeypatch):
    """The files of the made-up repository, which are now the known ones."""
    files = files_of(hits)
    known = {name: download.blob_id(content)[:16] for name, content in files.items()}
    monkeypatch.setattr(download, "known_files", lambda: known)
    counts = {"EB": 2, "RRLyrae": 2, "real_constants": 2, "SNstamps/npy": 2}
    monkeypatch.setattr(download, "COUNTS", counts)
    return files | {"LICENSE": b"MIT", "simulate.py": b"print('no')"}


class Quiet(http.server.SimpleHTTPRequestHandler):
    length: int | None = None

    def log_message(self, *_):
        pass

    def send_header(self, keyword, value):
        if keyword == "Content-Length" and self.length:
            value = str(self.length)
        super().send_header(keyword, value)


@pytest.fixture
def serve(tmp_path_factory):
    """Serve bytes as the archive; gives the server's address."""
    root = tmp_path_factory.mktemp("server")
    servers = []

    def start(content: bytes | None, length: int | None = None) -> str:
        if content is not None:
            (root / PATH).parent.mkdir(parents=True, exist_ok=True)
            (root / PATH).write_bytes(content)
        handler = type("Handler", (Quiet,), {"length": length})
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(handler, directory=root)
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def target(tmp_path_factory):
    return tmp_path_factory.mktemp("cache") / "hits"


def left(target: Path) -> list[Path]:
    return list(target.parent.iterdir())


def test_a_whole_archive_becomes_a_folder(public, serve, target):
    assert download.download(target, serve(archive(public)))
    got = files_of(target)
    assert got == {n: c for n, c in public.items() if n != "simulate.py"}
    assert left(target) == [target]
    assert len(open_real(target)) == 8
    assert target.stat().st_mode & 0o055 == 0o055


def test_the_second_run_fetches_nothing(public, serve, target):
    download.download(target, serve(archive(public)))
    assert not download.download(target, "http://127.0.0.1:9")


def test_an_empty_folder_is_taken(public, serve, target):
    target.mkdir()
    assert download.download(target, serve(archive(public)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"real_obs/real_stamps/SNstamps/SNHiTS.txt": b"other"}, r"SNHiTS\.txt has other content"),
        ({"real_obs/real_stamps/SNstamps/SNHiTS.txt": None}, r"SNHiTS\.txt is missing"),
    ],
)
def test_other_content_is_told(public, serve, target, change, expected):
    changed = {n: c for n, c in (public | change).items() if c is not None}
    with pytest.raises(SkymovieError, match=f"expected the HiTS movies .* where .*{expected}"):
        download.download(target, serve(archive(changed)))
    assert left(target) == []


def test_too_few_movies_are_told(public, serve, target, monkeypatch):
    monkeypatch.setattr(download, "COUNTS", {"EB": 76})
    with pytest.raises(SkymovieError, match="EB has 2 movies of 76"):
        download.download(target, serve(archive(public)))
    assert left(target) == []


def test_an_archive_cut_short_is_told(public, serve, target):
    whole = archive(public)
    with pytest.raises(SkymovieError, match="damaged"):
        download.download(target, serve(whole[: len(whole) // 2]))
    assert left(target) == []


def test_a_connection_cut_short_is_told(public, serve, target):
    whole = archive(public)
    with pytest.raises(SkymovieError, match=r"ChunkedEncodingError|ConnectionError"):
        download.download(target, serve(whole[: len(whole) // 2], length=len(whole)))
    assert left(target) == []


@pytest.mark.parametrize("place", [100, 2000, -200])
def test_a_damaged_archive_is_told(public, serve, target, place):
    damaged = bytearray(archive(public))
    damaged[place] ^= 0xFF
    with pytest.raises(SkymovieError, match="expected"):
        download.download(target, serve(bytes(damaged)))
    assert left(target) == []


def test_what_is_no_archive_is_told(public, serve, target):
    with pytest.raises(SkymovieError, match=r"expected a whole tar\.gz archive"):
        download.download(target, serve(b"<html>try later</html>"))


def test_an_absent_archive_is_told(public, serve, target):
    with pytest.raises(SkymovieError, match=r"got 404 .*give another --url"):
        download.download(target, serve(None))
    assert left(target) == []


def test_an_absent_server_is_told(public, target):
    with pytest.raises(SkymovieError, match="got ConnectionError"):
        download.download(target, "http://127.0.0.1:9")
    assert left(target) == []


def test_files_cannot_leave_the_folder(public, serve, target):
    bad = public | {"real_obs/../../../outside": b"x"}
    with pytest.raises(SkymovieError, match="stay in their folder"):
        download.download(target, serve(archive(bad)))
    assert left(target) == []


def test_links_are_not_followed(public, serve, target):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        link = tarfile.TarInfo(f"{TOP}/real_obs/real_stamps")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
        for name, data in public.items():
            member = tarfile.TarInfo(f"{TOP}/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    download.download(target, serve(content.getvalue()))
    assert not (target / "real_obs/real_stamps").is_symlink()


def test_an_archive_that_swells_is_told(public, serve, target, monkeypatch):
    monkeypatch.setattr(download, "MOST_BYTES", 1000)
    with pytest.raises(SkymovieError, match="expected under 1,000 bytes"):
        download.download(target, serve(archive(public)))
    assert left(target) == []


def test_other_files_are_left_alone(public, serve, target):
    target.mkdir()
    (target / "mine").write_text("mine")
    with pytest.raises(UsageError, match="expected a new folder or a whole copy"):
        download.download(target, serve(archive(public)))
    assert files_of(target) == {"mine": b"mine"}


def test_git_names_files_alike():
    # `printf 'hello\n' | git hash-object --stdin`
    assert download.blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_the_list_of_known_files_is_sound():
    known = download.known_files()
    assert len(known) == 2099
    assert all(re.fullmatch("[0-9a-f]{16}", blob) for blob in known.values())
    assert sum(name.startswith("real_obs/Blind15A_info/") for name in known) == 1626
    for folder, count in download.COUNTS.items():
        stamps = [n for n in known if re.fullmatch(rf".*/{folder}/[^/]*_stamps?\.npy", n)]
        assert 0.4 * count < len(stamps) <= count


def test_the_real_files_are_the_known_ones(real_hits):
    for name, blob in download.known_files().items():
        assert download.blob_id((real_hits / name).read_bytes()).startswith(blob)
    assert hits_stamps.root(real_hits) is not None


def test_the_command_tells_where_the_movies_are(public, serve, target, capsys):
    download.download_hits(to=target, url=serve(archive(public)))
    told = capsys.readouterr().out
    assert f"{target}: ready" in told
    assert f"SKYMOVIE_HITS={target}" in told
    download.download_hits(to=target, url="http://127.0.0.1:9")
    assert "already there" in capsys.readouterr().out

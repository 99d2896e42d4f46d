"""Fetch the public HiTS movies: the command ``download-hits``.

One archive of github.com/rodrigcd/HiTS_simulations at a fixed commit is fetched, unpacked and
checked beside its destination, and moved there only when whole. GitHub makes its archives anew, so
that no checksum of one holds for long; what holds is the content of the files. Those in
``data/hits_files.txt`` must come as they were, and every class must have as many movies as the
repository has.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import platformdirs
import typer

from skymovie.cli import console
from surveys.errors import SkymovieError, UsageError
from surveys.files.paths import local

REPOSITORY = "rodrigcd/HiTS_simulations"
COMMIT = "275198b77abef1e1db4a669e7d824d9655501ab0"
BASE = "https://codeload.github.com"

COUNTS = {"EB": 76, "RRLyrae": 111, "real_constants": 500, "SNstamps/npy": 91}
"""Movies in each folder of ``real_stamps`` at that commit."""

WANTED = ("real_obs", "LICENSE")
"""What is kept of the repository."""

MOST_BYTES = 2 * 1024**3
"""An archive that unpacks to more than this is not the one meant (the files take about 60 MB)."""


def default_folder() -> Path:
    """Where the public HiTS movies are kept unless told otherwise."""
    return platformdirs.user_cache_path("skymovie") / "hits"


def download(folder: Path | str, base: str = BASE) -> bool:
    """Fetch the public HiTS movies into a folder.

    Parameters
    ----------
    folder : path
        Made whole or not at all.
    base : str
        Server that gives ``/OWNER/NAME/tar.gz/COMMIT`` as codeload.github.com does.

    Returns
    -------
    bool
        False if a whole copy was there already.

    Raises
    ------
    UsageError
        If the folder holds something else.
    SkymovieError
        If the archive cannot be had, is cut short, or is not what the commit has.
    """
    folder = local(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if found := problem(folder):
            raise UsageError(
                f"{folder}: expected a new folder or a whole copy of the HiTS movies, got one "
                f"where {found}; remove it, or choose another with --to"
            )
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    url = f"{base.rstrip('/')}/{REPOSITORY}/tar.gz/{COMMIT}"
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        archive, unpacked = Path(beside) / "archive.tar.gz", Path(beside) / "hits"
        _fetch(url, archive)
        _unpack(archive, unpacked, url)
        if found := problem(unpacked):
            raise SkymovieError(
                f"{url}: expected the HiTS movies of commit {COMMIT[:8]}, got an archive where "
                f"{found}; try again later, or from another --url"
            )
        unpacked.replace(folder)
    return True


def problem(folder: Path) -> str | None:
    """What is wrong with a copy, in words; None if it is whole."""
    for name, expected in known_files().items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if not blob_id(path.read_bytes()).startswith(expected):
            return f"{name} has other content"
    for name, expected_count in COUNTS.items():
        got = len(list((folder / "real_obs/real_stamps" / name).glob("*_stamp*.npy")))
        if got < expected_count:
            return f"{name} has {got} movies of {expected_count}"
    return None


def known_files() -> dict[str, str]:
    """Beginning of git's blob id of each known file, by its path in the repository."""
    text = (resources.files("skymovie") / "data" / "hits_files.txt").read_text("utf-8")
    files, folder = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            folder = line.strip("[]")
        elif not line.startswith("#"):
            blob, name = line.split()
            files[f"{folder}/{name}"] = blob
    return files


def blob_id(content: bytes) -> str:
    """Git's name for a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _fetch(url: str, archive: Path) -> None:
    """Get the archive, showing how much has come."""
    import pooch
    from requests import RequestException

    pooch.get_logger().setLevel("WARNING")
    console.out.print(f"fetching {url}")
    try:
        with _megabytes() as counter:
            downloader = pooch.HTTPDownloader(progressbar=counter, chunk_size=2**16)
            pooch.retrieve(url, None, archive.name, archive.parent, downloader=downloader)
    except RequestException as error:
        answer = error.response
        got = type(error).__name__ if answer is None else f"{answer.status_code} {answer.reason}"
        raise SkymovieError(
            f"{url}: expected an archive, got {got}; look to the network, or give another --url"
        ) from error


class _Counter:
    """What pooch tells how many bytes have come."""

    def __init__(self, status: Any):
        self.total, self._came, self._status = 0, 0, status

    def update(self, n: int) -> None:
        self._came += n
        of = f" of {self.total / 1e6:,.0f}" if self.total else ""
        self._status.update(f"{self._came / 1e6:,.0f}{of} MB")

    def reset(self) -> None:
        self._came = 0

    def close(self) -> None:
        self._status.stop()


@contextmanager
def _megabytes() -> Iterator[_Counter]:
    with console.out.status("waiting for the server", spinner="line") as status:
        yield _Counter(status)


def _unpack(archive: Path, folder: Path, url: str) -> None:
    """Unpack the wanted regular files, without the archive's own top folder."""
    folder.mkdir()
    size = 0
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                inner = PurePosixPath(*PurePosixPath(member.name).parts[1:])
                if not member.isfile() or inner.parts[:1] not in [(w,) for w in WANTED]:
                    continue
                size += member.size
                if size > MOST_BYTES:
                    raise SkymovieError(
                        f"{url}: expected under {MOST_BYTES:,} bytes, got more; not unpacked"
                    )
                tar.extract(member.replace(name=str(inner)), folder, filter="data")
    except tarfile.FilterError as error:
        raise SkymovieError(
            f"{url}: expected files that stay in their folder, got {error}; do not trust {url}"
        ) from error
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SkymovieError(
            f"{url}: expected a whole tar.gz archive, got a damaged one ({error}); try again"
        ) from error


def download_hits(
    to: Annotated[
        Path | None, typer.Option(help="Folder to make; the user's cache if not given.")
    ] = None,
    url: Annotated[str, typer.Option(help="Server that has the archive, for mirrors.")] = BASE,
) -> None:
    """Fetch the real HiTS 2015A movies (MIT licence) that the other commands call `hits`.

    Example: `download-hits`, then `finetune RUN --real hits`.
    """
    folder = to or default_folder()
    got = download(folder, url)
    console.out.print(f"{folder}: {'ready' if got else 'already there, and whole'}")
    if to is not None:
        console.out.print(f"to use it: export SKYMOVIE_HITS={folder.resolve()}")


def main() -> None:
    """Entry point of the command ``download-hits``."""
    console.run(download_hits)

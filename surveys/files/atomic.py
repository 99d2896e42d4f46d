"""Files that are there whole or not at all, on a local disk or at any URL that fsspec knows.

A local file is written beside and renamed. Object stores put an object whole; on other remote file
systems (SFTP and the like) files are written beside and moved.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from surveys.errors import SkymovieError, UsageError
from surveys.files import temporary
from surveys.files.paths import LOCAL, local, url

if TYPE_CHECKING:
    from upath import UPath

Place: TypeAlias = "Path | UPath"
"""A file or folder: a `pathlib.Path` where it is local, else a `upath.UPath`."""

WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss", "memory"}
"""Protocols of the stores that never show half an object."""

_count = itertools.count()


def place(where: str | os.PathLike[str] | Place) -> Place:
    """The place that a person's words mean: a local path, or a URL such as ``s3://bucket/movies``.

    A `pathlib.Path` made of a URL, which has one slash left, is mended.

    Raises
    ------
    UsageError
        If fsspec knows no such protocol, or a package that it needs is missing.
    """
    protocol = getattr(where, "protocol", None)
    if protocol is not None and protocol not in LOCAL:
        return where
    protocol, rest = url(where) or ("", "")
    if protocol in LOCAL:
        return local(where)
    try:
        from upath import UPath

        found = UPath(f"{protocol}://{rest}")
        _ = found.fs
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"expected a local path or a URL that can be reached, got {where} "
            f"({' '.join(str(error).split())}); pip install 'skymovie[remote]' brings S3, other "
            "file systems have an fsspec package each"
        ) from error
    return found


def is_there(path: Place) -> bool:
    """Whether a file is there now, whatever a remote file system remembers of its folders."""
    if isinstance(path, Path):
        return path.exists()
    with reaching(path):
        fs: Any = path.fs
        fs.invalidate_cache()
        return bool(fs.exists(path.path))


def put(path: Place | os.PathLike[str] | str, content: Any, aside: Place | None = None) -> None:
    """Write a file whole; one that is there is replaced, a folder that is missing is made.

    Parameters
    ----------
    content : bytes, or another buffer
    aside : Path or UPath, optional
        Folder on the same file system for the unfinished file, which then has a name of its own
        for each process. Without it the name is ``NAME.part``: what a killed process leaves is
        overwritten by the next, but two at a time get into each other's way.
    """
    path = place(path)
    if isinstance(path, Path):
        part = Path(_aside(path, aside))
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
        _write(part, content)
        try:
            part.replace(path)
        except FileNotFoundError:  # someone cleared up
            _write(part, content)
            part.replace(path)
        return
    with reaching(path):
        fs: Any = path.fs
        if path.protocol in WHOLE:
            fs.pipe_file(path.path, bytes(content))
        else:
            beside: Any = _aside(path, aside)
            fs.makedirs(beside.parent.path, exist_ok=True)
            fs.makedirs(path.parent.path, exist_ok=True)
            fs.pipe_file(beside.path, bytes(content))
            fs.mv(beside.path, path.path)


def create(path: Place, content: Any, aside: Place | None = None) -> bool:
    """Write a file whole unless it is there; whether this call made it.

    Of several processes that try at once, one does, on local disks, network file systems with hard
    links and object stores with conditional writes (S3, Google, Azure). Elsewhere the last wins.
    """
    if not isinstance(path, Path):
        with reaching(path):
            fs: Any = path.fs
            try:
                fs.pipe_file(path.path, bytes(content), mode="create")
            except OSError:  # FileExistsError, or S3's "precondition failed"
                if is_there(path):
                    return False
                raise
        return True
    part = Path(_aside(path, aside))
    _write(part, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # no hard links here (exFAT, some mounts)
        if path.exists():
            return False
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


@contextmanager
def replacing(path: Place | os.PathLike[str] | str, ending: str = "") -> Iterator[Path]:
    """A local file to write, that takes the place of `path` once the block has ended well.

    For writers that want a file name; its unfinished file is ``NAME.part`` (see `put`).

    Parameters
    ----------
    ending : str
        What that name ends in besides, for writers that take no other.
    """
    path = place(path)
    if isinstance(path, Path):
        part = path.with_name(f"{path.name}.part{ending}")
        try:
            yield part
            _to_disk(part)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    else:
        with temporary.folder() as folder:
            part = folder / f"{path.name}{ending}"
            yield part
            put(path, part.read_bytes())


@contextmanager
def reaching(path: Place) -> Iterator[None]:
    """Say in one line what a remote file system complains about.

    Raises
    ------
    SkymovieError
        For whatever it raised; a local path's errors are left as they are.
    """
    try:
        yield
    except SkymovieError:
        raise
    except Exception as error:  # each file system has its own
        if isinstance(path, Path):
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SkymovieError(
            f"{path}: expected a place that can be read and written, got {reason}; see that it "
            "exists and that this machine has the credentials for it"
        ) from error


def _aside(path: Place, aside: Place | None) -> Place:
    if aside is None:
        return path.with_name(path.name + ".part")
    return aside / f"{path.name}.{socket.gethostname()}.{os.getpid()}.{next(_count)}"


def _write(part: Path, content: Any) -> None:
    try:
        part.write_bytes(content)
    except FileNotFoundError:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
    except OSError as error:
        error.filename = error.filename or str(
            part
        )  # which write() leaves out where a disk is full
        raise
    _to_disk(part)


def _to_disk(part: Path) -> None:
    """Wait until the content is on the disk: a rename may get there before it."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

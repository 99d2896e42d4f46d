"""The one rule by which a user's words become a path: ``~`` means home, ``s3://…`` is a URL.

pathlib takes ``~`` for a folder of that name, pandas and pyarrow for home, and libraries disagree
on what is a URL: passing a path on unsettled may write one half of a run here, the other there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from surveys.errors import UsageError

LOCAL = {"", "file", "local"}
"""Protocols of URLs that mean this machine."""

_URL = re.compile(r"([a-z][a-z0-9+.-]+):/{1,3}(.*)", re.DOTALL)


def url(path: str | os.PathLike[str]) -> tuple[str, str] | None:
    """Protocol and rest of a URL, None where a path is none.

    A `pathlib.Path` made of a URL has one slash left after the colon; it counts as the URL.
    """
    match = _URL.fullmatch(os.fspath(path))
    return (match[1], match[2]) if match else None


def local(path: str | os.PathLike[str]) -> Path:
    """A path on this machine, with ``~`` or ``~user`` in front expanded.

    A folder that is really called ``~`` is written ``./~``. Its path becomes absolute, and so does
    one with a colon in front, such as ``s3:x``: nothing downstream takes it for home or for a URL.

    Raises
    ------
    UsageError
        For the URL of another machine.
    """
    found = url(path)
    if found is not None and found[0] not in LOCAL:
        raise UsageError(
            f"expected a local path, got the URL {found[0]}://{found[1]}; only movie stores can be "
            "elsewhere"
        )
    if found is not None:
        return Path("/" + found[1].lstrip("/"))
    settled = Path(os.path.expanduser(os.fspath(path)))
    first = str(settled).partition("/")[0]
    return settled.absolute() if first.startswith("~") or ":" in first else settled

"""Folders for temporary files; where there is no room for them, the error names the folder."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveys.errors import SkymovieError

REMEDY = "free some space or set TMPDIR to a folder that has it"


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder under TMPDIR, removed in the end.

    Raises
    ------
    SkymovieError
        If it cannot be made, or its disk is full while the block writes there.
    """
    try:
        made = tempfile.TemporaryDirectory(prefix="skymovie-", ignore_cleanup_errors=True)
    except OSError as error:
        reason = error.strerror if error.filename else "no usable one"
        raise SkymovieError(
            f"expected a folder for temporary files in {_where()}, got {reason}; {REMEDY}"
        ) from error
    with made as name:
        try:
            yield Path(name)
        except OSError as error:
            ours = error.filename is None or os.fsdecode(error.filename).startswith(name)
            if not ours or error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise SkymovieError(
                f"expected room for temporary files in {_where()}, got a full disk; {REMEDY}"
            ) from error


def _where() -> str:
    return tempfile.tempdir or os.environ.get("TMPDIR", "TMPDIR")

"""Parquet tables of a store, in memory and many at a time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow
from pyarrow import parquet

from surveys.errors import SkymovieError
from surveys.files import atomic
from surveys.files.atomic import Place

AT_ONCE = 8
"""Files read side by side."""


def to_bytes(table: pd.DataFrame) -> bytes:
    """A table as the content of a Parquet file."""
    content = table.to_parquet(None, index=False)
    assert isinstance(content, bytes)
    return content


def read(files: Sequence[Place], columns: list[str] | None = None) -> pd.DataFrame:
    """Read tables, or some of their columns, and join them, in order.

    A column that some of them lack is filled with NaN (or None) there.

    Raises
    ------
    SkymovieError
        If a file is missing or damaged.
    """
    with ThreadPoolExecutor(min(AT_ONCE, len(files))) as pool:
        tables = list(pool.map(partial(_read, columns=columns), files))
    joined = pyarrow.concat_tables(tables, promote_options="permissive")
    return joined.to_pandas()


def _read(file: Place, columns: list[str] | None) -> pyarrow.Table:
    try:
        with atomic.reaching(file), _opened(file) as content:
            return parquet.ParquetFile(content).read(columns, use_threads=False)
    except (OSError, ValueError, SkymovieError) as error:
        reason = " ".join(str(error).split())
        raise SkymovieError(
            f"{file}: expected a Parquet table, got {reason}; "
            "delete it and run the simulate command that wrote the store again"
        ) from error


def _opened(file: Place) -> BinaryIO:
    """The file, opened here: Arrow takes names for UTF-8, and one such as s3:x for a URL."""
    return file.open("rb") if isinstance(file, Path) else io.BytesIO(file.read_bytes())

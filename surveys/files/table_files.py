"""Reading the tables that users bring: CSV, ECSV or Parquet, as a data frame and stated units."""

from __future__ import annotations

import lzma
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from surveys.errors import SkymovieError, UsageError

FORMATS = ".csv, .csv.gz, .ecsv or .parquet"
COMPRESSED = (".gz", ".bz2", ".xz")

DATE = "MJD"
"""Unit of a column that held dates, which are no plain number of days."""

MJD_ZERO = pd.Timestamp("1858-11-17")

AS_THEY_ARE = ("utc", "ut1", "local")
"""Time scales within a second of UTC, or tied to none."""


@dataclass
class TableFile:
    """What a file says.

    Attributes
    ----------
    frame : DataFrame
        One row a visit or a measurement, numbered from 1: lists are taken apart. Dates are MJD
        (UTC, float), durations are in days. Text stays text.
    units : dict
        The unit of each column that states one, as astropy spells it; `DATE` for dates.
    notes : list of str
        What was converted on the way.
    """

    frame: pd.DataFrame
    units: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read(path: Path, what: str, text: Sequence[str] | None = None) -> TableFile:
    """Read a table.

    Parameters
    ----------
    path : path
        Its ending tells the format: see `FORMATS`; also ``.bz2``, ``.xz``, ``.pq``.
    what : str
        What the file should be, for errors: "an observing log".
    text : sequence of str, optional
        Columns of a CSV file that stay text even where they look like numbers; all by default.

    Raises
    ------
    UsageError
        If there is no such file, its ending is unknown, or lists in a row differ in length.
    SkymovieError
        If the file is damaged.
    """
    ending = _ending(path)
    if not path.is_file() or ending not in ("csv", "ecsv", "parquet"):
        got = (
            "a folder"
            if path.is_dir()
            else "no file"
            if not path.exists()
            else (path.suffix or "a name without an ending")
        )
        raise UsageError(
            f"{path}: expected {what} named {FORMATS}, got {got}; check the path or convert it"
        )
    try:
        with warnings.catch_warnings():
            # An unknown unit becomes an error where the column is needed, and does not matter else.
            warnings.simplefilter("ignore")
            # Absolute: relative names such as http:x.csv are URLs to pandas and astropy.
            table = _READERS[ending](path.absolute(), text)
    except pd.errors.EmptyDataError:
        table = TableFile(pd.DataFrame())
    except SkymovieError:
        raise
    except (ValueError, OSError, EOFError, zlib.error, lzma.LZMAError, KeyError) as error:
        raise SkymovieError(
            f"{path}: expected a table in {ending.upper()}, got a file that cannot be read "
            f"({' '.join(str(error).split())}); write it again"
        ) from error
    _dates(table)
    table.frame = _explode(path, table.frame)
    table.frame.index = pd.RangeIndex(1, len(table.frame) + 1)
    return table


def _ending(path: Path) -> str:
    endings = [suffix.lower() for suffix in path.suffixes]
    if endings and endings[-1] in COMPRESSED:
        endings.pop()
        if endings and endings[-1] == ".parquet":
            return ""
    ending = endings[-1][1:] if endings else ""
    return {"pq": "parquet", "parq": "parquet"}.get(ending, ending)


def _csv(path: Path, text: Sequence[str] | None) -> TableFile:
    dtype: Any = str if text is None else dict.fromkeys(text, str)
    return TableFile(pd.read_csv(path, dtype=dtype, comment="#", skipinitialspace=True))


def _ecsv(path: Path, text: Sequence[str] | None) -> TableFile:
    from astropy.table import Table

    return _from_astropy(Table.read(path, format="ascii.ecsv"))


def _parquet(path: Path, text: Sequence[str] | None) -> TableFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    if b"table_meta_yaml" in (table.schema.metadata or {}):  # astropy's own, with units
        from astropy.table import Table

        return _from_astropy(Table.read(path, format="parquet"))
    units = {
        f.name: f.metadata[b"unit"].decode()
        for f in table.schema
        if f.metadata and b"unit" in f.metadata
    }
    frame = table.to_pandas()
    frame = frame.reset_index([n for n in frame.index.names if n is not None])
    for nested in (f.name for f in table.schema if pa.types.is_struct(f.type)):
        # A light curve nested in one column, as nested-pandas writes it: a struct of lists.
        parts = pd.DataFrame([v or {} for v in frame.pop(nested)], index=frame.index)
        frame = frame.join(parts[[c for c in parts if c not in frame]])
    return TableFile(frame, units)


_READERS = {"csv": _csv, "ecsv": _ecsv, "parquet": _parquet}


def _from_astropy(table: Any) -> TableFile:
    """An astropy table; columns of coordinates and the like are left out."""
    from astropy.coordinates import SkyCoord
    from astropy.time import Time, TimeDelta

    out = TableFile(pd.DataFrame())
    columns: dict[str, Any] = {}
    for name in table.colnames:
        column = table[name]
        if isinstance(column, Time):
            named = column.scale not in AS_THEY_ARE
            mjd = (column.utc if named else column).mjd
            columns[name] = np.ma.filled(np.ma.asarray(mjd, dtype=np.float64), np.nan)
            out.units[name] = DATE
            if named:
                out.notes.append(f"{name} converted from {column.scale.upper()} to UTC")
            continue
        if isinstance(column, TimeDelta):
            columns[name] = np.asarray(column.to_value("d"), np.float64)
            out.units[name] = "d"
            continue
        if isinstance(column, SkyCoord) or not hasattr(column, "dtype"):
            out.notes.append(f"{name} left out: it holds {type(column).__name__}")
            continue
        if str(column.unit or ""):
            out.units[name] = str(column.unit)
        if getattr(column, "ndim", 1) > 1:
            columns[name] = pd.Series([np.ravel(row) for row in np.asarray(column)], dtype=object)
        else:
            columns[name] = _plain(table, name)
    out.frame = pd.DataFrame(columns)
    return out


def _plain(table: Any, name: str) -> Any:
    """One column of numbers or text as pandas has it; bytes, as in HDF5 and Parquet, are text."""
    column = table[[name]].to_pandas()[name]
    if column.dtype == object and len(column) and isinstance(column.iloc[0], bytes):
        column = column.str.decode("utf-8", "replace")
    return column.array


def _dates(table: TableFile) -> None:
    """Timestamps become MJD, durations days: pandas would take either for nanoseconds."""
    for name, column in table.frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            table.frame[name] = column.astype(column.cat.categories.dtype)
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            if getattr(column.dt, "tz", None) is not None:
                column = column.dt.tz_convert("UTC").dt.tz_localize(None)
            table.frame[name] = (column - MJD_ZERO).dt.total_seconds() / 86400
            table.units[str(name)] = DATE
            table.notes.append(f"{name} converted from timestamps (as UTC) to MJD")
        elif pd.api.types.is_timedelta64_dtype(column.dtype):
            table.frame[name] = column.dt.total_seconds() / 86400
            table.units[str(name)] = "d"


def _explode(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """A table of lists, one object a row, as one measurement a row; empty lists give no row."""
    lists = [
        name
        for name in frame.columns
        if frame[name].dtype == object
        and frame[name].map(lambda v: isinstance(v, list | tuple | np.ndarray)).any()
    ]
    if not {"mjd", "MJD"} & set(lists):
        return frame  # lists at a single date are no light curve: left to be refused or ignored
    # A value that is no list counts as −1, a gap as an empty list.
    lengths = pd.DataFrame({name: frame[name].map(_length) for name in lists})
    uneven = (lengths.nunique(axis=1) > 1) | (lengths < 0).any(axis=1)
    if uneven.any():
        k = int(np.argmax(uneven))
        got = ", ".join(
            f"{n} of {name}" if n >= 0 else f"no list in {name}"
            for name, n in lengths.iloc[k].items()
        )
        raise UsageError(
            f"{path}: row {k + 1}: expected lists of one length, got {got}; "
            "write one row a measurement"
        )
    return frame[lengths[lists[0]] > 0].explode(lists, ignore_index=True)


def _length(value: Any) -> int:
    if isinstance(value, list | tuple | np.ndarray):
        return len(value)
    return -1 if pd.notna(value) else 0

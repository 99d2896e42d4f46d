"""Reading tables of observed light curves: CSV, ECSV or Parquet, one row a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves import table_rows
from skymovie.cli import console
from surveys import columns, units
from surveys.errors import UsageError
from surveys.files import table_files
from surveys.files.paths import local

NUMBERS = ("mjd", "magnitude", "magnitude_error")
COLUMNS = ("object_id", *NUMBERS)
UNITS = {
    "mjd": units.MJD,
    "magnitude": units.MAGNITUDES,
    "magnitude_error": units.MAGNITUDES,
    "period": units.DAYS,
}
"""To which a table's columns are converted, where they state their unit."""

FEWEST = 5
"""Measurements of a star: mean, amplitude, length scale and noise are estimated from them."""


@dataclass(frozen=True)
class Star:
    """What was measured of one star, in time order.

    Attributes
    ----------
    name : str
    mjd, magnitude, error : arrays, shape (M,)
        Days and mag.
    period : float
        Days; NaN where there is none.
    """

    name: str
    mjd: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    error: NDArray[np.float64]
    period: float


def read(path: str | Path, band: str | None = None) -> list[Star]:
    """The stars of a table, in the order of their names.

    Parameters
    ----------
    path : path
        A CSV (also compressed), ECSV or Parquet file with the columns ``object_id``, ``mjd``
        (days), ``magnitude``, ``magnitude_error`` and, if periods are known, ``period`` (days; the
        same in all rows of an object, empty where it has none); one row a measurement, or one an
        object with lists. Rows of another band, flagged ones, upper limits and placeholders are
        left out (`simulate.light_curves.table_rows`), further columns too, each with a note.
    band : str, optional
        Which band to take of a table that holds several.

    Raises
    ------
    UsageError
        If there is no such file, a column, row or star is not as it must be, a unit cannot be
        converted, or the table holds several bands and none is chosen.
    SkymovieError
        If the file is damaged.
    """
    path = local(path)
    file = table_files.read(path, "a table of light curves")
    raw = file.frame
    if raw.empty and not len(raw.columns):
        raw = file.frame = pd.DataFrame(columns=list(COLUMNS))
    flags = table_rows.columns(raw)
    _check_columns(path, [str(column) for column in raw.columns], flags)
    if raw.empty:
        raise UsageError(
            f"{path}: expected at least {FEWEST} measurements of a star, got an empty table"
        )
    units.settle(path, file, UNITS)
    for text in file.notes:
        console.note(f"{path}: {text}")
    every = raw["object_id"].dropna().astype(str).str.strip().unique()
    raw = table_rows.marked(path, raw, flags, band)
    table = table_rows.credible(path, _numbers(path, raw))
    period = table["period"]
    _refuse(path, period <= 0, period, "period", "a period above 0 days, or nothing")
    table = table.sort_values(["object_id", "mjd"], kind="stable")
    _check_dates(path, table)
    _check_objects(path, table, every)
    return [_star(path, str(name), rows) for name, rows in table.groupby("object_id")]


def _check_columns(path: Path, found: list[str], used: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in found]
    unknown = [name for name in found if name not in (*COLUMNS, "period", *used)]
    repeated = [name for name in (*COLUMNS, "period") if found.count(name) > 1]
    if repeated:
        raise UsageError(
            f"{path}: expected each column once, got {repeated[0]} twice; rename or drop one"
        )
    if missing:
        raise UsageError(
            f"{path}: expected the columns {', '.join(COLUMNS)} and perhaps period, missing "
            f"{columns.named(missing, unknown)}; got {', '.join(found) or 'none'}; "
            "rename or add them"
        )
    if unknown:
        console.note(f"{path}: columns left out: {', '.join(unknown)}")


def _numbers(path: Path, raw: pd.DataFrame) -> pd.DataFrame:
    """The wanted columns, as names and numbers; only periods may be missing."""
    names = raw["object_id"]
    blank = names.isna() | (names.astype(str).str.strip() == "")
    _refuse(path, blank, names, "object_id", "a name")
    out = pd.DataFrame({"object_id": names.astype(str).str.strip()}, index=raw.index)
    for column in (*NUMBERS, "period"):
        if column not in raw:
            out[column] = np.nan
            continue
        given = raw[column]
        out[column] = _to_numbers(given)
        bad = ~np.isfinite(out[column])
        if column == "period":  # empty means that there is none
            bad &= given.notna()
        _refuse(path, bad, given, column, "a number")
    return out


def _to_numbers(given: pd.Series) -> pd.Series[float]:
    """What is no number (text, a date, a list) becomes NaN."""
    if given.dtype == object:
        given = given.map(lambda v: v if isinstance(v, str) or np.ndim(v) == 0 else None)
        given = given.map(lambda v: None if isinstance(v, date | timedelta | dict) else v)
    numbers: pd.Series[float] = pd.to_numeric(given, errors="coerce").astype(np.float64)
    return numbers


def _refuse(
    path: Path,
    bad: pd.Series[bool],
    given: pd.Series,
    column: str,
    expected: str,
    remedy: str = "correct or leave out the row",
) -> None:
    """Name the first bad row, counted from 1 without the header."""
    if bad.any():
        k = int(np.argmax(bad))
        row, value = bad.index[k], given.iloc[k]
        if (np.ndim(value) == 0 and pd.isna(value)) or str(value).strip() == "":
            found = "nothing"
        elif isinstance(value, int | float | np.number):
            found = f"{value:g}"
        else:
            found = " ".join(repr(value).split())[:60]
        more = f" (and {bad.sum() - 1:,} rows more)" if bad.sum() > 1 else ""
        raise UsageError(
            f"{path}: row {row}: expected {expected} as {column}, got {found}{more}; {remedy}"
        )


def _check_dates(path: Path, table: pd.DataFrame) -> None:
    twice = table.duplicated(["object_id", "mjd"])
    if twice.any():
        k = int(np.argmax(twice))  # the first of the two stands just above: the table is sorted
        first, second = table.index[k - 1], table.index[k]
        name, mjd = table["object_id"].iloc[k], table["mjd"].iloc[k]
        raise UsageError(
            f"{path}: row {second}: expected one measurement of {name} at MJD {mjd}, got another "
            f"in row {first}; keep one band, or average them"
        )


def _check_objects(path: Path, table: pd.DataFrame, names: NDArray[np.object_]) -> None:
    """No object may vanish with the rows that were left out."""
    counts = table["object_id"].value_counts().reindex(names, fill_value=0)
    few = counts[counts < FEWEST]
    if len(few):
        more = f" (and {len(few) - 1:,} objects more)" if len(few) > 1 else ""
        raise UsageError(
            f"{path}: object {few.index[0]}: expected at least {FEWEST} measurements, got "
            f"{few.iloc[0]}{more}; leave the object out"
        )


def _star(path: Path, name: str, rows: pd.DataFrame) -> Star:
    periods = rows["period"].unique()
    if len(periods) > 1:
        raise UsageError(
            f"{path}: object {name}: expected one period in all its rows, got "
            f"{', '.join(str(p) for p in periods[:3])}; give each object one period or none"
        )
    mjd, magnitude, error = (rows[column].to_numpy(np.float64) for column in NUMBERS)
    return Star(name, mjd, magnitude, error, float(periods[0]))

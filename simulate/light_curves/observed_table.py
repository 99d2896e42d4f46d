"""Reading tables of observed light curves: CSV, ECSV or Parquet, one row a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.cli import console
from surveys import columns
from surveys.errors import SkymovieError, UsageError

NUMBERS = ("mjd", "magnitude", "magnitude_error")
COLUMNS = ("object_id", *NUMBERS)
UNITS = {"mjd": "d", "magnitude": "mag", "magnitude_error": "mag", "period": "d"}
"""To which an ECSV table's columns are converted, where they say their unit."""

POSSIBLE = (-30.0, 40.0)
"""Magnitudes outside are fluxes, or the 99.99 of a measurement that failed."""

FEWEST = 5
"""Measurements of a star: mean, amplitude, length scale and noise are to be told from them."""


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


def read(path: str | Path) -> list[Star]:
    """The stars of a table, in the order of their names.

    Parameters
    ----------
    path : path
        A ``.csv``, ``.ecsv`` or ``.parquet`` file with the columns ``object_id``, ``mjd`` (days),
        ``magnitude``, ``magnitude_error`` and, if periods are known, ``period`` (days; the same in
        all rows of an object, empty where it has none). Further columns are left out, with a note.

    Raises
    ------
    UsageError
        If there is no such file, or a column, row or star is not as it must be.
    SkymovieError
        If the file is damaged.
    """
    path = Path(path)
    raw = _raw(path)
    _check_columns(path, [str(column) for column in raw.columns])
    if raw.empty:
        raise UsageError(
            f"{path}: expected at least {FEWEST} measurements of a star, got an empty table"
        )
    raw.index = pd.RangeIndex(1, len(raw) + 1)
    table = _numbers(path, raw)
    _check_rows(path, table)
    table = table.sort_values(["object_id", "mjd"], kind="stable")
    _check_dates(path, table)
    return [_star(path, str(name), rows) for name, rows in table.groupby("object_id")]


def _raw(path: Path) -> pd.DataFrame:
    """A table as it stands, its values as text unless the file knows better."""
    if not path.is_file():
        raise UsageError(
            f"{path}: expected a table of light curves (.csv, .ecsv or .parquet), got "
            f"{'a folder' if path.is_dir() else 'no file'}; check the path"
        )
    try:
        match path.suffix.lower():
            case ".csv":
                return pd.read_csv(path, dtype=str, comment="#", skipinitialspace=True)
            case ".ecsv":
                return _ecsv(path)
            case ".parquet":
                return pd.read_parquet(path)
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=list(COLUMNS))
    except (pd.errors.ParserError, UnicodeDecodeError, ValueError, OSError) as error:
        if isinstance(error, SkymovieError):
            raise
        reason = " ".join(str(error).split())
        raise SkymovieError(
            f"{path}: expected a table in {path.suffix[1:].upper()}, got a file that cannot be "
            f"read ({reason}); write it anew"
        ) from error
    raise UsageError(
        f"{path}: expected a table named .csv, .ecsv or .parquet, got "
        f"{path.suffix or 'a name without an ending'}; rename or convert it"
    )


def _ecsv(path: Path) -> pd.DataFrame:
    from astropy.table import Table
    from astropy.units import UnitConversionError

    table = Table.read(path, format="ascii.ecsv")
    for name, unit in UNITS.items():
        if name in table.colnames and table[name].unit is not None:
            try:
                table[name].convert_unit_to(unit)
            except UnitConversionError as error:
                raise UsageError(
                    f"{path}: expected {name} in {unit}, got {table[name].unit}; convert it"
                ) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _check_columns(path: Path, got: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in got]
    unknown = [name for name in got if name not in (*COLUMNS, "period")]
    if missing:
        raise UsageError(
            f"{path}: expected the columns {', '.join(COLUMNS)} and perhaps period, missing "
            f"{columns.named(missing, unknown)}; got {', '.join(got) or 'none'}; "
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
        out[column] = pd.to_numeric(given, errors="coerce").astype(np.float64)
        bad = ~np.isfinite(out[column])
        if column == "period":  # empty means that there is none
            bad &= given.notna()
        _refuse(path, bad, given, column, "a number")
    return out


def _check_rows(path: Path, table: pd.DataFrame) -> None:
    low, high = POSSIBLE
    magnitude, error, period = (table[name] for name in ("magnitude", "magnitude_error", "period"))
    _refuse(
        path,
        ~magnitude.between(low, high),
        magnitude,
        "magnitude",
        f"a magnitude from {low:g} to {high:g}",
        "leave out failed measurements, convert fluxes",
    )
    _refuse(path, error <= 0, error, "magnitude_error", "an error above 0")
    _refuse(path, period <= 0, period, "period", "a period above 0 days, or nothing")


def _refuse(
    path: Path,
    bad: pd.Series[bool],
    got: pd.Series,
    column: str,
    expected: str,
    remedy: str = "mend or leave out the row",
) -> None:
    """Name the first bad row, counted from 1 without the header."""
    if bad.any():
        k = int(np.argmax(bad))
        row, value = bad.index[k], got.iloc[k]
        if pd.isna(value) or str(value).strip() == "":
            found = "nothing"
        else:
            found = repr(value) if isinstance(value, str) else f"{value:g}"
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


def _star(path: Path, name: str, rows: pd.DataFrame) -> Star:
    periods = rows["period"].unique()
    if len(periods) > 1:
        raise UsageError(
            f"{path}: object {name}: expected one period in all its rows, got "
            f"{', '.join(str(p) for p in periods[:3])}; give each object one period or none"
        )
    if len(rows) < FEWEST:
        raise UsageError(
            f"{path}: object {name}: expected at least {FEWEST} measurements, got {len(rows)}; "
            "leave the object out"
        )
    mjd, magnitude, error = (rows[column].to_numpy(np.float64) for column in NUMBERS)
    return Star(name, mjd, magnitude, error, float(periods[0]))

"""Reading logs of real exposures: the records of HiTS, and tables in CSV or ECSV.

A survey's own records are mended where they are broken, with one line that says how many; in a
table that somebody made for this purpose, a gap is a mistake and becomes an error.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from surveys import columns
from surveys.errors import SkymovieError, UsageError
from surveys.exposures import Exposures

HITS_NAMES = {
    "FIELD": "field",
    "EPOCH": "epoch",
    "MJD": "mjd",
    "FILTER": "band",
    "EXP_TIME": "exposure_time",
    "SEEING": "seeing",
    "AIRMASS": "airmass",
    "BACK_LEVEL": "sky",
    "ZP_PS": "zero_point",
    "LIMIT_MAG_EA5": "limiting_magnitude",
}
"""What the columns of HiTS are called here."""

UNITS = {"mjd": "d", "exposure_time": "s", "seeing": "arcsec"}
"""To which a table's columns are converted, where they say their unit."""

RECORD = re.compile(r"(?P<field>\w+_\d+)_\d+_[a-zA-Z]\.npy")
"""File name of a HiTS record, such as ``Blind15A_04_02_g.npy``."""

FOLDERS = (".", "Blind15A_info", "real_obs/Blind15A_info")
"""Where, below the given folder, the records may lie."""

POSSIBLE = {"zero_point": (23.0, 26.0), "limiting_magnitude": (20.0, 26.0)}
"""What a HiTS record can say, mag. A few are broken (a limit of 14.5, a zero point of 22.6)."""


def read(path: str | Path, band: str | None = None) -> Exposures:
    """Exposures of a log, of one band or of all.

    Parameters
    ----------
    path : path
        A folder of HiTS records (see `RECORD` and `FOLDERS`), or a table in CSV or ECSV with the
        columns of `Exposures` or with those of HiTS (`HITS_NAMES`). Further columns are left out.
    band : str, optional
        Keep this filter only.

    Raises
    ------
    UsageError
        If there is no such file, no exposure (in `band`), or a column or number is missing.
    SkymovieError
        If a file is damaged.
    """
    path = Path(path)
    frame = _records(path) if path.is_dir() else _table(path)
    exposures = Exposures.from_frame(frame, source=str(path))
    if band is None:
        return exposures
    chosen = exposures.band == band
    if not chosen.any():
        got = ", ".join(sorted(set(exposures.band.tolist())))
        raise UsageError(f"{path}: expected exposures in band {band}; got bands {got}")
    return exposures.select(chosen)


def _records(folder: Path) -> pd.DataFrame:
    """The HiTS records of a folder: incomplete ones left out, impossible numbers clipped."""
    files: list[tuple[Path, str]] = []
    for below in FOLDERS:
        named = [(file, RECORD.fullmatch(file.name)) for file in (folder / below).glob("*.npy")]
        files = sorted((file, match["field"]) for file, match in named if match)
        if files:
            break
    else:
        raise UsageError(
            f"{folder}: expected exposure records such as Blind15A_04_02_g.npy, here or in "
            f"{' or '.join(FOLDERS[1:])}; got none; give their folder or a CSV or ECSV table"
        )
    frame = pd.DataFrame([_record(file) | {"field": field} for file, field in files])
    frame = frame.reindex(columns=Exposures.columns())
    whole = frame.replace([np.inf, -np.inf], np.nan).notna().all(axis=1)
    frame, n_lost = frame[whole].copy(), int((~whole).sum())
    n_clipped = 0
    for name, (low, high) in POSSIBLE.items():
        n_clipped += int((~frame[name].between(low, high)).sum())
        frame[name] = frame[name].clip(low, high)
    if n_lost or n_clipped:
        print(
            f"note: {len(files)} exposure records in {folder}: {n_lost} left out as incomplete, "
            f"{n_clipped} impossible zero points or limiting magnitudes clipped",
            file=sys.stderr,
        )
    if frame.empty:
        raise UsageError(f"{folder}: expected complete exposure records; got none of {n_lost}")
    return frame


def _record(file: Path) -> dict[str, object]:
    """The wanted columns of one record."""
    try:
        record = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise SkymovieError(
            f"{file}: expected an exposure record; {error}; fetch it anew"
        ) from error
    if record.shape != () or record.dtype.names is None:
        raise SkymovieError(
            f"{file}: expected one structured record; got {record.dtype} of shape {record.shape}"
        )
    row = {HITS_NAMES[n]: record[n].item() for n in record.dtype.names if n in HITS_NAMES}
    return {k: v.decode("ascii", "replace") if isinstance(v, bytes) else v for k, v in row.items()}


def _table(path: Path) -> pd.DataFrame:
    """A user's table under our names of columns, its rows numbered from 1."""
    if not path.is_file():
        raise UsageError(f"expected an observing log (folder, CSV or ECSV); got no file {path}")
    try:
        if path.suffix == ".csv":
            frame = pd.read_csv(path, skipinitialspace=True, comment="#")
        elif path.suffix == ".ecsv":
            frame = _ecsv(path)
        else:
            raise UsageError(f"expected an observing log named .csv or .ecsv; got {path}")
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame()
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise SkymovieError(f"{path}: expected a table; {' '.join(str(error).split())}") from error
    frame = frame.rename(columns=HITS_NAMES)
    _check_columns(path, [str(c) for c in frame.columns])
    if frame.empty:
        raise UsageError(f"{path}: expected exposures; got an empty table")
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame[list(Exposures.columns())]


def _ecsv(path: Path) -> pd.DataFrame:
    """An ECSV table, its columns in our `UNITS`."""
    from astropy.io.ascii import InconsistentTableError
    from astropy.table import Table
    from astropy.units import UnitConversionError

    try:
        table = Table.read(path, format="ascii.ecsv")
    except (InconsistentTableError, ValueError) as error:
        raise SkymovieError(f"{path}: expected ECSV; {' '.join(str(error).split())}") from error
    for name in table.colnames:
        unit = UNITS.get(HITS_NAMES.get(name, name))
        if unit is None or table[name].unit is None:
            continue
        try:
            table[name].convert_unit_to(unit)
        except UnitConversionError as error:
            raise UsageError(
                f"{path}: expected {name} in {unit}; got {table[name].unit}; convert it"
            ) from error
    return table.to_pandas()


def _check_columns(path: Path, got: list[str]) -> None:
    """Say which columns are missing, and which of those that came might have been meant."""
    wanted = Exposures.columns()
    missing = [name for name in wanted if name not in got]
    unknown = [name for name in got if name not in wanted]
    repeated = {name for name in wanted if got.count(name) > 1}
    if repeated:
        raise UsageError(f"{path}: expected each column once; got {', '.join(repeated)} twice")
    if missing:
        raise UsageError(
            f"{path}: expected the columns {', '.join(wanted)} (or HiTS' names for them); "
            f"missing {columns.named(missing, unknown)}; got {', '.join(got) or 'nothing'}"
        )
    if unknown:
        print(f"note: {path}: columns left out: {', '.join(unknown)}", file=sys.stderr)

"""Reading logs of real exposures: the records of HiTS, and tables in CSV, ECSV or Parquet.

A survey's own records are mended where they are broken, with one line that says how many; in a
table that somebody made for this purpose, a gap is a mistake and becomes an error.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from surveys import columns, units
from surveys.camera import Camera
from surveys.errors import SkymovieError, UsageError
from surveys.exposures import Exposures
from surveys.files import table_files
from surveys.files.paths import local
from surveys.logs import consistency

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

SKY = "sky = exposure_time * pixel_scale**2 * 10**(0.4 * (zero_point - m)) for m in mag/arcsec2"

UNITS = {
    "epoch": units.NUMBER,
    "mjd": units.MJD,
    "exposure_time": units.Unit("seconds", ("s",)),
    "seeing": units.Unit("arcsec", ("arcsec",), "multiply pixels by the pixel scale"),
    "airmass": units.NUMBER,
    "sky": units.Unit(
        "ADU per pixel and exposure",
        ("adu / pix", "adu", "DN / pix", "DN", "ct / pix", "ct"),
        f"divide electrons by the gain, multiply rates by exposure_time; {SKY}",
    ),
    "zero_point": units.Unit(
        "mag (of one ADU per second)",
        ("mag",),
        "a flux F of one ADU per second makes zero_point = -2.5 log10(F / 3631 Jy)",
    ),
    "limiting_magnitude": units.MAGNITUDES,
}
"""To which a table's columns are converted, where they state their unit."""

RECORD = re.compile(r"(?P<field>\w+_\d+)_\d+_[a-zA-Z]\.npy")
"""File name of a HiTS record, such as ``Blind15A_04_02_g.npy``."""

FOLDERS = (".", "Blind15A_info", "real_obs/Blind15A_info")
"""Where, below the given folder, the records may lie."""

POSSIBLE = {"zero_point": (23.0, 26.0), "limiting_magnitude": (20.0, 26.0)}
"""What a HiTS record can say, mag. A few are broken (a limit of 14.5, a zero point of 22.6)."""

CREDIBLE = {
    "mjd": (0.0, 400_000.0, "subtract 2400000.5 from Julian dates, or drop such rows"),
    "airmass": (0.999, 40.0, "airmass is 1 at the zenith; drop or correct such rows"),
    "zero_point": (5.0, 45.0, "drop rows with placeholders; it is the magnitude of one ADU/s"),
    "limiting_magnitude": (5.0, 40.0, "drop rows with placeholders such as 99 or -1"),
}
"""What a user's table can say: lowest, highest, and what to do about the rest."""


def read(path: str | Path, band: str | None = None, camera: Camera | None = None) -> Exposures:
    """Exposures of a log, of one band or of all.

    Parameters
    ----------
    path : path
        A folder of HiTS records (see `RECORD` and `FOLDERS`), or a table (CSV, also compressed,
        ECSV or Parquet) with the columns of `Exposures` or with those of HiTS (`HITS_NAMES`).
        Further columns are left out. Units that the file states are converted (`UNITS`).
    band : str, optional
        Keep this filter only.
    camera : Camera, optional
        With it, a table whose limiting magnitudes contradict its other columns is warned of.

    Raises
    ------
    UsageError
        If there is no such file, no exposure (in `band`), a column or number is missing or
        impossible, or a unit cannot be converted.
    SkymovieError
        If a file is damaged.
    """
    path = local(path)
    own = not path.is_dir()
    exposures = Exposures.from_frame(_table(path) if own else _records(path), source=str(path))
    if band is not None:
        chosen = exposures.band == band
        if not chosen.any():
            got = ", ".join(sorted(set(exposures.band.tolist())))
            raise UsageError(f"{path}: expected exposures in band {band}; got bands {got}")
        exposures = exposures.select(chosen)
    if own and camera is not None and (warning := consistency.contradiction(exposures, camera)):
        _note(f"{path}: {warning}", "warning")
    return exposures


def _note(text: str, kind: str = "note") -> None:
    print(f"{kind}: {text}", file=sys.stderr)


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
        _note(
            f"{len(files)} exposure records in {folder}: {n_lost} left out as incomplete, "
            f"{n_clipped} impossible zero points or limiting magnitudes clipped"
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
            f"{file}: expected an exposure record; {error}; fetch it again"
        ) from error
    if record.shape != () or record.dtype.names is None:
        raise SkymovieError(
            f"{file}: expected one structured record; got {record.dtype} of shape {record.shape}"
        )
    row = {HITS_NAMES[n]: record[n].item() for n in record.dtype.names if n in HITS_NAMES}
    return {k: v.decode("ascii", "replace") if isinstance(v, bytes) else v for k, v in row.items()}


def _table(path: Path) -> pd.DataFrame:
    """A user's table under our names of columns and in our units, its rows numbered from 1."""
    # Fields named 007 keep their zeros; numbers are parsed as numbers at once.
    table = table_files.read(path, "an observing log", text=("field", "FIELD", "band", "FILTER"))
    table.frame = table.frame.rename(columns=HITS_NAMES)
    table.units = {HITS_NAMES.get(name, name): unit for name, unit in table.units.items()}
    _check_columns(path, [str(c) for c in table.frame.columns])
    if table.frame.empty:
        raise UsageError(f"{path}: expected exposures; got an empty table")
    units.settle(path, table, UNITS)
    for text in table.notes:
        _note(f"{path}: {text}")
    frame = table.frame[list(Exposures.columns())]
    for name, (low, high, remedy) in CREDIBLE.items():
        values = pd.to_numeric(frame[name], errors="coerce")
        # Gaps and infinities are named by Exposures.
        _require_credible(path, np.isfinite(values) & ~values.between(low, high), values, remedy)
    return frame


def _require_credible(path: Path, bad: pd.Series, values: pd.Series, remedy: str) -> None:
    if not bad.any():
        return
    low, high, _ = CREDIBLE[str(values.name)]
    row = bad.index[int(np.argmax(bad))]
    more = f" and {bad.sum() - 1:,} more" if bad.sum() > 1 else ""
    raise UsageError(
        f"{path}: expected {values.name} from {low:g} to {high:g} in every row; got "
        f"{values.loc[row]:.9g} in row {row}{more}; {remedy}"
    )


def _check_columns(path: Path, found: list[str]) -> None:
    """Say which columns are missing, and which of those found might have been meant."""
    wanted = Exposures.columns()
    missing = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    repeated = {name for name in wanted if found.count(name) > 1}
    if repeated:
        raise UsageError(f"{path}: expected each column once; got {', '.join(repeated)} twice")
    if missing:
        raise UsageError(
            f"{path}: expected the columns {', '.join(wanted)} (or HiTS' names for them); "
            f"missing {columns.named(missing, unknown)}; got {', '.join(found) or 'nothing'}"
        )
    if unknown:
        _note(f"{path}: columns left out: {', '.join(unknown)}")

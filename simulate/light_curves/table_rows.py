"""Which rows of a table of light curves count: one band, unflagged, detected, no placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from skymovie.cli import console
from surveys.errors import UsageError

BANDS = (
    *("band", "filter", "filtercode", "filterid", "filter_id", "filter_name", "filtername"),
    *("fid", "passband", "bandpass", "filt", "flt"),
)
NUMBERED = {"1": "g", "2": "r", "3": "i"}
"""ZTF's numbers of its filters."""

PREFIX = re.compile(r"(?:z|ztf|lsst|sdss|des|decam|ps1|hsc)[_: ]?([ugrizyY])")
"""Names such as zg, ztfg, lsst_g."""

FLAGS = ("catflags", "flags", "flag", "quality", "quality_flag")
LIMITS = ("limit", "upper_limit", "upperlimit", "is_limit", "is_upper_limit", "nondetection")
DETECTIONS = ("detected", "is_detected", "detection")

YES = {"1", "1.0", "true", "t", "yes", "y", "<", ">"}
NO = {"0", "0.0", "false", "f", "no", "n", "", "nan", "none", "<na>"}

CREDIBLE = (-5.0, 29.0)
"""Magnitudes at or beyond these are placeholders (-99, 99, 30), or fluxes."""


def columns(raw: pd.DataFrame) -> list[str]:
    """The columns that say which rows count."""
    found = []
    for name in map(str, raw.columns):
        word = name.casefold()
        if word in BANDS:
            found.append(name)
        elif word in FLAGS + LIMITS + DETECTIONS and list(raw.columns).count(name) == 1:
            values = _values(raw[name])
            numeric = word in FLAGS and pd.to_numeric(raw[name], errors="coerce").notna()
            if (values.isin(YES | NO) | numeric).all():  # else a limiting magnitude, or a grade
                found.append(name)
    return found


def marked(path: Path, raw: pd.DataFrame, flags: list[str], band: str | None) -> pd.DataFrame:
    """The rows of one band that are neither flagged nor upper limits; the others are counted.

    Parameters
    ----------
    path : path
        What errors and notes name.
    raw : DataFrame
    flags : list of str
        As `columns` finds them.
    band : str or None
        The band to take, such as ``g``; needed where there are several.

    Raises
    ------
    UsageError
        If the table holds several bands and none is chosen, or lacks the chosen one; or if a flag
        column marks all rows, or one of quality most.
    """
    raw = _one_band(path, raw, [name for name in flags if name.casefold() in BANDS], band)
    for name in (name for name in flags if name.casefold() not in BANDS):
        values, word = _values(raw[name]), name.casefold()
        if word in FLAGS:
            number = pd.to_numeric(raw[name], errors="coerce")
            bad, what = ~values.isin(NO) & ~(number == 0), "flagged measurements"
        elif word in LIMITS:
            bad, what = values.isin(YES), "upper limits"
        else:
            bad, what = values.isin(NO), "non-detections"
        # A column of "quality" may say 1 for what is good.
        if bad.all() or (word.startswith("quality") and bad.mean() > 0.5):
            raise UsageError(
                f"{path}: expected {name} to mark some rows as bad, got {bad.sum():,} of "
                f"{len(raw):,} marked; drop bad rows, and rename or drop the column"
            )
        raw = _leave_out(path, raw, bad, f"{what} ({name})")
    return raw


def credible(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The rows without placeholders, of numbers.

    Raises
    ------
    UsageError
        If most rows hold no credible magnitude.
    """
    low, high = CREDIBLE
    magnitude, error = table["magnitude"], table["magnitude_error"]
    for bad, name, expected, remedy in (
        (
            (magnitude <= low) | (magnitude >= high),
            "magnitude",
            f"magnitudes from {low:g} to {high:g}",
            "convert fluxes: m = -2.5 log10(F / 3631 Jy)",
        ),
        (error <= 0, "magnitude_error", "errors above 0", "give each measurement its error"),
    ):
        if bad.sum() > len(table) / 2:
            row = bad.index[int(bad.to_numpy().argmax())]
            raise UsageError(
                f"{path}: row {row}: expected {expected}, got {table[name].loc[row]:g} (and "
                f"{bad.sum() - 1:,} rows more); {remedy}"
            )
    bad = (magnitude <= low) | (magnitude >= high) | (error <= 0)
    return _leave_out(
        path,
        table,
        bad,
        f"placeholders (magnitude up to {low:g} or from {high:g}, or an error up to 0)",
    )


def _one_band(path: Path, raw: pd.DataFrame, names: list[str], band: str | None) -> pd.DataFrame:
    several = False
    for name in names:
        numbered = name.casefold() in ("fid", "filterid", "filter_id")
        bands = _band_names(raw[name], numbered)
        counts = bands.value_counts()
        listed = ", ".join(f"{b or 'nothing'} ({n:,} rows)" for b, n in counts.items())
        if band is not None and not several:
            chosen = bands == _band_names(pd.Series([band]), numbered).iloc[0]
            if not chosen.any():
                raise UsageError(
                    f"{path}: expected rows of band {band} in {name}, got {listed}; choose one of "
                    "these"
                )
            raw = _leave_out(path, raw, ~chosen, f"measurements in other bands than {band}")
            several = True
        elif band is None and len(counts) > 1:
            raise UsageError(
                f"{path}: expected one band, got {listed} in {name}; choose one: "
                f"--light-curve-band {counts.index[0] or 'g'} (band= in Python)"
            )
    if band is not None and not names:
        console.note(f"{path}: no column names the band; all rows are taken to be in {band}")
    return raw


def _band_names(column: pd.Series, numbered: bool) -> pd.Series[str]:
    """Names of bands as we write them: g for zg, ztfg, and 1 where filters are `numbered`."""
    words = _values(column, lower=False).str.replace(r"^(\d+)\.0$", r"\1", regex=True)
    names: pd.Series[str] = words.map(
        lambda w: (numbered and NUMBERED.get(w)) or (m[1] if (m := PREFIX.fullmatch(w)) else w)
    )
    return names


def _values(column: pd.Series, lower: bool = True) -> pd.Series[str]:
    """A column as text, gaps as empty text."""
    words: pd.Series[str] = column.astype(object).where(column.notna(), "").astype(str).str.strip()
    return words.str.casefold() if lower else words


def _leave_out(path: Path, rows: pd.DataFrame, bad: pd.Series[bool], what: str) -> pd.DataFrame:
    if not bad.any():
        return rows
    console.note(f"{path}: {bad.sum():,} of {len(rows):,} rows left out: {what}")
    return rows[~bad]

"""Units of the columns of a table: those stated are converted to ours, or refused in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from surveys.errors import UsageError
from surveys.files.table_files import DATE, TableFile


@dataclass(frozen=True)
class Unit:
    """What a column should be in.

    Attributes
    ----------
    words : str
        As an astronomer says it: "ADU per pixel".
    spellings : tuple of str
        Astropy's names of that unit; values in what converts to the first that fits are taken.
        None for text and plain numbers.
    remedy : str
        How to convert what does not.
    """

    words: str
    spellings: tuple[str, ...] = ()
    remedy: str = "convert it"


PLAIN = {"abmag": "mag", "stmag": "mag", "mags": "mag", "days": "d", "seconds": "s", "sec": "s"}
"""Names that astropy cannot read."""

NUMBER = Unit("a number without a unit", remedy="convert it, or leave its unit out")
DAYS = Unit("days", ("d",))
MJD = Unit("days (MJD)", ("d",))
MAGNITUDES = Unit("mag", ("mag",), "convert fluxes: m = -2.5 log10(F / 3631 Jy)")


def settle(path: Path, table: TableFile, expected: Mapping[str, Unit]) -> None:
    """Convert the columns of a table to the units expected, in place.

    Parameters
    ----------
    path : path
        What errors name.
    table : TableFile
        Columns that state no unit are taken to be in the expected one.
    expected : mapping
        Unit of each column; other columns are left alone.

    Raises
    ------
    UsageError
        If a column states a unit that does not convert.
    """
    for name, unit in expected.items():
        stated = table.units.get(name)
        if stated is None or name not in table.frame:
            continue
        if stated == DATE:
            if unit is not MJD:
                raise UsageError(
                    f"{path}: expected {name} in {unit.words}, got dates; {unit.remedy}"
                )
            continue
        factor = _factor(stated, unit)
        if factor is None:
            raise UsageError(
                f"{path}: expected {name} in {unit.words}, got {stated}; {unit.remedy}"
            )
        if factor != 1:
            values = pd.to_numeric(table.frame[name], errors="coerce")
            # What is no number stays as it is, to be refused by its row.
            if values.notna().equals(table.frame[name].notna()):
                table.frame[name] = values.astype(np.float64) * factor


def _factor(stated: str, unit: Unit) -> float | None:
    """By what values are multiplied; None if that depends on more than the unit."""
    from astropy import units as u
    from astropy.units.function import FunctionUnitBase

    got = u.Unit(PLAIN.get(stated.casefold(), stated), parse_strict="silent")
    if isinstance(got, FunctionUnitBase):
        # mag(AB) and the like are taken by value, but a surface brightness is no magnitude.
        if not isinstance(got, u.MagUnit) or u.rad in got.physical_unit.decompose().bases:
            return None
        got = got.function_unit
    for spelling in unit.spellings:
        try:
            return float(got.to(u.Unit(spelling)))
        except (u.UnitConversionError, ValueError, TypeError):
            continue
    # A plain number converts to itself (percent and the like do not stand for it).
    return 1.0 if got == u.dimensionless_unscaled and not unit.spellings else None

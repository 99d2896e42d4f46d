"""The tables beside a survey's TOML file: what they have to hold, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from surveys.camera import Detectors
from surveys.conditions.model import QUANTITIES, SCORES
from surveys.errors import UsageError
from surveys.files.entries import ANY, AT_LEAST_0, POSITIVE, Bounds, read_table
from surveys.psf.focal_plane import PATTERNS
from surveys.psf.systematics import COMPONENTS, VARIANCE_COMPONENTS

DETECTORS = tuple(Detectors.__annotations__)


@dataclass(frozen=True)
class Table:
    """What a table has to hold.

    Attributes
    ----------
    numbers : dict
        Columns of numbers, and the bounds of each.
    text : tuple of str
        Columns of names; those of the first are different in each row unless it has `rows`.
    rows : tuple of str
        The names in the first column of text, if they are given: all of them, in this order.
    covariances : tuple of str
        Prefixes of the columns that are, row by row, a covariance matrix of the `rows`.
    """

    numbers: dict[str, Bounds]
    text: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    covariances: tuple[str, ...] = field(default=())


_LEVELS = tuple(f"{level}_" for level in VARIANCE_COMPONENTS)
_ABOVE_0 = ("seeing", "sky")

TABLES = {
    "ccds": Table(
        dict.fromkeys(DETECTORS, ANY)
        | {"gain": POSITIVE, "read_noise": AT_LEAST_0, "saturation": POSITIVE},
        ("ccd",),
    ),
    "psf_systematics": Table(
        dict.fromkeys(("mean", "seeing", "airmass"), ANY)
        | {f"{level}{name}": ANY for level in _LEVELS for name in COMPONENTS},
        ("component",),
        COMPONENTS,
        _LEVELS,
    ),
    "focal_plane": Table({"mode": ANY} | dict.fromkeys(COMPONENTS, ANY), ("pattern",), PATTERNS),
    "visits": Table(
        {"mjd": ANY, "share": (0.0, 1.0), "jitter": AT_LEAST_0, "exposure_time": POSITIVE}
        | {
            f"{name}_{score}": POSITIVE if name in _ABOVE_0 else ANY
            for name in QUANTITIES
            for score in SCORES
        },
    ),
    "fields": Table(
        {"ra": (-360.0, 360.0), "dec": (-90.0, 90.0), "delay": ANY} | dict.fromkeys(QUANTITIES, ANY)
    ),
    "covariance": Table(dict.fromkeys(QUANTITIES, ANY), ("quantity",), QUANTITIES, ("",)),
}
"""The tables by the ends of their files' names, such as ``my_ccds.csv``."""


def read(folder: Any, stem: str) -> dict[str, pd.DataFrame]:
    """Read the tables of a survey, ``STEM_ccds.csv`` and so on.

    Raises
    ------
    UsageError
        If one is missing or lacks a column or a row, or holds something impossible.
    """
    return {name: _read(folder / f"{stem}_{name}.csv", table) for name, table in TABLES.items()}


def _read(path: Any, table: Table) -> pd.DataFrame:
    frame = read_table(path, table.numbers, table.text)
    if table.text:
        _check_names(path, frame[table.text[0]].tolist(), table.text[0], table.rows)
    for prefix in table.covariances:
        matrix = frame[[f"{prefix}{name}" for name in table.rows]].to_numpy(float)
        least = np.linalg.eigvalsh(matrix).min()
        if not np.allclose(matrix, matrix.T) or least < -1e-3 * np.abs(matrix).max():
            what = f"columns {prefix}…" if prefix else "matrix"
            raise UsageError(
                f"{path}: expected a covariance in the {what}, got one that is not symmetric and "
                "positive"
            )
    return frame


def _check_names(path: Any, got: list[str], column: str, rows: tuple[str, ...]) -> None:
    if not rows:
        twice = [name for name in got if got.count(name) > 1]
        if twice:
            raise UsageError(f"{path}: expected each {column} once, got {twice[0]} twice")
        return
    times = max(1, len(got) // len(rows)) if column == "pattern" else 1
    if got != list(rows) * times:
        raise UsageError(
            f"{path}: expected rows with {column} {', '.join(rows)}, in this order; got "
            f"{', '.join(got) or 'none'}"
        )

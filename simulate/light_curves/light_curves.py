"""The noun of this package: when objects are looked at, and how bright they are then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.population.rngs import ObjectRNGs
from surveys.errors import SkymovieError, UsageError

MAX_DRAWS = 20_000
"""Draws of one object before a class that rejects gives up."""

FEW_VISITS, SHORT_SPAN = 8, 1.0
"""Visits, and days, below which they are the likely reason that a variable shows no change."""

MOST_CANDIDATES = 64
"""Candidates of one object that are drawn at once."""


@dataclass(frozen=True)
class Visits:
    """The visits of each object's field, padded on the right.

    Attributes
    ----------
    mjd : array, shape (N, E)
        Modified Julian date, days, ascending; NaN where there is no visit.
    limiting_magnitude : array, shape (N, E)
        Of a 5σ point source, mag; NaN where there is no visit.
    field : str array, shape (N,), optional
        Names of the fields, for errors.
    """

    mjd: NDArray[np.float64]
    limiting_magnitude: NDArray[np.float64]
    field: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        if self.mjd.ndim != 2 or self.mjd.shape != self.limiting_magnitude.shape:
            raise UsageError(
                "visits: expected dates and limiting magnitudes of one shape (objects, epochs), "
                f"got {self.mjd.shape} and {self.limiting_magnitude.shape}"
            )
        if not np.array_equal(np.isfinite(self.mjd), np.isfinite(self.limiting_magnitude)):
            raise UsageError("visits: expected a limiting magnitude for each date, and no other")
        if not np.isfinite(self.mjd).any(axis=1).all():
            bad = int(np.argmin(np.isfinite(self.mjd).any(axis=1)))
            raise UsageError(
                f"visits: expected at least one visit of each object, got none in row {bad}"
            )

    def __len__(self) -> int:
        return len(self.mjd)

    def select(self, rows: NDArray[Any]) -> Visits:
        """The visits of some objects, by index or boolean mask."""
        field = None if self.field is None else self.field[rows]
        return Visits(self.mjd[rows], self.limiting_magnitude[rows], field)

    def describe(self, row: int) -> str:
        """The visits of one object in words, for an error."""
        mjd = self.mjd[row][np.isfinite(self.mjd[row])]
        deepest = np.nanmax(self.limiting_magnitude[row])
        where = "" if self.field is None else f"field {self.field[row]}: "
        return (
            f"{where}{len(mjd)} visit{'s' if len(mjd) > 1 else ''} over {np.ptp(mjd):.3g} days, "
            f"limiting magnitude {deepest:.1f} at best"
        )

    def likely_fault(self, row: int) -> str:
        """Why a variable object may never be noticed in the visits of one object, in words."""
        mjd = self.mjd[row][np.isfinite(self.mjd[row])]
        if len(mjd) < FEW_VISITS:
            return "too few visits"
        if np.ptp(mjd) < SHORT_SPAN:
            return "visits too close in time"
        return "visits too shallow or badly placed in time"


@dataclass(frozen=True)
class LightCurves:
    """What N objects do at their visits.

    Attributes
    ----------
    magnitude : array, shape (N, E)
        In the survey's band; NaN where there is no source, or no visit.
    parameters : pandas.DataFrame, N rows
        Every drawn parameter, one a column.
    """

    magnitude: NDArray[np.float64]
    parameters: pd.DataFrame

    def __len__(self) -> int:
        return len(self.magnitude)


def keep(
    draw: Callable[[ObjectRNGs, Visits], LightCurves],
    accept: Callable[[LightCurves, Visits], NDArray[np.bool_]],
    rngs: ObjectRNGs,
    visits: Visits,
    what: str,
    candidates: int = 4,
) -> LightCurves:
    """Draw each object anew until it is accepted.

    Each round draws a few candidates of every object still open, from the object's own stream, and
    keeps its first good one: the outcome does not depend on the other objects, and a small batch
    needs few rounds.

    Parameters
    ----------
    draw : function
        One draw of some objects.
    accept : function
        Which of them to keep, shape (N,).
    streams, visits : of the N objects
    what : str
        What is kept, in words for the error.
    candidates : int
        Of an object in the first round; twice as many in each later one.

    Raises
    ------
    SkymovieError
        If an object is never accepted in about `MAX_DRAWS` draws.
    """
    magnitude = np.full(visits.mjd.shape, np.nan)
    rows, parts = [], []
    left = np.arange(len(rngs))
    draws = 0
    while len(left):
        if draws >= MAX_DRAWS:
            lost = int(left[0])
            raise SkymovieError(
                f"expected {what} within {MAX_DRAWS:,} draws, got none for {len(left)} of "
                f"{len(rngs)} objects ({visits.describe(lost)}); the likely cause is "
                f"{visits.likely_fault(lost)}: leave this field out of the observing log, or give "
                "visits that are more, deeper or spread wider"
            )
        each = np.repeat(left, candidates)
        seen = visits.select(each)
        curves = draw(rngs.select(each), seen)
        good = accept(curves, seen).reshape(len(left), candidates)
        found = good.any(axis=1)
        first = np.flatnonzero(found) * candidates + good.argmax(axis=1)[found]
        magnitude[left[found]] = curves.magnitude[first]
        parts.append(curves.parameters.iloc[first])
        rows.append(left[found])
        left = left[~found]
        draws += candidates
        candidates = min(2 * candidates, MOST_CANDIDATES)
    order = np.argsort(np.concatenate([np.empty(0, np.int64), *rows]))
    parameters = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return LightCurves(magnitude, parameters.iloc[order].reset_index(drop=True))

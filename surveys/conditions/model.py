"""The cadence and conditions of a survey, as small tables from which whole seasons are drawn.

A survey such as HiTS sweeps over its fields in a fixed order, several times a night. The model
follows that: a *visit* is one sweep; a field comes a fixed delay after the middle of the sweep.
Airmass then follows from where the field stands and when. Seeing, sky, zero point and limiting
magnitude are drawn from the quantiles of the visit; a Gaussian copula ties them to one another
and to the field. `surveys.conditions.fit` makes the tables from an observing log.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from surveys.conditions import quantiles
from surveys.exposures import Exposures

QUANTITIES = ("seeing", "sky", "zero_point", "limiting_magnitude")
"""What the copula ties together."""

SCORES = (-2, -1, 0, 1, 2)
"""Normal scores at which the visits' quantiles are tabulated: 2.3, 15.9, 50, 84.1, 97.7 %."""

FURTHEST = 2.5
"""Scores stop here: of some fifty fields the outermost stands at 2.3; beyond, nothing is known."""


@dataclass(frozen=True)
class Site:
    """Where the telescope stands: degrees north, degrees east."""

    latitude: float
    longitude: float


def sidereal_time(mjd: ArrayLike, site: Site) -> NDArray[np.float64]:
    """Local mean sidereal time, degrees: the linear part of Meeus (1998), eq. 12.4."""
    turns = 280.46061837 + 360.98564736629 * (np.asarray(mjd) - 51544.5)
    return np.asarray((turns + site.longitude) % 360)


def airmass(mjd: ArrayLike, ra: ArrayLike, dec: ArrayLike, site: Site) -> NDArray[np.float64]:
    """Secant of the zenith distance, good to 0.01 up to airmass 2; never above 10.

    `mjd` is in days, `ra` and `dec` are in degrees; their shapes broadcast.
    """
    hour_angle = np.deg2rad(sidereal_time(mjd, site) - np.asarray(ra))
    latitude, dec = np.deg2rad(site.latitude), np.deg2rad(dec)
    cosine = np.sin(latitude) * np.sin(dec) + np.cos(latitude) * np.cos(dec) * np.cos(hour_angle)
    return np.asarray(1 / np.maximum(cosine, 0.1))


@dataclass(frozen=True)
class ConditionsModel:
    """Tables of V visits and F fields.

    Attributes
    ----------
    visits : DataFrame, V rows
        ``mjd`` of the middle of the sweep (days), ``share`` of the fields that have the visit,
        ``jitter`` (standard deviation of the time of an exposure about the sweep's pace, days),
        ``exposure_time`` (s), and of each of `QUANTITIES` the values at `SCORES`
        (``seeing_-2`` … ``seeing_2``).
    fields : DataFrame, F rows
        ``ra``, ``dec`` (degrees), ``delay`` after the middle of a sweep (days), and of each of
        `QUANTITIES` the offset of the field's normal score.
    covariance : DataFrame, 4 × 4
        Of the normal scores less the field's offset.
    site : Site
    """

    visits: pd.DataFrame
    fields: pd.DataFrame
    covariance: pd.DataFrame
    site: Site

    def draw(self, rng: np.random.Generator, n_fields: int, band: str) -> Exposures:
        """A season of `n_fields` fields.

        Fields are taken evenly along the sweep; where more are wanted than the tables have, some
        are taken twice, under other conditions. Every field has at least one visit.

        Returns
        -------
        Exposures
            Ordered by field and time; ``epoch`` counts a field's visits from 1.
        """
        F, V = n_fields, len(self.visits)
        fields = self.fields.iloc[np.arange(F) * len(self.fields) // F]
        seen = rng.random((F, V)) < self.visits["share"].to_numpy()
        seen[~seen.any(axis=1), int(self.visits["share"].argmax())] = True
        f, v = np.nonzero(seen)

        at = self.visits.iloc[v]
        jitter = at["jitter"].to_numpy() * rng.standard_normal(len(v))
        mjd = at["mjd"].to_numpy() + fields["delay"].to_numpy()[f] + jitter
        where = fields.iloc[f]
        width = max(2, len(str(F)))
        columns = {
            "field": [f"field_{i + 1:0{width}d}" for i in f],
            "mjd": mjd,
            "band": band,
            "exposure_time": at["exposure_time"].to_numpy(),
            "airmass": airmass(mjd, where["ra"].to_numpy(), where["dec"].to_numpy(), self.site),
            **self._conditions(rng, where, v),
        }
        frame = pd.DataFrame(columns).sort_values(["field", "mjd"])
        frame["epoch"] = frame.groupby("field").cumcount() + 1
        return Exposures.from_frame(frame)

    def _conditions(
        self, rng: np.random.Generator, where: pd.DataFrame, visit: NDArray[np.intp]
    ) -> dict[str, NDArray[np.float64]]:
        """The four quantities of X exposures, given their fields (X rows) and visits."""
        covariance = self.covariance[list(QUANTITIES)].to_numpy()
        scores = rng.multivariate_normal(np.zeros(len(QUANTITIES)), covariance, len(visit))
        scores += where[list(QUANTITIES)].to_numpy()
        scores = np.clip(scores, -FURTHEST, FURTHEST)
        levels = ndtr(np.array(SCORES, float))
        drawn = {}
        for q, name in enumerate(QUANTITIES):
            table = self.visits[[f"{name}_{s}" for s in SCORES]].to_numpy()
            value = np.empty(len(visit))
            for row in range(len(table)):
                here = visit == row
                value[here] = quantiles.at(ndtr(scores[here, q]), table[row], levels)
            drawn[name] = value
        return drawn

"""What supernovae of both types share: dust, dates, and what makes the survey find one."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from simulate.light_curves.light_curves import LightCurves, Visits
from skymovie.classes import CLASSES

AV_MEDIAN, AV_SCATTER = 0.1, 1.0
"""ln A_V of the host ~ N(ln 0.1, 1) [Carrasco-Davis et al. 2018, §2.2]."""

DETECTIONS = 2
"""Visits that must detect a supernova: one alone could be an asteroid (Förster et al. 2016, §3)."""

RISE = 1.0
"""At best a supernova must be brighter than at the first visit by so much, mag [ibid.]."""


def explodes(label: NDArray[Any], parameters: pd.DataFrame) -> NDArray[np.bool_]:
    """Which objects happen in a galaxy and have a first alert: supernovae, own classes like them.

    Parameters
    ----------
    label : str array, shape (N,)
    parameters : DataFrame, N rows
        Of a user's own class, those with a ``redshift`` explode.
    """
    supernova = np.asarray(label) == "supernova"
    if "redshift" not in parameters:
        return supernova
    return supernova | (~np.isin(label, CLASSES) & parameters["redshift"].notna().to_numpy())


def host_extinction(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """A_V of the host, mag, at the probability `u`."""
    return AV_MEDIAN * np.exp(AV_SCATTER * ndtri(u))


def explosion_date(u: NDArray[np.float64], visits: Visits, before: float) -> NDArray[np.float64]:
    """MJD, uniform from `before` days before the first visit to the last one, shape (N,)."""
    first, last = np.nanmin(visits.mjd, axis=1), np.nanmax(visits.mjd, axis=1)
    return first - before + u * (last - first + before)


def truncated_normal(
    u: NDArray[np.float64], mean: float, scatter: float, low: float, high: float
) -> NDArray[np.float64]:
    """A normal distribution between two limits, at the probability `u`."""
    a, b = ndtr((low - mean) / scatter), ndtr((high - mean) / scatter)
    return mean + scatter * ndtri(a + u * (b - a))


def is_found(curves: LightCurves, visits: Visits) -> NDArray[np.bool_]:
    """Which supernovae are detected at `DETECTIONS` visits and have risen by then, shape (N,)."""
    m = np.where(np.isfinite(curves.magnitude), curves.magnitude, np.inf)
    seen = m < np.nan_to_num(visits.limiting_magnitude, nan=-np.inf)
    detected = seen.sum(axis=1) >= DETECTIONS
    first = np.take_along_axis(m, np.argmax(np.isfinite(visits.mjd), axis=1)[:, None], 1)[:, 0]
    return detected & (m.min(axis=1) < first - RISE)

"""How bright the objects of a survey are: its magnitude distribution, and draws from it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.special import erf

from surveys.errors import UsageError
from surveys.survey import MagnitudeLimits

_STEP = 0.002
_BEYOND = 4.0  # mag past the cut, where less than 1e-8 of the objects are


def draw(
    u: ArrayLike,
    limits: MagnitudeLimits,
    label: str | None = None,
    faintest: ArrayLike = np.inf,
) -> NDArray[np.float64]:
    """Magnitude of an object at the probability `u`, by inversion of the distribution function.

    p(m) ∝ m^power (1 − erf(m − cut)) / 2 for m > bright (a fit to the survey's stars); of the share
    ``limits.uniform_fraction``, p(m) ∝ (1 − erf(m − cut)) / 2.

    Parameters
    ----------
    u : array
        Probabilities in (0, 1).
    limits : MagnitudeLimits
    label : str, optional
        Class of the objects; one named in ``limits.cuts`` has its own cut.
    faintest : array, optional
        The distribution is cut off here, mag; broadcast with `u`.

    Returns
    -------
    array
        Magnitudes in the survey's band, of the shape of `u`.

    Raises
    ------
    UsageError
        If `faintest` is not above the bright limit.
    """
    faintest = np.asarray(faintest, np.float64)
    if not np.all(faintest > limits.bright):
        raise UsageError(
            f"expected limits fainter than the bright limit of {limits.bright} mag, "
            f"got {np.min(faintest)}; clip the observing log"
        )
    cut = limits.cut if label is None else limits.cuts.get(label, limits.cut)
    m, share = _distribution(limits.power, limits.bright, cut, limits.uniform_fraction)
    return np.interp(np.asarray(u) * np.interp(faintest, m, share), share, m)


@lru_cache
def _distribution(
    power: float, bright: float, cut: float, uniform_fraction: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Grid of magnitudes and the share of objects that are brighter."""
    if not bright < cut:
        raise UsageError(f"expected a cut fainter than the bright limit {bright}, got {cut}")
    m = np.arange(bright, cut + _BEYOND, _STEP)
    edge = (1 - erf(m - cut)) / 2
    share = np.zeros(len(m))
    for density, weight in ((m**power * edge, 1 - uniform_fraction), (edge, uniform_fraction)):
        below = cumulative_trapezoid(density, m, initial=0)
        share += weight * below / below[-1]
    return m, share

"""Distributions known by a few of their quantiles."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtri

AT = (0.05, 0.50, 0.95)
"""Where three published quantiles stand."""


def at(u: ArrayLike, values: Sequence[float], levels: Sequence[float] = AT) -> NDArray[np.float64]:
    """Value of a distribution at the probability `u`, from its values at the quantiles `levels`.

    Monotone cubic through the given points against the normal score of the level, straight beyond
    them, so that the tails are about those of a normal distribution on either side.

    Parameters
    ----------
    u : array
        Probabilities in (0, 1).
    values, levels : sequences of equal length
        Quantiles, ascending.
    """
    score = ndtri(np.clip(u, 1e-9, 1 - 1e-9))
    x, y = ndtri(np.asarray(levels)), np.asarray(values, float)
    inner = PchipInterpolator(x, y)(np.clip(score, x[0], x[-1]))
    low = np.minimum(score - x[0], 0) * (y[1] - y[0]) / (x[1] - x[0])
    high = np.maximum(score - x[-1], 0) * (y[-1] - y[-2]) / (x[-1] - x[-2])
    return inner + low + high

"""FATS features of light curves, by FATS' names and definitions, for whole batches.

FATS is Nun et al. (2015, arXiv:1506.00010). The package feets, which followed it, changed several
definitions; where the two differ these are FATS'. They are grouped by what they look at, and each
module lists formula and reference of its features, and where FATS' own definition breaks down on
short light curves and what is done instead:

`distribution`     the magnitudes in any order
`sequence`         slopes, trends and runs
`autocorrelation`  the light curve beside itself some time later
`structure`        how much it changes over a lag
`car`              a damped random walk
`period`           the best period, the folded light curve, its harmonics

From three points up every feature is finite. Where a formula divides by zero, as for a constant
light curve, and where there are fewer than three points, the value is `NEUTRAL`. What is carried
from one point to the next is in `running`, the loop in `batch`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lightcurve_rf.features.batch import NAMES, fill
from surveys.errors import UsageError

FEATURES: tuple[str, ...] = NAMES
"""Names of the features, in the order of the columns."""

NEUTRAL = 0.0
"""Value of a feature that is not defined for a light curve."""

LIMIT = 1e30
"""Largest absolute value that is given: forests compute in single precision."""


def extract(time: ArrayLike, magnitude: ArrayLike, error: ArrayLike) -> NDArray[np.float64]:
    """Features of N light curves.

    Parameters
    ----------
    time, magnitude, error : arrays, shape (N, E)
        Days and magnitudes. A point counts where all three are finite and its error is above zero;
        NaN elsewhere gives the light curves unequal lengths. Points may come in any order.

    Returns
    -------
    array, shape (N, len(FEATURES))

    Raises
    ------
    UsageError
        If the three differ in shape or are not two-dimensional.
    """
    time, magnitude, error = _arrays(time, magnitude, error)
    good = _good(time, magnitude, error)
    # Good points first, in time order.
    order = np.argsort(np.where(good, time, np.inf), axis=1, kind="stable")
    return _clean(fill(_sorted(time, magnitude, error, order), good.sum(axis=1)[:, None]))[:, 0]


def extract_growing(
    time: ArrayLike, magnitude: ArrayLike, error: ArrayLike, steps: Sequence[int]
) -> NDArray[np.float64]:
    """Features after at most as many images as each of T `steps` names.

    A light curve that is shorter than a step keeps the features of its last image.

    Parameters
    ----------
    time, magnitude, error : arrays, shape (N, E)
        As in `extract`, but in time order; column e is image e.
    steps : sequence of int
        Rising.

    Returns
    -------
    array, shape (N, T, len(FEATURES))

    Raises
    ------
    UsageError
        As in `extract`; or if a light curve goes back in time, or the steps do not rise.
    """
    time, magnitude, error = _arrays(time, magnitude, error)
    wanted = np.asarray(steps, np.int64)
    if wanted.ndim != 1 or (np.diff(wanted) <= 0).any() or (wanted < 0).any():
        raise UsageError(
            f"features: expected rising numbers of images, got {list(steps)}; sort them"
        )
    good = _good(time, magnitude, error)
    order = np.argsort(~good, axis=1, kind="stable")
    curves = _sorted(time, magnitude, error, order)
    pairs = np.arange(1, time.shape[1]) < good.sum(axis=1)[:, None]
    backwards = ((curves[0][:, 1:] < curves[0][:, :-1]) & pairs).any(axis=1)
    if backwards.any():
        raise UsageError(
            f"features: light curve {int(backwards.argmax())} goes back in time; "
            "give the images in time order to have features after each"
        )
    seen = np.pad(good.cumsum(axis=1), [(0, 0), (1, 0)])
    points = seen[:, np.minimum(wanted, time.shape[1])]
    return _clean(fill(curves, np.ascontiguousarray(points)))


def _arrays(*arrays: ArrayLike) -> list[NDArray[np.float64]]:
    """Time, magnitude and error, which must be of one shape (N, E)."""
    out = [np.asarray(a, np.float64) for a in arrays]
    shapes = [a.shape for a in out]
    if len(shapes[0]) != 2 or len(set(shapes)) != 1:
        raise UsageError(
            "features: expected time, magnitude and error of one shape (N, E), "
            f"got {', '.join(map(str, shapes))}; give one row a light curve, padded with NaN"
        )
    return out


def _good(
    time: NDArray[np.float64], magnitude: NDArray[np.float64], error: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each point counts."""
    return np.isfinite(time) & np.isfinite(magnitude) & np.isfinite(error) & (error > 0)


def _sorted(
    time: NDArray[np.float64],
    magnitude: NDArray[np.float64],
    error: NDArray[np.float64],
    order: NDArray[np.intp],
) -> list[NDArray[np.float64]]:
    return [
        np.ascontiguousarray(np.take_along_axis(a, order, axis=1)) for a in (time, magnitude, error)
    ]


def _clean(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Finite, within `LIMIT`."""
    return np.clip(np.nan_to_num(features, nan=NEUTRAL), -LIMIT, LIMIT)

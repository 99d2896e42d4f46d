"""FATS features of light curves, by FATS' names and definitions, for whole batches.

FATS is Nun et al. (2015, arXiv:1506.00010). The package feets, which followed it, changed several
definitions; where the two differ these are FATS'. They are grouped by what they look at:
`distribution` (the magnitudes in any order), `sequence` (their order in time) and `periodogram`
(the time folded with the best period); each module lists formula and reference of its features, and
where FATS' own definition breaks down on short light curves and what is done instead.

From three points up every feature is finite. Where a formula divides by zero, as for a constant
light curve, and where there are fewer than three points, the value is `NEUTRAL`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lightcurve_rf.features import distribution, periodogram, sequence
from surveys.errors import UsageError

FEATURES: tuple[str, ...] = (*distribution.NAMES, *sequence.NAMES, *periodogram.NAMES)
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
    arrays = [np.ascontiguousarray(a, np.float64) for a in (time, magnitude, error)]
    shapes = [a.shape for a in arrays]
    if len(shapes[0]) != 2 or len(set(shapes)) != 1:
        raise UsageError(
            "features: expected time, magnitude and error of one shape (N, E), "
            f"came {', '.join(map(str, shapes))}; give one row a light curve, padded with NaN"
        )
    light_curves, points = _in_order(*arrays)
    themes = (distribution, sequence, periodogram)
    out = np.concatenate([theme.fill(*light_curves, points) for theme in themes], axis=1)
    return np.clip(np.nan_to_num(out, nan=NEUTRAL), -LIMIT, LIMIT)


def _in_order(
    time: NDArray[np.float64], magnitude: NDArray[np.float64], error: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """The points that count in time order, at the left of each row, and their number (N,)."""
    good = np.isfinite(time) & np.isfinite(magnitude) & np.isfinite(error) & (error > 0)
    order = np.argsort(np.where(good, time, np.inf), axis=1, kind="stable")
    sorted_ = (np.take_along_axis(a, order, axis=1) for a in (time, magnitude, error))
    return [np.ascontiguousarray(a) for a in sorted_], good.sum(axis=1)


def extract_growing(
    time: ArrayLike, magnitude: ArrayLike, error: ArrayLike, steps: Sequence[int]
) -> NDArray[np.float64]:
    """Features after at most as many images as each of T `steps` names.

    A light curve that is shorter than a step keeps the features of its last image.

    Parameters
    ----------
    time, magnitude, error : arrays, shape (N, E)
        As in `extract`; column e is image e.

    Returns
    -------
    array, shape (N, T, len(FEATURES))
    """
    arrays = [np.asarray(a, np.float64) for a in (time, magnitude, error)]
    return np.stack([extract(*(a[:, :step] for a in arrays)) for step in steps], axis=1)

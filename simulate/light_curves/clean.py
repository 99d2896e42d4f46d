"""Measurements of one star, before a process is fitted: bad ones left out, dense ones thinned."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 2
"""Measurements on either side that may confirm one."""

WIDE = 4
"""The same where those nearest may be bad, too."""

ABOVE_ERRORS = 5.0
"""What counts as a disagreement, in errors of the difference."""

ABOVE_OTHERS = 5.0
"""The same, in disagreements that seven in ten of the star's measurements stay under."""

OF_RANGE = 0.4
"""The same, in the range of nine in ten of them: less harms nobody."""

GROSS = 1.5
"""Magnitudes from which on a measurement needs three that confirm it."""

FAST = 4.0
"""χ² per degree of freedom within a window from which on a star varies faster than the window."""


def outliers(
    y: NDArray[np.float64], error: NDArray[np.float64], periodic: bool
) -> NDArray[np.bool_]:
    """Which measurements are bad: nothing near them, on either side, confirms them.

    Narrow eclipses and steep rises are confirmed by their neighbours; how far those of a star
    usually lie apart is learnt from the star itself, so that sparsely measured fast variation is
    none.

    Parameters
    ----------
    y, error : arrays, shape (M,)
        Magnitudes and their errors in the order of phase or time.
    periodic : bool
        Whether the last one is a neighbour of the first.
    """
    if len(y) < 4 * NEIGHBOURS:
        return np.zeros(len(y), bool)
    apart, noise = _apart(y, error, NEIGHBOURS, periodic)
    nearest = apart.min(axis=1)
    confirmed = (apart <= ABOVE_ERRORS * noise).any(axis=1)
    usual = ABOVE_OTHERS * np.quantile(nearest, 0.7)
    low, high = np.quantile(y, [0.05, 0.95])
    alone = ~confirmed & (nearest > np.maximum(usual, OF_RANGE * (high - low)))
    if len(y) < 4 * WIDE:
        return alone
    # Bad ones side by side confirm each other, but no third one near them does.
    third = np.sort(_apart(y, error, WIDE, periodic)[0], axis=1)[:, 2]
    low, high = np.quantile(y, [0.1, 0.9])
    return alone | (third > max(GROSS, 2 * (high - low), usual))


def _apart(
    y: NDArray[np.float64], error: NDArray[np.float64], reach: int, periodic: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Differences from the neighbours, shape (M, 2 · reach), infinite where there is none; errors.

    `reach` neighbours on either side.
    """
    M = len(y)
    near = np.arange(M)[:, None] + np.array([k for k in range(-reach, reach + 1) if k])
    inside = np.full(near.shape, True) if periodic else (near >= 0) & (near < M)
    near = near % M
    apart = np.where(inside, np.abs(y[:, None] - y[near]), np.inf)
    return apart, np.hypot(error[:, None], error[near])


def thinned(
    t: NDArray[np.float64],
    y: NDArray[np.float64],
    error: NDArray[np.float64],
    window: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """At most one measurement a window of time: what a process of that length can follow.

    Measurements in one window are averaged where they agree. Where they do not, the star varies
    faster than that: the first of each window is kept, since a mean would vary less than the star
    does, and pairs of them would be a steepness that no process of that length has.

    Parameters
    ----------
    t, y, error : arrays, shape (M,)
        Days, ascending, and mag.
    window : float
        Days.
    """
    row = np.floor((t - t[0]) / window).astype(np.int64)
    _, first, row = np.unique(row, return_index=True, return_inverse=True)
    if len(first) == len(t):
        return t, y, error
    weight = 1 / error**2
    total = np.bincount(row, weight)
    mean = np.bincount(row, weight * y) / total
    freedom = len(t) - len(first)
    if np.sum(weight * (y - mean[row]) ** 2) > FAST * freedom:
        # Two windows may still meet: the next one is kept only if it is a window away.
        keep = [0]
        for k in range(1, len(t)):
            if t[k] - t[keep[-1]] >= window:
                keep.append(k)
        return t[keep], y[keep], error[keep]
    return np.bincount(row, weight * t) / total, mean, 1 / np.sqrt(total)


def bounded(curves: NDArray[np.float64], low: Any, high: Any, give: Any) -> NDArray[np.float64]:
    """Curves that leave the range low … high by no more than `give`, smoothly; else unchanged.

    A Gaussian process has no bounds, and over many lengths it exceeds all that a star ever does.

    Parameters
    ----------
    curves, low, high, give : arrays that broadcast
        mag
    """
    give = np.maximum(give, 1e-6)
    above, below = np.maximum(curves - high, 0), np.maximum(low - curves, 0)
    return np.clip(curves, low, high) + give * (np.tanh(above / give) - np.tanh(below / give))

"""What is carried from one point of a light curve to the next.

A new point changes these sums by a few additions, however many there were before. The moments and
the straight line follow Pébay (2008, Sandia report SAND2008-6212), whose updates lose no digits
where the spread is small beside the mean. Times and magnitudes are seen from the first of their
light curve: a constant one so has a spread of exactly zero.
"""

import math
from typing import NamedTuple

from numpy import ndarray

from lightcurve_rf.features.arithmetic import kernel


class Sums(NamedTuple):
    """Sums over the N points so far.

    With d = m − m₁ and u = t − t₁: `points` N, `mean` d̄, `second` to `fourth` Σ (d − d̄)ᵖ,
    `middle` ū, `breadth` Σ (u − ū)², `shared` Σ (u − ū)(d − d̄), `weight` Σ w and `weighted` Σ w d
    with w = (e₁/e)². Over the pairs of neighbours that differ in time: their number `slopes`, the
    sum of squares `squares` of their slopes Δm/Δt, and the largest of those, `steepest`.
    """

    points: float
    mean: float
    second: float
    third: float
    fourth: float
    middle: float
    breadth: float
    shared: float
    weight: float
    weighted: float
    slopes: float
    squares: float
    steepest: float


NOTHING = Sums(*[0.0] * 13)
"""The sums over no points."""


class Seen(NamedTuple):
    """N points of a light curve in time order, and what is carried on of them.

    Attributes
    ----------
    time, error : arrays, shape (N,)
        Days and magnitudes.
    origin, mean, std : float
        First magnitude; mean of all, seen from it; standard deviation over N.
    centred : array, shape (N,)
        Magnitudes less their mean.
    ordered : array, shape (N,)
        Magnitudes less the first, in rising order.
    steps : array, shape (N - 1,)
        Times between neighbours, in rising order.
    sums : Sums
    """

    time: ndarray
    error: ndarray
    origin: float
    mean: float
    std: float
    centred: ndarray
    ordered: ndarray
    steps: ndarray
    sums: Sums


@kernel
def with_point(sums, u, d, weight, step, change):  # type: ignore[no-untyped-def]
    """The sums with one point more; `step` and `change` are Δt and Δm from its neighbour."""
    n = sums.points + 1
    away = d - sums.mean
    share = away / n
    grown = away * share * sums.points
    third = sums.third + grown * share * (n - 2) - 3 * share * sums.second
    fourth = (
        sums.fourth
        + grown * share * share * (n * n - 3 * n + 3)
        + 6 * share * share * sums.second
        - 4 * share * sums.third
    )
    later = u - sums.middle
    middle = sums.middle + later / n
    slopes, squares, steepest = sums.slopes, sums.squares, sums.steepest
    if step > 0:
        slope = change / step
        slopes, squares = slopes + 1, squares + slope * slope
        steepest = max(steepest, abs(slope))
    return Sums(
        n,
        sums.mean + share,
        sums.second + grown,
        third,
        fourth,
        middle,
        sums.breadth + later * (u - middle),
        sums.shared + away * (u - middle),
        sums.weight + weight,
        sums.weighted + weight * d,
        slopes,
        squares,
        steepest,
    )


@kernel
def seen(time, magnitude, error, ordered, steps, centred, sums):  # type: ignore[no-untyped-def]
    """The points so far, for the features; fills `centred`."""
    origin = magnitude[0]
    for i in range(len(magnitude)):
        centred[i] = magnitude[i] - origin - sums.mean
    std = math.sqrt(max(sums.second / sums.points, 0.0))
    return Seen(time, error, origin, sums.mean, std, centred, ordered, steps, sums)

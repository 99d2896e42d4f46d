"""What the features share: a division that may be by zero, percentiles, the range of a sum."""

import math

from numba import njit

kernel = njit(error_model="numpy")
"""Decorator of what is compiled into `batch`: divisions by zero are infinite, as in NumPy."""

vector = njit(error_model="numpy", fastmath={"contract", "nsz", "reassoc", "arcp"})
"""The same for loops that the processor may do in another order, several turns at a time."""

SHORTEST = 3
"""Points below which nothing is computed."""


@kernel
def ratio(above, below):  # type: ignore[no-untyped-def]
    """above / below, and 0, the neutral value of a feature, where that is not finite."""
    if below == 0:
        return 0.0
    value = above / below
    return value if math.isfinite(value) else 0.0


@kernel
def percentile(ordered, share):  # type: ignore[no-untyped-def]
    """Value below which a share of the ordered values lies, linear between them."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return min(ordered[low] + (place - low) * (ordered[high] - ordered[low]), ordered[high])


@kernel
def middle(ordered):  # type: ignore[no-untyped-def]
    """Median of ordered values."""
    N = len(ordered)
    return (ordered[(N - 1) // 2] + ordered[N // 2]) / 2


@kernel
def insert(ordered, n, value):  # type: ignore[no-untyped-def]
    """Put a value in its place among the first n of an array, which are in order."""
    place = n
    while place > 0 and ordered[place - 1] > value:
        ordered[place] = ordered[place - 1]
        place -= 1
    ordered[place] = value


@kernel
def cumulative_range(centred, std):  # type: ignore[no-untyped-def]
    """Range of the cumulative sum of deviations from the mean, over N σ (Ellaway 1978)."""
    total = lowest = highest = centred[0]
    for value in centred[1:]:
        total += value
        lowest, highest = min(lowest, total), max(highest, total)
    return ratio(highest - lowest, len(centred) * std)

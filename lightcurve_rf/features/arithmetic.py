"""What the features share: a division that may be by zero, percentiles, the range of a sum.

Numba does not notice that a function in another file has changed: after a change here, remove
``lightcurve_rf/features/__pycache__``.
"""

import math

import numpy as np
from numba import njit

SHORTEST = 3
"""Points below which nothing is computed."""


@njit(cache=True)
def ratio(above, below):  # type: ignore[no-untyped-def]
    """above / below, and 0, the neutral value of a feature, where that is not finite."""
    if below == 0:
        return 0.0
    value = above / below
    return value if math.isfinite(value) else 0.0


@njit(cache=True)
def percentile(ordered, share):  # type: ignore[no-untyped-def]
    """Value below which a share of the ordered values lies, linear between them."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return min(ordered[low] + (place - low) * (ordered[high] - ordered[low]), ordered[high])


@njit(cache=True)
def cumulative_range(values):  # type: ignore[no-untyped-def]
    """Range of the cumulative sum of the deviations from the mean, over N σ (Ellaway 1978)."""
    centred = values - values[0]
    centred -= centred.mean()
    total = np.cumsum(centred)
    return ratio(total.max() - total.min(), len(values) * centred.std())

"""Structure functions: how much a light curve changes over a lag.

StructureFunction_index_21, _31, _32
    slope of log SF_a against log SF_b, SF_p(k) the mean of |m(t) − m(t + k)|ᵖ of the light curve
    drawn through the points at 100 equal steps (Simonetti et al. 1985, ApJ 296, 46; Nun et al.
    2015, arXiv:1506.00010)

Lags at which nothing changes are left out; FATS leaves out only those at the end.
"""

import math

import numpy as np

from lightcurve_rf.features.arithmetic import kernel, ratio, vector

NAMES = tuple(f"StructureFunction_index_{pair}" for pair in ("21", "31", "32"))

_STEPS = 100
"""Equal steps at which the light curve is sampled."""


@kernel
def describe(seen, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    drawn = _drawn(seen.time, seen.centred)
    one, two, three = np.empty(_STEPS), np.empty(_STEPS), np.empty(_STEPS)
    n = 0
    for lag in range(1, _STEPS):
        first, second, third = _changes(drawn, lag)
        if third > 0 and math.isfinite(third):
            one[n], two[n], three[n] = math.log(first), math.log(second), math.log(third)
            n += 1
    if n > 1:
        out[0] = _slope(one[:n], two[:n])
        out[1] = _slope(one[:n], three[:n])
        out[2] = _slope(two[:n], three[:n])


@kernel
def _drawn(time, value):  # type: ignore[no-untyped-def]
    """The light curve at equal steps, linear between its points."""
    out = np.empty(_STEPS)
    step, i = (time[-1] - time[0]) / (_STEPS - 1), 0
    for k in range(_STEPS - 1):
        now = time[0] + k * step
        while i < len(time) - 2 and time[i + 1] <= now:
            i += 1
        slope = ratio(value[i + 1] - value[i], time[i + 1] - time[i])
        out[k] = value[i] + slope * (now - time[i])
    out[-1] = value[-1]
    return out


@kernel
def _changes(drawn, lag):  # type: ignore[no-untyped-def]
    """Means of |Δm|, |Δm|² and |Δm|³ over a lag."""
    pairs = len(drawn) - lag
    # As many as the processor takes several at a time; the rest would else be half of the work.
    most = pairs // 16 * 16
    a, b, c = _powers(drawn[lag : lag + most], drawn[:most])
    first, second, third = _powers(drawn[lag + most :], drawn[most:pairs])
    return (a + first) / pairs, (b + second) / pairs, (c + third) / pairs


@vector
def _powers(later, earlier):  # type: ignore[no-untyped-def]
    """Sums of |Δm|, |Δm|² and |Δm|³."""
    first = second = third = 0.0
    for i in range(len(earlier)):
        change = abs(later[i] - earlier[i])
        square = change * change
        first += change
        second += square
        third += square * change
    return first, second, third


@kernel
def _slope(x, y):  # type: ignore[no-untyped-def]
    """Of the least-squares line of y against x."""
    away = x - x.mean()
    return ratio((away * (y - y.mean())).sum(), (away**2).sum())

"""The light curve as a continuous autoregressive process of first order, a damped random walk.

dX = −X dt / τ + σ √dt ε + b dt (Brockwell & Davis 2002; Pichara et al. 2012, MNRAS 427, 1284) has
the variance Ω₁ = τ σ² / 2 and the mean b τ:

CAR_sigma   σ, mag / √day, at most 100
CAR_tau     τ, days, at most 100
CAR_mean    b = m̄ / τ

σ and τ make the measured magnitudes likeliest. With x = m − m̄, error variances v and
a = exp(−Δt / τ), the state before a point has the mean x̂ and the variance Ω of Kalman's filter,

    g = Ω / (Ω + v),   x̂ ← a (x̂ + g (x − x̂)),   Ω ← Ω₁ (1 − a²) + a² v g,

and −2 ln L = Σ ln 2π(Ω + v) + (x − x̂)² / (Ω + v), from the second point on as in FATS.

The likelihood may have several maxima; as in FATS the one counts that the simplex method (Nelder &
Mead 1965, Comput. J. 7, 308) reaches from σ = 10, τ = 0.5. FATS leaves it without bounds, though
it means to set them, and may end at negative values; σ enters squared. A τ below a tenth of the
shortest step is not tried: no point remembers another then, and only τ σ² means something. Where
the maximum explains the light curve no better than the errors alone do, there is no process to tell
of and all three are neutral.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from lightcurve_rf.features.arithmetic import kernel, ratio, vector

NAMES = ("CAR_mean", "CAR_sigma", "CAR_tau")

_START = (10.0, 0.5)
_MOST = 100.0
_SHORT = 0.1
"""τ is no shorter than this share of the shortest step of time: e⁻¹⁰ is left after that step, so
that any shorter one would be as likely."""
_CLOSE = 1e-4
"""Where the simplex counts as shrunk to a point: differences of σ, of τ and of −ln L."""
_FLAT = 1e-9
"""Difference of −ln L at which it counts as that however wide it is."""
_MOVES = 400
_BETTER = 1e-3
"""By how much −ln L must fall below that of the errors alone."""


class Walk(NamedTuple):
    """What the likelihood is of: N − 1 steps of time, N magnitudes less their mean, N variances.

    `left` is room for N − 1 exponentials, `shortest` the least τ that is tried.
    """

    step: ndarray
    centred: ndarray
    variance: ndarray
    left: ndarray
    shortest: float


@kernel
def describe(seen, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    step, variance = np.diff(seen.time), seen.error**2
    apart = seen.steps[np.searchsorted(seen.steps, 0.0, "right") :]
    if len(apart) == 0:
        return
    walk = Walk(step, seen.centred, variance, np.empty(len(step)), _SHORT * apart[0])
    best, sigma, tau = _maximum(walk)
    quiet = 0.0
    for i in range(1, len(variance)):
        quiet += math.log(2 * math.pi * variance[i]) + seen.centred[i] ** 2 / variance[i]
    if best < quiet / 2 - _BETTER:
        out[0] = ratio(seen.origin + seen.mean, tau)
        out[1], out[2] = sigma, tau


@kernel
def likelihood(walk, sigma, tau):  # type: ignore[no-untyped-def]
    """−ln L of σ and τ."""
    centred, variance, a = walk.centred, walk.variance, walk.left
    _exponentials(walk.step, tau, a)
    whole, N = tau * sigma * sigma / 2, len(walk.centred)
    # Ω + v of a point is p of that point over p of the point before: so no division waits for
    # another, and the last p is the product of all.
    first = whole + variance[0]
    earlier, p, inverse = 1.0, first, 1 / first
    state, total, logarithm = 0.0, 0.0, -math.log(first)
    for i in range(1, N):
        b, v = a[i - 1], variance[i - 1]
        kept = b * v * inverse
        state = kept * state + (b - kept) * centred[i - 1]
        rest = whole * (1 - b * b) + variance[i] + b * b * v
        earlier, p = p, rest * p - (b * v) * (b * v) * earlier
        inverse = earlier / p
        total += (centred[i] - state) ** 2 * inverse
        if not 1e-100 < p < 1e100:
            logarithm += math.log(p)
            earlier, p = inverse, 1.0
    return (total + logarithm + math.log(p) + (N - 1) * math.log(2 * math.pi)) / 2


@vector
def _exponentials(step, tau, a):  # type: ignore[no-untyped-def]
    """exp(−Δt / τ) into a: the power series at 1/256 of the argument, squared eight times.

    Arithmetic alone, so the processor does several at a time; exact to 10⁻¹³ of 1.
    """
    for i in range(len(step)):
        x = -min(step[i] / tau, 40.0) / 256
        y = 1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720 + x * (1 / 5040 + x / 40320))))
        y = 1 + x * (1 + x * (1 / 2 + x * y))
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        a[i] = y


@kernel
def _try(walk, sigma, tau):  # type: ignore[no-untyped-def]
    """A corner of the simplex (−ln L, σ, τ), within bounds."""
    sigma, tau = min(abs(sigma), _MOST), min(max(tau, walk.shortest), _MOST)
    value = likelihood(walk, sigma, tau)
    return (value if math.isfinite(value) else math.inf), sigma, tau


@kernel
def _maximum(walk):  # type: ignore[no-untyped-def]
    """−ln L, σ and τ where the simplex method ends."""
    sigma, tau = _START
    low = _try(walk, sigma, tau)
    mid = _try(walk, 1.05 * sigma, tau)
    high = _try(walk, sigma, 1.05 * tau)
    for _ in range(_MOVES):
        # Likeliest first.
        if mid[0] < low[0]:
            low, mid = mid, low
        if high[0] < mid[0]:
            mid, high = high, mid
            if mid[0] < low[0]:
                low, mid = mid, low
        wide = max(abs(mid[1] - low[1]), abs(high[1] - low[1]))
        wide = max(wide, abs(mid[2] - low[2]), abs(high[2] - low[2]))
        if high[0] - low[0] <= (_CLOSE if wide <= _CLOSE else _FLAT):
            break
        sigma, tau = (low[1] + mid[1]) / 2, (low[2] + mid[2]) / 2
        along_sigma, along_tau = sigma - high[1], tau - high[2]
        across = _try(walk, sigma + along_sigma, tau + along_tau)
        if across[0] < low[0]:
            far = _try(walk, sigma + 2 * along_sigma, tau + 2 * along_tau)
            high = far if far[0] < across[0] else across
        elif across[0] < mid[0]:
            high = across
        else:
            way = 0.5 if across[0] < high[0] else -0.5
            near = _try(walk, sigma + way * along_sigma, tau + way * along_tau)
            if near[0] < high[0] and near[0] <= across[0]:
                high = near
            else:
                mid, high = _halfway(walk, low, mid), _halfway(walk, low, high)
    return low


@kernel
def _halfway(walk, fixed, moved):  # type: ignore[no-untyped-def]
    return _try(walk, (fixed[1] + moved[1]) / 2, (fixed[2] + moved[2]) / 2)

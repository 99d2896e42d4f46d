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
it means to set them, and may end at negative values; σ enters squared. Where that maximum explains
the light curve no better than the errors alone do, there is no process to tell of and all three
are neutral.
"""

import math

import numpy as np

from lightcurve_rf.features.arithmetic import kernel, ratio

NAMES = ("CAR_mean", "CAR_sigma", "CAR_tau")

_START = (10.0, 0.5)
_MOST = 100.0
_LEAST_TAU = 1e-6
_CLOSE = 1e-4
"""Where the simplex counts as shrunk to a point: differences of σ, of τ and of −ln L."""
_MOVES = 400
_BETTER = 1e-3
"""By how much −ln L must fall below that of the errors alone."""


@kernel
def describe(seen, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    step, variance = np.diff(seen.time), seen.error**2
    best, sigma, tau = _maximum(step, seen.centred, variance)
    quiet = 0.0
    for i in range(1, len(variance)):
        quiet += math.log(2 * math.pi * variance[i]) + seen.centred[i] ** 2 / variance[i]
    if best < quiet / 2 - _BETTER:
        out[0] = ratio(seen.origin + seen.mean, tau)
        out[1], out[2] = sigma, tau


@kernel
def likelihood(step, centred, variance, sigma, tau):  # type: ignore[no-untyped-def]
    """−ln L of σ and τ, for N − 1 steps of time, N magnitudes less their mean, N variances."""
    whole = tau * sigma * sigma / 2
    state, inverse = 0.0, 1 / (whole + variance[0])
    gain, product, total = whole * inverse, 1.0, 0.0
    for i in range(1, len(centred)):
        a = math.exp(-step[i - 1] / tau)
        state = a * (state + gain * (centred[i - 1] - state))
        spread = whole * (1 - a * a) + a * a * variance[i - 1] * gain + variance[i]
        inverse = 1 / spread
        gain = 1 - variance[i] * inverse
        total += (centred[i] - state) ** 2 * inverse
        # A logarithm costs as much as the rest of a step: one for many factors.
        product *= spread
        if not 1e-100 < product < 1e100:
            total += math.log(product)
            product = 1.0
    return (total + math.log(product) + (len(centred) - 1) * math.log(2 * math.pi)) / 2


@kernel
def _try(step, centred, variance, sigma, tau):  # type: ignore[no-untyped-def]
    """A corner of the simplex (−ln L, σ, τ), within bounds."""
    sigma, tau = min(abs(sigma), _MOST), min(max(tau, _LEAST_TAU), _MOST)
    value = likelihood(step, centred, variance, sigma, tau)
    return (value if math.isfinite(value) else math.inf), sigma, tau


@kernel
def _maximum(step, centred, variance):  # type: ignore[no-untyped-def]
    """−ln L, σ and τ where the simplex method ends."""
    sigma, tau = _START
    low = _try(step, centred, variance, sigma, tau)
    mid = _try(step, centred, variance, 1.05 * sigma, tau)
    high = _try(step, centred, variance, sigma, 1.05 * tau)
    for _ in range(_MOVES):
        # Likeliest first.
        if mid[0] < low[0]:
            low, mid = mid, low
        if high[0] < mid[0]:
            mid, high = high, mid
            if mid[0] < low[0]:
                low, mid = mid, low
        if (
            high[0] - low[0] <= _CLOSE
            and max(abs(mid[1] - low[1]), abs(high[1] - low[1])) <= _CLOSE
            and max(abs(mid[2] - low[2]), abs(high[2] - low[2])) <= _CLOSE
        ):
            break
        sigma, tau = (low[1] + mid[1]) / 2, (low[2] + mid[2]) / 2
        along_sigma, along_tau = sigma - high[1], tau - high[2]
        across = _try(step, centred, variance, sigma + along_sigma, tau + along_tau)
        if across[0] < low[0]:
            far = _try(step, centred, variance, sigma + 2 * along_sigma, tau + 2 * along_tau)
            high = far if far[0] < across[0] else across
        elif across[0] < mid[0]:
            high = across
        else:
            way = 0.5 if across[0] < high[0] else -0.5
            near = _try(step, centred, variance, sigma + way * along_sigma, tau + way * along_tau)
            if near[0] < high[0] and near[0] <= across[0]:
                high = near
            else:
                mid = _halfway(step, centred, variance, low, mid)
                high = _halfway(step, centred, variance, low, high)
    return low


@kernel
def _halfway(step, centred, variance, fixed, moved):  # type: ignore[no-untyped-def]
    sigma, tau = (fixed[1] + moved[1]) / 2, (fixed[2] + moved[2]) / 2
    return _try(step, centred, variance, sigma, tau)

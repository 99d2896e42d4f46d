"""Features of how a light curve resembles itself some time later.

With N points (t, m) in time order and d = m − m̄:

Autocor_length     smallest lag k with Σ dᵢ dᵢ₊ₖ / Σ dᵢ² < 1/e [K11]. Since those ratios sum to
                   −1/2 over k ≥ 1 there always is one; FATS looks at 100 lags and may search for
                   ever
SlottedA_length    lag T k of the first slot with ρ(k) < 1/e; ρ(k) the mean of dᵢ dⱼ over pairs of
                   lag ⌊|Δt|/T + ½⌋ = k, in units of ρ(0), which counts each point with itself
                   once; T is the (⌊N/20⌋ + 2)-th smallest step of time [H, P]. All lags are
                   searched, where FATS gives up at some
StetsonK_AC        StetsonK of ρ(k) at the lags below 100 that hold a pair, equal errors [F]

[F] Nun et al. 2015, arXiv:1506.00010. [H] Huijse et al. 2012, IEEE Trans. Signal Proc. 60, 5135.
[K11] Kim et al. 2011, ApJ 735, 68. [P] Protopapas et al. 2015, ApJS 216, 25.
"""

import math

import numpy as np

from lightcurve_rf.features.arithmetic import kernel, ratio

NAMES = ("Autocor_length", "SlottedA_length", "StetsonK_AC")

_UNCORRELATED = math.exp(-1)
_LAGS = 100
"""Lags that StetsonK_AC looks at."""


@kernel
def describe(seen, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    squares = (seen.centred**2).sum()
    out[0] = _autocorrelation_length(seen.centred, squares)
    N = len(seen.time)
    slot = seen.steps[min(int(0.05 * N) + 1, N - 2)]
    if slot > 0 and squares > 0:
        out[1], out[2] = _slotted(seen.time, seen.centred, squares, slot)


@kernel
def _autocorrelation_length(centred, squares):  # type: ignore[no-untyped-def]
    N = len(centred)
    if squares == 0:
        return 0
    for k in range(1, N):
        total = 0.0
        for i in range(N - k):
            total += centred[i] * centred[i + k]
        if not total >= _UNCORRELATED * squares:
            return k
    return N


@kernel
def _slotted(time, centred, squares, slot):  # type: ignore[no-untyped-def]
    """SlottedA_length and StetsonK_AC."""
    N = len(time)
    product, pairs = np.zeros(_LAGS), np.zeros(_LAGS)
    product[0], pairs[0] = squares, N
    for i in range(N):
        for j in range(i + 1, N):
            lag = math.floor((time[j] - time[i]) / slot + 0.5)
            if lag >= _LAGS:
                break  # the later points are farther still
            product[int(lag)] += centred[i] * centred[j]
            pairs[int(lag)] += 1
    zero = product[0] / pairs[0]
    if not zero > 0:
        return 0.0, 0.0
    length, n = 0.0, 0
    rho = product  # those of the slots that hold a pair, moved together
    for k in range(_LAGS):
        if pairs[k] > 0:
            rho[n] = product[k] / pairs[k] / zero
            if length == 0 and rho[n] < _UNCORRELATED:
                length = k * slot
            n += 1
    if length == 0:
        length = _later_slot(time, centred, slot, _UNCORRELATED * zero)
    away = rho[:n] - rho[:n].mean()
    return length, ratio(np.abs(away).sum(), math.sqrt(n * (away**2).sum()))


@kernel
def _later_slot(time, centred, slot, limit):  # type: ignore[no-untyped-def]
    """Lag of the first slot from `_LAGS` on whose mean product is below a limit, 0 without one."""
    N = len(time)
    lag, product = np.empty(N * (N - 1) // 2), np.empty(N * (N - 1) // 2)
    p = 0
    for i in range(N):
        for j in range(i + 1, N):
            slots = math.floor((time[j] - time[i]) / slot + 0.5)
            if slots >= _LAGS:
                lag[p], product[p] = slots, centred[i] * centred[j]
                p += 1
    order = np.argsort(lag[:p])
    at = 0
    while at < p:
        k, total, pairs = lag[order[at]], 0.0, 0
        while at < p and lag[order[at]] == k:
            total += product[order[at]]
            pairs += 1
            at += 1
        if total / pairs < limit:
            return k * slot
    return 0.0

"""Features of the order in time: slopes, correlations from point to point, structure functions.

With N points (t, m) in time order, m̄ and σ mean and standard deviation (over N):

Autocor_length     smallest lag k with Σ dᵢ dᵢ₊ₖ / Σ dᵢ² < 1/e, d = m − m̄ [K11]. Since those
                   ratios sum to −1/2 over k ≥ 1 there always is one; FATS looks at 100 lags
                   and may search for ever
Con                share of the N − 2 runs of three points that all lie beyond 2σ [W]
Eta_e              ⟨w⟩ (t_N − t₁)² Σ w Δm² / (σ² N² Σ w), w = 1/Δt² of neighbours [K14]
LinearTrend        slope of the least-squares line, mag/day [R]
MaxSlope           largest |Δm/Δt| of neighbours [R]
PairSlopeTrend     (rising steps − all others) / min(N, 30) among the last 30 points [R];
                   FATS divides by 30 however few there are
Rcs                range of the cumulative sum of (m − m̄) / (N σ) [E]
SlottedA_length    lag T k of the first slot with ρ(k) < 1/e; ρ(k) the mean of dᵢ dⱼ over pairs of
                   lag ⌊|Δt|/T + ½⌋ = k, in units of ρ(0), which counts each point with itself
                   once; T is the (⌊N/20⌋ + 2)-th smallest step of time [H, P]. All lags are
                   searched, where FATS gives up at some
StetsonK_AC        StetsonK of ρ(k) at the lags below 100 that hold a pair, equal errors [F]
StructureFunction_index_21, _31, _32
                   slope of log SF_a against log SF_b, SF_p(k) the mean of |m(t) − m(t + k)|ᵖ of
                   the light curve drawn through the points at 100 equal steps [S, F]

Two points at one time have no slope: such pairs are left out. [E] Ellaway 1978,
Electroenceph. Clin. Neurophys. 45, 302. [F] Nun et al. 2015, arXiv:1506.00010. [H] Huijse et al.
2012, IEEE Trans. Signal Proc. 60, 5135. [K11] Kim et al. 2011, ApJ 735, 68. [K14] Kim et al. 2014,
A&A 566, A43. [P] Protopapas et al. 2015, ApJS 216, 25. [R] Richards et al. 2011, ApJ 733, 10.
[S] Simonetti et al. 1985, ApJ 296, 46. [W] Wozniak 2000, Acta Astron. 50, 421.
"""

import math

import numpy as np
from numba import njit

from lightcurve_rf.features.arithmetic import SHORTEST, cumulative_range, ratio

NAMES = (
    "Autocor_length",
    "Con",
    "Eta_e",
    "LinearTrend",
    "MaxSlope",
    "PairSlopeTrend",
    "Rcs",
    "SlottedA_length",
    "StetsonK_AC",
    "StructureFunction_index_21",
    "StructureFunction_index_31",
    "StructureFunction_index_32",
)

_UNCORRELATED = math.exp(-1)
_STEPS = 100
"""Equal steps at which the structure functions sample the light curve."""
_LAGS = 100
"""Lags that StetsonK_AC looks at."""


@njit(cache=True)
def fill(time, magnitude, error, points):  # type: ignore[no-untyped-def]
    """Features, shape (N, F), of light curves that have `points` points each, in time order."""
    out = np.zeros((len(points), len(NAMES)))
    for n in range(len(points)):
        if points[n] >= SHORTEST:
            p = points[n]
            _fill_one(time[n, :p], magnitude[n, :p], out[n])
    return out


@njit(cache=True)
def _fill_one(time, magnitude, out):  # type: ignore[no-untyped-def]
    # Seen from one of its own values a constant light curve has a spread of exactly zero.
    centred = magnitude - magnitude[0]
    centred -= centred.mean()
    out[0] = _autocorrelation_length(centred)
    out[1] = _consecutive(centred)
    out[2], out[4] = _neighbours(time, centred)
    away = time - time.mean()
    out[3] = ratio((away * centred).sum(), (away**2).sum())
    steps = np.diff(centred[-30:])
    out[5] = (2 * (steps > 0).sum() - len(steps)) / min(len(centred), 30)
    out[6] = cumulative_range(magnitude)
    out[7], out[8] = _slotted(time, centred)
    out[9], out[10], out[11] = _structure_functions(time, centred)


@njit(cache=True)
def _autocorrelation_length(centred):  # type: ignore[no-untyped-def]
    total = (centred**2).sum()
    if total == 0:
        return 0
    k = 1
    while (centred[k:] * centred[:-k]).sum() >= _UNCORRELATED * total:
        k += 1
    return k


@njit(cache=True)
def _consecutive(centred):  # type: ignore[no-untyped-def]
    beyond = np.abs(centred) > 2 * centred.std()
    return (beyond[2:] & beyond[1:-1] & beyond[:-2]).sum() / (len(centred) - 2)


@njit(cache=True)
def _neighbours(time, centred):  # type: ignore[no-untyped-def]
    """Eta_e and MaxSlope."""
    step = np.diff(time)
    apart = step > 0
    if not apart.any():
        return 0.0, 0.0
    slope = np.diff(centred)[apart] / step[apart]
    # Σ w Δm² is the sum of squared slopes, and ⟨w⟩ / Σ w the number of steps inverted.
    scale = ratio(time[-1] - time[0], len(time) * centred.std())
    return scale**2 * (slope**2).sum() / len(slope), np.abs(slope).max()


@njit(cache=True)
def _slotted(time, centred):  # type: ignore[no-untyped-def]
    """SlottedA_length and StetsonK_AC."""
    N = len(time)
    slot = np.sort(np.diff(time))[min(int(0.05 * N) + 1, N - 2)]
    if slot == 0:
        return 0.0, 0.0
    lag, product = np.empty(N * (N - 1) // 2), np.empty(N * (N - 1) // 2)
    p = 0
    for i in range(N):
        for j in range(i + 1, N):
            lag[p] = np.floor((time[j] - time[i]) / slot + 0.5)
            product[p] = centred[i] * centred[j]
            p += 1
    order = np.argsort(lag)
    near = lag == 0
    zero = ((centred**2).sum() + product[near].sum()) / (N + near.sum())
    if zero <= 0:
        return 0.0, 0.0

    length, rho = 0.0, [1.0]
    p = near.sum()
    while p < len(order) and (length == 0 or lag[order[p]] < _LAGS):
        k, total, pairs = lag[order[p]], 0.0, 0
        while p < len(order) and lag[order[p]] == k:
            total += product[order[p]]
            pairs += 1
            p += 1
        if k < _LAGS:
            rho.append(total / pairs / zero)
        if length == 0 and total / pairs < _UNCORRELATED * zero:
            length = k * slot
    away = np.array(rho)
    away -= away.mean()
    return length, ratio(np.abs(away).sum(), math.sqrt(len(away) * (away**2).sum()))


@njit(cache=True)
def _slope(x, y):  # type: ignore[no-untyped-def]
    """Of the least-squares line of y against x."""
    away = x - x.mean()
    return ratio((away * (y - y.mean())).sum(), (away**2).sum())


@njit(cache=True)
def _structure_functions(time, centred):  # type: ignore[no-untyped-def]
    drawn = np.interp(np.linspace(time[0], time[-1], _STEPS), time, centred)
    log = np.empty((3, _STEPS - 1))
    n = 0
    for lag in range(1, _STEPS):
        change = np.abs(drawn[lag:] - drawn[:-lag])
        first, second, third = change.mean(), (change**2).mean(), (change**3).mean()
        if third > 0:
            log[0, n], log[1, n] = math.log10(first), math.log10(second)
            log[2, n] = math.log10(third)
            n += 1
    if n < 2:
        return 0.0, 0.0, 0.0
    one, two, three = log[0, :n], log[1, :n], log[2, :n]
    return _slope(one, two), _slope(one, three), _slope(two, three)

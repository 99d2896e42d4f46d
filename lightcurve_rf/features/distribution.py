"""Features of the magnitudes in whatever order: moments, percentiles, departures from the mean.

With m the N magnitudes, e their errors, m̄ and σ mean and standard deviation (over N), m₍ₖ₎ the
k-th smallest counted from 0, and i(p) = ⌈p N⌉, at most N − 1 (FATS overruns the array below 20
points):

Amplitude                  half of (median of the largest ⌈N/20⌉ − that of the smallest) [F]
AndersonDarling            1 / (1 + exp(−10 (A² − 0.3))), A² of the normal distribution [K9]
Beyond1Std                 share of |m − m_w| > s; m_w the mean with weights 1/e²,
                           s² = Σ (m − m_w)² / (N − 1) [R]
FluxPercentileRatioMid20…  (m₍i(.60)₎ − m₍i(.40)₎) / (m₍i(.95)₎ − m₍i(.05)₎); Mid35 from .325 to
                           .675, Mid50 .25 to .75, Mid65 .175 to .825, Mid80 .10 to .90 [R]
Gskew                      median of m ≤ m₃ + median of m ≥ m₉₇ − 2 median, at percentiles 3, 97 [F]
Mean                       m̄
Meanvariance               σ / m̄ [K11]
MedianAbsDev               median of |m − median| [R]
MedianBRP                  share of |m − median| < (max − min) / 10 [R]
PercentAmplitude           max |m − median| / median [R]
PercentDifferenceFluxPercentile   (m₍i(.95)₎ − m₍i(.05)₎) / median [R]
Q31                        percentile 75 − percentile 25 [K14]
Skew                       Σ (m − m̄)³ / (N σ³) [R]
SmallKurtosis              N(N+1) / ((N−1)(N−2)(N−3)) Σ ((m − m̄)/σ)⁴ − 3(N−1)² / ((N−2)(N−3));
                           neutral for N = 3 [R]
Std                        σ
StetsonK                   Σ|δ| / √(N Σδ²), δ = (m − m_w) / e [S]

[F] Nun et al. 2015, arXiv:1506.00010. [K9] Kim et al. 2009, MNRAS 397, 558. [K11] Kim et al. 2011,
ApJ 735, 68. [K14] Kim et al. 2014, A&A 566, A43. [R] Richards et al. 2011, ApJ 733, 10. [S] Stetson
1996, PASP 108, 851.
"""

import math

import numpy as np

from lightcurve_rf.features.arithmetic import kernel, middle, percentile, ratio

NAMES = (
    "Amplitude",
    "AndersonDarling",
    "Beyond1Std",
    "FluxPercentileRatioMid20",
    "FluxPercentileRatioMid35",
    "FluxPercentileRatioMid50",
    "FluxPercentileRatioMid65",
    "FluxPercentileRatioMid80",
    "Gskew",
    "Mean",
    "Meanvariance",
    "MedianAbsDev",
    "MedianBRP",
    "PercentAmplitude",
    "PercentDifferenceFluxPercentile",
    "Q31",
    "Skew",
    "SmallKurtosis",
    "Std",
    "StetsonK",
)

_MIDDLES = np.array([[0.40, 0.60], [0.325, 0.675], [0.25, 0.75], [0.175, 0.825], [0.10, 0.90]])


@kernel
def describe(seen, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    ordered, sums, std = seen.ordered, seen.sums, seen.std
    N = len(ordered)
    median = middle(ordered)
    distance = np.abs(ordered - median)
    spread = _at(ordered, 0.95) - _at(ordered, 0.05)

    out[0] = _amplitude(ordered)
    out[1] = _anderson_darling(ordered - seen.mean, sums.second)
    out[2], out[19] = _weighted(seen)
    for k in range(len(_MIDDLES)):
        low, high = _MIDDLES[k]
        out[3 + k] = ratio(_at(ordered, high) - _at(ordered, low), spread)
    out[8] = _gskew(ordered, median)
    out[9] = seen.origin + seen.mean
    out[10] = ratio(std, seen.origin + seen.mean)
    out[11] = middle(np.sort(distance))
    out[12] = (distance < (ordered[-1] - ordered[0]) / 10).sum() / N
    out[13] = ratio(distance.max(), seen.origin + median)
    out[14] = ratio(spread, seen.origin + median)
    out[15] = percentile(ordered, 0.75) - percentile(ordered, 0.25)
    out[16] = ratio(sums.third, N * std**3)
    out[17] = _kurtosis(sums.fourth, std, N)
    out[18] = std


@kernel
def _at(ordered, share):  # type: ignore[no-untyped-def]
    """Value m₍i(p)₎, where FATS reads its percentiles."""
    return ordered[min(math.ceil(share * len(ordered)), len(ordered) - 1)]


@kernel
def _amplitude(ordered):  # type: ignore[no-untyped-def]
    tail = math.ceil(0.05 * len(ordered))
    return (middle(ordered[-tail:]) - middle(ordered[:tail])) / 2


@kernel
def _log_normal_cdf(z):  # type: ignore[no-untyped-def]
    """log Φ(z); by its asymptote where Φ would underflow."""
    if z < -30:
        return -z * z / 2 - math.log(-z) - math.log(2 * math.pi) / 2
    return math.log(math.erfc(-z / math.sqrt(2)) / 2)


@kernel
def _anderson_darling(centred, squares):  # type: ignore[no-untyped-def]
    """A² = −N − Σ (2i − 1)/N (log Φ(zᵢ) + log Φ(−z_{N+1−i})), i from 1, squashed to (0, 1)."""
    N = len(centred)
    std = math.sqrt(squares / (N - 1))
    if std == 0:
        return 0.0
    total = 0.0
    for i in range(N):
        both = _log_normal_cdf(centred[i] / std) + _log_normal_cdf(-centred[N - 1 - i] / std)
        total += (2 * i + 1) / N * both
    return 1 / (1 + math.exp(min(-10 * (-N - total - 0.3), 700.0)))


@kernel
def _weighted(seen):  # type: ignore[no-untyped-def]
    """Beyond1Std and StetsonK, the two that weigh points by their errors."""
    N, sums = len(seen.centred), seen.sums
    shift = sums.weighted / sums.weight - seen.mean
    std = math.sqrt((sums.second + N * shift**2) / (N - 1))
    beyond, total, squares = 0, 0.0, 0.0
    for i in range(N):
        away = abs(seen.centred[i] - shift)
        beyond += away > std
        scaled = away / seen.error[i]
        total += scaled
        squares += scaled * scaled
    return beyond / N, ratio(total, math.sqrt(N * squares))


@kernel
def _gskew(ordered, median):  # type: ignore[no-untyped-def]
    low, high = percentile(ordered, 0.03), percentile(ordered, 0.97)
    faint, bright = np.searchsorted(ordered, high), np.searchsorted(ordered, low, "right")
    return middle(ordered[:bright]) + middle(ordered[faint:]) - 2 * median


@kernel
def _kurtosis(fourth, std, N):  # type: ignore[no-untyped-def]
    if std == 0 or N == 3:
        return 0.0
    first = N * (N + 1) / ((N - 1) * (N - 2) * (N - 3))
    return first * ratio(fourth, std**4) - 3 * (N - 1) ** 2 / ((N - 2) * (N - 3))

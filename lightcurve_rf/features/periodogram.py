"""Features of the best period: the periodogram's peak, and the light curve folded with it.

With N points (t, m) over a time span S, d = m − m̄ and s² = Σ d² / (N − 1):

PeriodLS     1/f of the highest peak of the Lomb–Scargle periodogram (Lomb 1976, Ap&SS 39, 447;
             Scargle 1982, ApJ 263, 835), days, on FATS' frequencies k / (6 S), k = 1 … 300 N
Period_fit   chance that noise alone peaks as high: 100 N e^−P, or 1 − (1 − e^−P)^100N where that
             is above 0.01 (Press & Rybicki 1989, ApJ 338, 277)
Psi_CS       range of the cumulative sum of d / (N σ), in the order of the phase t mod 2 PeriodLS
Psi_eta      Σ Δm² / ((N − 1) σ²) of neighbours in that phase (Kim et al. 2014, A&A 566, A43)

FATS reads the same periodogram off a fast Fourier transform of interpolated data; here it is summed
at every frequency, which for the tens of points of a movie is as fast and has no interpolation
error.
"""

import math

import numpy as np
from numba import njit

from lightcurve_rf.features.arithmetic import SHORTEST, cumulative_range, ratio

NAMES = ("PeriodLS", "Period_fit", "Psi_CS", "Psi_eta")

OVERSAMPLING = 6
HIGHEST = 100
"""Highest frequency, in units of the mean Nyquist frequency N / (2 S)."""


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
    N = len(time)
    centred = magnitude - magnitude[0]
    centred -= centred.mean()
    span = time[-1] - time[0]
    variance = (centred**2).sum() / (N - 1)
    if span == 0 or variance == 0:
        return
    frequency, power = _peak(time - time[0], centred / math.sqrt(variance), span)
    period = ratio(1.0, frequency)
    if period == 0:
        return
    chance = math.exp(-power)
    trials = HIGHEST * N
    out[0] = period
    out[1] = trials * chance if trials * chance <= 0.01 else 1 - (1 - chance) ** trials
    folded = centred[np.argsort(np.mod(time, 2 * period) / (2 * period))]
    out[2] = cumulative_range(folded)
    out[3] = ratio((np.diff(folded) ** 2).sum(), (N - 1) * folded.var())


@njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _peak(time, value, span):  # type: ignore[no-untyped-def]
    """Frequency and height of the highest peak, for values of mean 0 and variance 1.

    With Y_c = Σ y cos ωt, C = Σ cos 2ωt and so on, Lomb's normalized power is
    P = (N (Y_c² + Y_s²) − C (Y_c² − Y_s²) − 2 S Y_c Y_s) / (N² − C² − S²),
    free of his offset τ. The angles advance by rotation, from one frequency to the next.
    """
    N = len(time)
    spacing = 1 / (OVERSAMPLING * span)
    turn_cos, turn_sin = np.cos(2 * np.pi * spacing * time), np.sin(2 * np.pi * spacing * time)
    cos, sin = np.ones(N), np.zeros(N)
    best, highest = 1, -1.0
    for k in range(1, OVERSAMPLING * HIGHEST * N // 2 + 1):
        yc = ys = c2 = s2 = 0.0
        for j in range(N):
            c = cos[j] * turn_cos[j] - sin[j] * turn_sin[j]
            s = sin[j] * turn_cos[j] + cos[j] * turn_sin[j]
            cos[j], sin[j] = c, s
            yc += value[j] * c
            ys += value[j] * s
            c2 += c * c - s * s
            s2 += 2 * s * c
        room = N * N - c2 * c2 - s2 * s2
        # Where all points share one phase the frequency says nothing.
        if room > 1e-6 * N * N:
            power = N * (yc * yc + ys * ys) - c2 * (yc * yc - ys * ys) - 2 * s2 * yc * ys
            if power / room > highest:
                best, highest = k, power / room
    return best * spacing, highest

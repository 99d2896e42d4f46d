"""Features of the best period: the periodogram's peak, the folded light curve, its harmonics.

With N points (t, m) over a time span S, d = m − m̄, s² = Σ d² / (N − 1), σ² = Σ d² / N:

PeriodLS     1/f of the highest peak of the periodogram (see `periodogram`), days
Period_fit   chance that noise alone peaks as high: 100 N e^−P, or 1 − (1 − e^−P)^100N where that
             is above 0.01 (Press & Rybicki 1989, ApJ 338, 277)
Psi_CS       range of the cumulative sum of d / (N σ), in the order of the phase t mod 2 PeriodLS
Psi_eta      Σ Δm² / ((N − 1) σ²) of neighbours in that phase (Kim et al. 2014, A&A 566, A43)
Freq{i}_harmonics_amplitude_{j}   √(a² + b²) of the least-squares a sin + b cos + c of frequency
             (j + 1) fᵢ, mag; f₁ is that of PeriodLS, and f₂, f₃ are of the highest peak of what is
             left when all four harmonics of the frequency before are subtracted (Debosscher et al.
             2007, A&A 475, 1159; Richards et al. 2011, ApJ 733, 10)
Freq{i}_harmonics_rel_phase_{j}   arctan(b/a) less that of j = 0, in (−π, π), with time counted from
             the first point; so 0 for j = 0

As in FATS each harmonic is fitted by itself. Where the points cannot tell two of sin, cos and
constant apart the smallest of the best fits is taken, where FATS' depends on where it starts to
iterate. The second and third frequency are neutral where nothing is left to fit.
"""

import math

import numpy as np

from lightcurve_rf.features.arithmetic import cumulative_range, kernel, ratio, vector
from lightcurve_rf.features.periodogram import highest_peak, set_times
from lightcurve_rf.features.phase_sums import HIGHEST, waves

FREQUENCIES = 3
HARMONICS = 4
NAMES = (
    "PeriodLS",
    "Period_fit",
    "Psi_CS",
    "Psi_eta",
    *(
        f"Freq{i}_harmonics_{what}_{j}"
        for i in range(1, FREQUENCIES + 1)
        for what in ("amplitude", "rel_phase")
        for j in range(HARMONICS)
    ),
)

_SAME = 1e-6
"""Share of the points' spread below which two functions count as one."""
_NOTHING = 1e-20
"""Share of the variance below which a remainder is rounding."""


@kernel
def describe(seen, room, out):  # type: ignore[no-untyped-def]
    """Write the features, shape (F,), of the points seen."""
    N, std = len(seen.time), math.sqrt(seen.sums.second / (len(seen.time) - 1))
    if not (std > 0 and math.isfinite(std)):
        return
    spacing = set_times(room, seen.time)
    if spacing == 0:
        return
    left = seen.centred / std
    for i in range(FREQUENCIES):
        best, power = highest_peak(room, N, left)
        if best == 0:
            return
        if i == 0:
            out[0] = 1 / (best * spacing)
            out[1] = _false_alarm(power, HIGHEST * N)
            out[2], out[3] = _folded(seen, out[0])
        first = 4 + 2 * HARMONICS * i
        amplitude, phase = out[first : first + HARMONICS], out[first + HARMONICS :][:HARMONICS]
        _whiten(room, best, left, amplitude, phase)
        amplitude *= std
        left -= left.mean()
        variance = (left**2).sum() / (N - 1)
        if not variance > _NOTHING:
            return
        # The heights of the peaks do not matter from here on, but tiny numbers are slow.
        left /= math.sqrt(variance)
        std *= math.sqrt(variance)


@kernel
def _false_alarm(power, trials):  # type: ignore[no-untyped-def]
    chance = math.exp(-power)
    return trials * chance if trials * chance <= 0.01 else 1 - (1 - chance) ** trials


@kernel
def _folded(seen, period):  # type: ignore[no-untyped-def]
    """Psi_CS and Psi_eta."""
    order = np.argsort(np.mod(seen.time, 2 * period), kind="mergesort")
    folded = seen.centred[order]
    steps = (np.diff(folded) ** 2).sum()
    return (
        cumulative_range(folded, seen.std),
        ratio(steps, (len(folded) - 1) * seen.std**2),
    )


@kernel
def _whiten(room, k, left, amplitude, phase):  # type: ignore[no-untyped-def]
    """Fit the harmonics of frequency k one by one, and subtract them all but for a constant."""
    waves(room.turn, k, room.wave, len(left))
    _from_first(room.wave, room.harmonic, len(left))
    for j in range(HARMONICS):
        if j > 0:
            _next_harmonic(room.wave, room.harmonic, len(left))
        a, b = _smallest_fit(len(left), *_sums(room.harmonic, left))
        _add(room.harmonic, a, b, len(left))
        amplitude[j] = math.hypot(a, b)
        phase[j] = math.atan2(b, a) if a >= 0 else math.atan2(-b, -a)
    phase -= phase[0]
    for i in range(len(left)):
        left[i] -= room.harmonic[2, i]


@vector
def _from_first(wave, harmonic, N):  # type: ignore[no-untyped-def]
    """Cosine and sine of the phases less that of the first point, and a model of nothing."""
    cos, sin = wave[0, 0], wave[1, 0]
    for i in range(N):
        c, s = wave[0, i], wave[1, i]
        wave[0, i], wave[1, i] = c * cos + s * sin, s * cos - c * sin
    harmonic[:2] = wave
    harmonic[2] = 0


@vector
def _next_harmonic(wave, harmonic, N):  # type: ignore[no-untyped-def]
    for i in range(N):
        c, s = harmonic[0, i], harmonic[1, i]
        harmonic[0, i] = c * wave[0, i] - s * wave[1, i]
        harmonic[1, i] = s * wave[0, i] + c * wave[1, i]


@vector
def _add(harmonic, a, b, N):  # type: ignore[no-untyped-def]
    for i in range(N):
        harmonic[2, i] += a * harmonic[1, i] + b * harmonic[0, i]


@vector
def _sums(harmonic, value):  # type: ignore[no-untyped-def]
    """Σx², Σy², Σxy, Σxv and Σyv of sine x and cosine y less their means, and value v."""
    N = len(value)
    x = y = v = xx = yy = xy = xv = yv = 0.0
    for i in range(N):
        sine, cosine = harmonic[1, i], harmonic[0, i]
        x += sine
        y += cosine
        v += value[i]
        xx += sine * sine
        yy += cosine * cosine
        xy += sine * cosine
        xv += sine * value[i]
        yv += cosine * value[i]
    return xx - x * x / N, yy - y * y / N, xy - x * y / N, xv - x * v / N, yv - y * v / N


@kernel
def _smallest_fit(N, xx, yy, xy, xv, yv):  # type: ignore[no-untyped-def]
    """The least-squares a, b of v = a x + b y; the smallest where several fit as well."""
    # Eigenvalues of [[xx, xy], [xy, yy]]; their vectors are at angle ψ and ψ + 90°.
    middle, half = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    angle = math.atan2(xy, (xx - yy) / 2) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    a = b = 0.0
    least = _SAME * N
    if middle + half > least:
        share = (cos * xv + sin * yv) / (middle + half)
        a, b = share * cos, share * sin
    if middle - half > least:
        share = (cos * yv - sin * xv) / (middle - half)
        a, b = a - share * sin, b + share * cos
    return a, b

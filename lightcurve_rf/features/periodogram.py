"""The Lomb–Scargle periodogram on FATS' frequencies: sieved in single precision, read in double.

The frequencies of N points over a time span S are k / (6 S), k = 1 … K = 300 N, six to a resolved
peak and up to 100 times the mean Nyquist frequency. With Y_c = Σ y cos ωt, Y_s = Σ y sin ωt,
C = Σ cos 2ωt and D = Σ sin 2ωt, the power (Lomb 1976, Ap&SS 39, 447; Scargle 1982, ApJ 263, 835)
of values of mean 0 and variance 1 is

    P = (N (Y_c² + Y_s²) − C (Y_c² − Y_s²) − 2 D Y_c Y_s) / (N² − C² − D²),

free of Lomb's offset τ. C and D depend on the times alone, so they are summed once and every
series of values at those times (the light curve, and what whitening leaves of it) pays for its own
two sums only. FATS reads the same periodogram off a fast Fourier transform of interpolated data; at
the tens of points of a movie the sums cost less.

Nothing but the highest peak is asked for, so a sieve goes first: Y is summed in single precision at
every other frequency and interpolated between them. Its error has a bound (see `uncertainty`), and
whatever may be the highest peak within it is summed anew in double precision. The peak is so that
of the formula above at all K frequencies.

Every other frequency for Y has the same phases as every frequency has in C and D, where they are
doubled: one table (see `phase_sums`) serves both.
"""

import math

import numpy as np

from lightcurve_rf.features.arithmetic import kernel, vector
from lightcurve_rf.features.phase_sums import (
    MARGIN,
    OVERSAMPLING,
    PART,
    WIDE,
    count,
    set_phases,
    sums,
    waves,
)

_DEGENERATE = 1e-6
"""(N² − C² − D²) / N² below which all points share one phase and a frequency says nothing."""
_LOOSE = 1 / 8
"""The same below which the sieve leaves a frequency to double precision."""
_HIGHER = 1 + 1e-9
"""By what factor a peak must stand above one of a lower frequency: aliases differ by rounding."""

_BETWEEN = (np.float32(0.59381789), np.float32(-0.11030343), np.float32(0.016601393))
"""Weights of the next, second and third neighbours on both sides, by which Y is interpolated. With
time from the middle of the span, |δt| ≤ π/6, and 2 Σ aᵢ cos (2i − 1) δt is 1 but for `_RIPPLE`;
the weights make that least."""
_RIPPLE = 2.33e-4
_ROUNDING = 2.0**-24


@kernel
def set_times(room, time):  # type: ignore[no-untyped-def]
    """Prepare the room for the times, shape (N,), of a light curve; their frequency spacing.

    The spacing is 0 if they have no span that a frequency can be told from.
    """
    N = len(time)
    span = time[-1] - time[0]
    if not (1e-100 < span < 1e100):
        return 0.0
    spacing = 1 / (OVERSAMPLING * span)
    points = -(-N // 4) * 4
    middle = time[0] + span / 2
    for j in range(points):
        # Places beyond the last point weigh nothing.
        room.turn[j] = spacing * (time[j] - middle) if j < N else 0.0
        room.present[j] = room.single[j] = 1.0 if j < N else 0.0
    K = count(N)
    set_phases(room, points, K // WIDE + 1)
    sums(room, points, K // WIDE + 1)
    room.loose[0] = 0
    for start in range(0, K // 2 + 1, PART):
        for odd in range(2):
            first = MARGIN + 2 * start + odd
            C, D = room.between[0], room.between[1]
            _every_other(room.cosine[first:], C)
            _every_other(room.sine[first:], D)
            along, across, both = _multipliers_of(room, odd, start, start + PART)
            if not _multipliers(N, C, D, along, across, both) * _LOOSE * N * N < 1:
                _set_aside(room, N, start, odd)
    room.along[0, 0] = room.across[0, 0] = room.both[0, 0] = 0  # k = 0 is no frequency
    return spacing


@kernel
def highest_peak(room, N, value):  # type: ignore[no-untyped-def]
    """Number k from 1 of the frequency, and power, of the highest peak of N values.

    They have mean 0 and variance 1; the room was prepared for their times. Of equal peaks the one
    of the lowest frequency counts; k is 0 without any.
    """
    K, total = count(N), 0.0
    sieve(room, N, value)
    for j in range(N):
        total += abs(value[j])
    top = 0.0
    for part in range(K // (2 * PART) + 1):
        top = max(top, room.highest[part])
    least = max(math.sqrt(top) - 2 * uncertainty(N, total), 0.0) ** 2
    for i in range(1, room.loose[0] + 1):
        k = room.loose[i]
        room.power[k % 2, k // 2] = room.highest[k // 2 // PART] = np.inf
    best, highest = 0, 0.0
    for part in range(K // (2 * PART) + 1):
        if room.highest[part] < least:
            continue
        for k in range(max(2 * PART * part, 1), min(2 * PART * (part + 1), K + 1)):
            if room.power[k % 2, k // 2] >= least:
                height = power(room, N, k)
                if height > highest * _HIGHER:
                    best, highest = k, height
    return best, highest


@kernel
def power(room, N, k):  # type: ignore[no-untyped-def]
    """P of the latest N values at frequency k, in double precision."""
    waves(room.turn, k, room.wave, len(room.single))
    Y_c, Y_s, C, D = _four_sums(room, -(-N // 4) * 4)
    free = N * N - C * C - D * D
    if not free > _DEGENERATE * N * N:
        return 0.0
    return ((N - C) * Y_c * Y_c + (N + C) * Y_s * Y_s - 2 * D * Y_c * Y_s) / free


@kernel
def uncertainty(N, total):  # type: ignore[no-untyped-def]
    """How far √P of the sieve may be off, for N values whose absolute values sum to `total`.

    √P is the length of the values' projection on the cosine and sine of a frequency, over √2: an
    error of Y counts at most 1 / √(N − R) times, and one of C or D, over the whole, twice over
    N − R; R² = C² + D², and N − R > N `_LOOSE` / 2 for all that the sieve does not leave out.
    √P is at most √(N / 2).
    """
    rounding = 8 * _ROUNDING * (N + 16)
    loose = _LOOSE / 2
    return (_RIPPLE + rounding) * total / math.sqrt(loose * N) + rounding / loose * math.sqrt(N / 2)


@vector
def _four_sums(room, points):  # type: ignore[no-untyped-def]
    """Y_c, Y_s, C and D of the waves."""
    Y_c = Y_s = C = D = 0.0
    for j in range(points):
        c, s = room.wave[0, j], room.wave[1, j]
        Y_c += room.value[j] * c
        Y_s += room.value[j] * s
        C += room.present[j] * (1 - 2 * s * s)
        D += room.present[j] * 2 * s * c
    return Y_c, Y_s, C, D


@kernel
def _multipliers_of(room, odd, start, stop):  # type: ignore[no-untyped-def]
    """Those of some even or odd frequencies."""
    along, across, both = room.along[odd], room.across[odd], room.both[odd]
    return along[start:stop], across[start:stop], both[start:stop]


@vector
def _every_other(values, out):  # type: ignore[no-untyped-def]
    for k in range(PART):
        out[k] = values[2 * k]


@vector
def _multipliers(N, C, D, along, across, both):  # type: ignore[no-untyped-def]
    """What Y_c², Y_s² and Y_c Y_s are multiplied by at some frequencies; the largest share."""
    n = np.float32(N)
    # Each loop writes one array: with more the compiler cannot tell that none overlap.
    for k in range(PART):
        both[k] = np.float32(1) / abs(n * n - C[k] * C[k] - D[k] * D[k])
    largest = _largest(both)
    for k in range(PART):
        along[k] = both[k] * (n - C[k])
    for k in range(PART):
        across[k] = both[k] * (n + C[k])
    for k in range(PART):
        both[k] *= np.float32(2) * D[k]
    return largest


@vector
def _largest(values):  # type: ignore[no-untyped-def]
    """The largest of numbers above or about zero: their bits, as integers, are in the same order.

    Of floating-point numbers, which may be NaN, the processor compares one at a time.
    """
    bits = values.view(np.int32)
    largest = bits[0]
    for k in range(len(bits)):
        if bits[k] > largest:
            largest = bits[k]
    return np.int32(largest).view(np.float32)


@kernel
def _set_aside(room, N, start, odd):  # type: ignore[no-untyped-def]
    """Leave the loose ones of a part of the frequencies out of the sieve."""
    for at in range(start, start + PART):
        k = 2 * at + odd
        C, D = room.cosine[MARGIN + k], room.sine[MARGIN + k]
        if k <= count(N) and not N * N - C * C - D * D > _LOOSE * N * N:
            room.along[odd, at] = room.across[odd, at] = room.both[odd, at] = 0
            if k > 0:
                room.loose[0] += 1
                room.loose[room.loose[0]] = k


@kernel
def sieve(room, N, value):  # type: ignore[no-untyped-def]
    """P of N values at every frequency, in single precision, and the highest of each part."""
    points, half = -(-N // 4) * 4, count(N) // 2
    room.value[:points] = room.single[:points] = 0
    room.value[:N] = value
    for j in range(N):
        room.single[j] = value[j]
    sums(room, points, (half + 3) // WIDE + 1)
    for m in range(1, MARGIN + 1):
        room.cosine[MARGIN - m] = room.cosine[MARGIN + m]
        room.sine[MARGIN - m] = -room.sine[MARGIN + m]
    for start in range(0, half + 1, PART):
        stop = min(start + PART, half + 1)
        near = slice(start, stop + 2 * MARGIN + 1)
        cos, sin = room.cosine[near], room.sine[near]
        even, odd = room.power[0][start:stop], room.power[1][start:stop]
        _power(cos[MARGIN:], sin[MARGIN:], _multipliers_of(room, 0, start, stop), even)
        c, s = room.between[0], room.between[1]
        _interpolate(cos, c)
        _interpolate(sin, s)
        _power(c, s, _multipliers_of(room, 1, start, stop), odd)
        if stop > half:
            odd[-1] = 0  # no odd frequency stands after the last even one
        room.highest[start // PART] = max(_largest(even), _largest(odd))


@vector
def _power(c, s, multipliers, out):  # type: ignore[no-untyped-def]
    """P at some frequencies."""
    along, across, both = multipliers
    for k in range(len(out)):
        out[k] = along[k] * c[k] * c[k] + across[k] * s[k] * s[k] - both[k] * c[k] * s[k]


@vector
def _interpolate(values, out):  # type: ignore[no-untyped-def]
    """What lies between some sums and the next of each, two further ones standing on both sides."""
    one, two, three = _BETWEEN
    for k in range(len(values) - 2 * MARGIN - 1):
        between = one * (values[k + 2] + values[k + 3]) + two * (values[k + 1] + values[k + 4])
        out[k] = between + three * (values[k] + values[k + 5])

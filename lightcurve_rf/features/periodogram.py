"""The Lomb–Scargle periodogram on FATS' frequencies: computed once, asked three times.

The frequencies of N points over a time span S are k / (6 S), k = 1 … 300 N, six to a resolved peak
and up to 100 times the mean Nyquist frequency. With Y_c = Σ y cos ωt, Y_s = Σ y sin ωt,
C = Σ cos 2ωt and D = Σ sin 2ωt, the power (Lomb 1976, Ap&SS 39, 447; Scargle 1982, ApJ 263, 835)
of values of mean 0 and variance 1 is

    P = (N (Y_c² + Y_s²) − C (Y_c² − Y_s²) − 2 D Y_c Y_s) / (N² − C² − D²),

free of Lomb's offset τ. C and D depend on the times alone, so they are summed once and every
series of values at those times (the light curve, and what whitening leaves of it) pays for its own
two sums only. FATS reads the same periodogram off a fast Fourier transform of interpolated data; at
the tens of points of a movie the sums cost less and have no interpolation error.

The sums go by blocks of 2M + 1 frequencies around a central one:
cos (ω ± mδ)t = cos ωt cos mδt ∓ sin ωt sin mδt, so four products serve two frequencies, and the
cosines of mδt are the same in every block.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from lightcurve_rf.features.arithmetic import kernel, vector

OVERSAMPLING = 6
HIGHEST = 100
"""Highest frequency, in units of the mean Nyquist frequency N / (2 S)."""

_HALF = 31
"""M; cosines and sines of 0 … M together are rows of 64 numbers."""
_WIDE = 2 * _HALF + 1
_DEGENERATE = 1e-6
"""(N² − C² − D²) / N² below which all points share one phase and a frequency says nothing."""
_HIGHER = 1 + 1e-9
"""By what factor a peak must stand above one of a lower frequency: aliases differ by rounding."""


class Room(NamedTuple):
    """Working memory for light curves of at most E points, and the sums over the times of one.

    `near` holds cos mδt and sin mδt in a row for each point, `near_twice` those of 2δ; `first` and
    `turn` the phase (M + 1) δt of the first block's centre and that from block to block. `along`,
    `across` and `both` are what Y_c², Y_s² and Y_c Y_s are multiplied by in P; `cosine` and `sine`
    the latest sums. Points are rounded up to a multiple of 4, the others weigh nothing.
    """

    near: ndarray
    near_twice: ndarray
    first: ndarray
    turn: ndarray
    phase: ndarray
    weight: ndarray
    turned: ndarray
    block: ndarray
    along: ndarray
    across: ndarray
    both: ndarray
    cosine: ndarray
    sine: ndarray


@kernel
def make_room(E):  # type: ignore[no-untyped-def]
    """Working memory for light curves of at most E points."""
    points = -(-E // 4) * 4
    blocks = -(-OVERSAMPLING * HIGHEST * E // (4 * _WIDE)) * 2
    K = blocks * _WIDE
    return Room(
        np.zeros((points, 2 * (_HALF + 1))),
        np.zeros((points, 2 * (_HALF + 1))),
        np.zeros((2, 2 * points)),
        np.zeros((2, 2 * points)),
        np.zeros((2, points)),
        np.zeros(points),
        np.zeros((4, points)),
        np.zeros((4, 2 * (_HALF + 1))),
        np.zeros(K),
        np.zeros(K),
        np.zeros(K),
        np.zeros(K),
        np.zeros(K),
    )


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
    for j in range(len(room.near)):
        # Places beyond the last point are at the first, and weigh nothing.
        angle = 2 * math.pi * spacing * (time[j] - time[0]) if j < N else 0.0
        cos, sin = math.cos(angle), math.sin(angle)
        _multiples(cos, sin, room.near[j], room.first[:, j], room.turn[:, j])
        twice = room.first[:, len(room.near) + j], room.turn[:, len(room.near) + j]
        _multiples(cos * cos - sin * sin, 2 * sin * cos, room.near_twice[j], *twice)
    room.weight[:] = 0
    room.weight[:N] = 1
    _sum(room, N, 1)
    for k in range(count(N)):
        C, D = room.cosine[k], room.sine[k]
        free = N * N - C * C - D * D
        share = 1 / free if free > _DEGENERATE * N * N else 0.0
        room.along[k] = share * (N - C)
        room.across[k] = share * (N + C)
        room.both[k] = share * 2 * D
    return spacing


@kernel
def count(N):  # type: ignore[no-untyped-def]
    """Number of frequencies for N points."""
    return OVERSAMPLING * HIGHEST * N // 2


@kernel
def highest_peak(room, spacing, time, value):  # type: ignore[no-untyped-def]
    """Number k from 1 of the frequency, and power, of the highest peak of N values.

    They have mean 0 and variance 1; the room was prepared for their times. Of equal peaks the one
    of the lowest frequency counts; k is 0 without any.
    """
    N = len(time)
    room.weight[:] = 0
    room.weight[:N] = value
    _sum(room, N, 0)
    K = count(N)
    _power(room.along[:K], room.across[:K], room.both[:K], room.cosine[:K], room.sine[:K])
    best, highest = 0, 0.0
    for start in range(0, K, _WIDE):
        part = room.cosine[start : min(start + _WIDE, K)]
        if _largest(part) > highest * _HIGHER:
            for k in range(len(part)):
                if part[k] > highest * _HIGHER:
                    best, highest = start + k + 1, part[k]
    return best, highest


@kernel
def _multiples(turn_cos, turn_sin, row, first, turn):  # type: ignore[no-untyped-def]
    """cos mθ, then sin mθ, m = 0 … M, by rotation; and those of (M + 1) θ and (2M + 1) θ."""
    cos, sin = 1.0, 0.0
    for m in range(_HALF + 1):
        row[m], row[_HALF + 1 + m] = cos, sin
        cos, sin = cos * turn_cos - sin * turn_sin, sin * turn_cos + cos * turn_sin
    first[0], first[1] = cos, sin
    c, s = row[_HALF], row[2 * _HALF + 1]
    turn[0], turn[1] = cos * c - sin * s, sin * c + cos * s


@vector
def _sum(room, N, twice):  # type: ignore[no-untyped-def]
    """Σ weight cos kθ and Σ weight sin kθ into `cosine` and `sine`, θ = δt or, twice, 2δt.

    Two blocks at a time, and four points: what is loaded is then used four times.
    """
    points, places = -(-N // 4) * 4, len(room.near)
    near = room.near_twice if twice else room.near
    turn = room.turn[:, twice * places :]
    phase, turned, block = room.phase, room.turned, room.block
    phase[:] = room.first[:, twice * places : (twice + 1) * places]
    for center in range(_HALF, count(N) + _HALF, 2 * _WIDE):
        _turn(room.weight, turn, phase, turned[:2], points)
        _turn(room.weight, turn, phase, turned[2:], points)
        block[:] = 0
        for j in range(0, points, 4):
            c0, c1, c2, c3 = turned[0, j], turned[0, j + 1], turned[0, j + 2], turned[0, j + 3]
            s0, s1, s2, s3 = turned[1, j], turned[1, j + 1], turned[1, j + 2], turned[1, j + 3]
            C0, C1, C2, C3 = turned[2, j], turned[2, j + 1], turned[2, j + 2], turned[2, j + 3]
            S0, S1, S2, S3 = turned[3, j], turned[3, j + 1], turned[3, j + 2], turned[3, j + 3]
            for m in range(2 * (_HALF + 1)):
                n0, n1, n2, n3 = near[j, m], near[j + 1, m], near[j + 2, m], near[j + 3, m]
                block[0, m] += c0 * n0 + c1 * n1 + c2 * n2 + c3 * n3
                block[1, m] += s0 * n0 + s1 * n1 + s2 * n2 + s3 * n3
                block[2, m] += C0 * n0 + C1 * n1 + C2 * n2 + C3 * n3
                block[3, m] += S0 * n0 + S1 * n1 + S2 * n2 + S3 * n3
        _spread(block[0], block[1], room.cosine, room.sine, center)
        _spread(block[2], block[3], room.cosine, room.sine, center + _WIDE)


@vector
def _turn(weight, turn, phase, turned, points):  # type: ignore[no-untyped-def]
    """Weighted cosine and sine of the phase at one block's centre; go on to the next."""
    for j in range(points):
        cos, sin = phase[0, j], phase[1, j]
        turned[0, j], turned[1, j] = weight[j] * cos, weight[j] * sin
        phase[0, j] = cos * turn[0, j] - sin * turn[1, j]
        phase[1, j] = sin * turn[0, j] + cos * turn[1, j]


@kernel
def _spread(c, s, cosine, sine, center):  # type: ignore[no-untyped-def]
    """The sums of one block, from the products of its centre with the cosines and sines of mδt."""
    size = _HALF + 1
    for m in range(size):
        cosine[center + m] = c[m] - s[size + m]
        sine[center + m] = s[m] + c[size + m]
    for m in range(size):
        cosine[center - m] = c[m] + s[size + m]
        sine[center - m] = s[m] - c[size + m]


@vector
def _power(along, across, both, cosine, sine):  # type: ignore[no-untyped-def]
    """P at every frequency, in the place of the cosine sums."""
    for k in range(len(cosine)):
        c, s = cosine[k], sine[k]
        cosine[k] = along[k] * c * c + across[k] * s * s - both[k] * c * s


@vector
def _largest(values):  # type: ignore[no-untyped-def]
    largest = values[0]
    for value in values:
        largest = max(largest, value)
    return largest

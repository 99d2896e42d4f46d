"""Sums of cosines and sines over the points of a light curve, at thousands of frequencies.

They go by blocks of 2M + 1 frequencies around a central one:
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

_SIZE = 64
"""M + 1; cosines and sines of 0 … M together are rows of 128 numbers."""
WIDE = 2 * _SIZE - 1
PART = 256
"""Pairs of frequencies, an even and an odd k, that are looked through at a time."""
MARGIN = 2
"""Values before the first that interpolation looks at."""


class Workspace(NamedTuple):
    """Working memory for light curves of at most E points, and the sums over the times of one.

    `turn` holds what share of a turn δt/2 is, for each point, and `present` 1 for each and 0 for
    those that fill up to a multiple of 4. `near` holds cos mδt and sin mδt in a row for each point,
    `centre` cosine and sine of the phase at each block's centre. `along`, `across` and `both` are
    what Y_c², Y_s² and Y_c Y_s are multiplied by in P; like the power they are in two rows, of the
    even frequencies 2k and the odd ones 2k + 1, by k. `loose` lists the frequencies that the sieve
    leaves out, the first of which is their number. `value` and `single` are the latest values in
    double and single precision, `cosine` and `sine` the latest sums.
    """

    turn: ndarray
    present: ndarray
    wave: ndarray
    harmonic: ndarray
    near: ndarray
    centre: ndarray
    block: ndarray
    along: ndarray
    across: ndarray
    both: ndarray
    between: ndarray
    power: ndarray
    highest: ndarray
    loose: ndarray
    value: ndarray
    single: ndarray
    cosine: ndarray
    sine: ndarray


@kernel
def make_room(E):  # type: ignore[no-untyped-def]
    """Working memory for light curves of at most E points."""
    points = -(-E // 4) * 4
    K = count(E)
    blocks = K // WIDE + 1
    pairs = (K // (2 * PART) + 1) * PART
    single = np.float32
    return Workspace(
        np.zeros(points),
        np.zeros(points),
        np.zeros((2, points)),
        np.zeros((3, points)),
        np.zeros((points, 2 * _SIZE), single),
        np.zeros((blocks, 2, points), single),
        np.zeros((2, 2 * _SIZE), single),
        np.zeros((2, pairs), single),
        np.zeros((2, pairs), single),
        np.zeros((2, pairs), single),
        np.zeros((2, PART), single),
        np.zeros((2, pairs), single),
        np.zeros(pairs // PART, single),
        np.zeros(K + 1, np.int64),
        np.zeros(points),
        np.zeros(points, single),
        np.zeros(blocks * WIDE + 2 * PART, single),
        np.zeros(blocks * WIDE + 2 * PART, single),
    )


@kernel
def count(N):  # type: ignore[no-untyped-def]
    """Number of frequencies for N points."""
    return OVERSAMPLING * HIGHEST * N // 2


@vector
def waves(turn, k, wave, points):  # type: ignore[no-untyped-def]
    """cos 2πkx and sin 2πkx of each turn x, into two rows.

    By the power series at half the angle, whose first left-out terms are below 10⁻¹⁶.
    """
    for j in range(points):
        x = k * turn[j]
        x = math.pi * (x - math.floor(x + 0.5))
        z = x * x
        c = 1 - z / 2 * (
            1
            - z
            / 12
            * (
                1
                - z
                / 30
                * (
                    1
                    - z
                    / 56
                    * (
                        1
                        - z
                        / 90
                        * (
                            1
                            - z
                            / 132
                            * (1 - z / 182 * (1 - z / 240 * (1 - z / 306 * (1 - z / 380))))
                        )
                    )
                )
            )
        )
        s = x * (
            1
            - z
            / 6
            * (
                1
                - z
                / 20
                * (
                    1
                    - z
                    / 42
                    * (
                        1
                        - z
                        / 72
                        * (
                            1
                            - z
                            / 110
                            * (
                                1
                                - z
                                / 156
                                * (1 - z / 210 * (1 - z / 272 * (1 - z / 342 * (1 - z / 420))))
                            )
                        )
                    )
                )
            )
        )
        wave[0, j] = 1 - 2 * s * s
        wave[1, j] = 2 * s * c


@vector
def set_phases(room, points, blocks):  # type: ignore[no-untyped-def]
    """Fill `near` and `centre`, by rotation."""
    waves(room.turn, 2, room.wave, points)
    row = np.empty((2, 2 * _SIZE))
    for j in range(points):
        cos, sin = room.wave[0, j], room.wave[1, j]
        row[0, 0], row[1, 0] = 1.0, 0.0
        # cos and sin are of hδt: what is there, turned by it, doubles what is there.
        h = 1
        while h < 2 * _SIZE:
            for m in range(h):
                row[0, h + m] = row[0, m] * cos - row[1, m] * sin
                row[1, h + m] = row[1, m] * cos + row[0, m] * sin
            cos, sin = cos * cos - sin * sin, 2 * sin * cos
            h *= 2
        for m in range(_SIZE):
            room.near[j, m], room.near[j, _SIZE + m] = row[0, m], row[1, m]
        cos, sin = row[0, _SIZE - 1], row[1, _SIZE - 1]
        turn_cos, turn_sin = row[0, WIDE], row[1, WIDE]
        for b in range(blocks):
            room.centre[b, 0, j], room.centre[b, 1, j] = cos, sin
            cos, sin = cos * turn_cos - sin * turn_sin, sin * turn_cos + cos * turn_sin


@vector
def sums(room, points, blocks):  # type: ignore[no-untyped-def]
    """Σ value cos kδt and Σ value sin kδt, from k = 0, into `cosine` and `sine`.

    Four points at a time: what is loaded is then used twice.
    """
    near, block, value = room.near, room.block, room.single
    for b in range(blocks):
        cos, sin = room.centre[b, 0], room.centre[b, 1]
        block[:] = 0
        for j in range(0, points, 4):
            v0, v1, v2, v3 = value[j], value[j + 1], value[j + 2], value[j + 3]
            c0, c1, c2, c3 = v0 * cos[j], v1 * cos[j + 1], v2 * cos[j + 2], v3 * cos[j + 3]
            s0, s1, s2, s3 = v0 * sin[j], v1 * sin[j + 1], v2 * sin[j + 2], v3 * sin[j + 3]
            for m in range(2 * _SIZE):
                n0, n1, n2, n3 = near[j, m], near[j + 1, m], near[j + 2, m], near[j + 3, m]
                block[0, m] += c0 * n0 + c1 * n1 + c2 * n2 + c3 * n3
                block[1, m] += s0 * n0 + s1 * n1 + s2 * n2 + s3 * n3
        first = MARGIN + b * WIDE
        _spread(block[0], block[1], -1, room.cosine[first : first + WIDE])
        _spread(block[1], block[0], 1, room.sine[first : first + WIDE])


@vector
def _spread(own, other, sign, out):  # type: ignore[no-untyped-def]
    """The sums of one block, from the products of its centre with the cosines and sines of mδt."""
    cosines, sines = own[:_SIZE], other[_SIZE:]
    later, earlier = out[_SIZE - 1 :], out[:_SIZE]
    sign = np.float32(sign)
    for m in range(_SIZE):
        later[m] = cosines[m] + sign * sines[m]
    for m in range(_SIZE):
        earlier[_SIZE - 1 - m] = cosines[m] - sign * sines[m]

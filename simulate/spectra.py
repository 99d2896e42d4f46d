"""The arithmetic of the batched renderer, written once for NumPy, CuPy and JAX (the array API).

M images make up a batch. Each operation runs over all wave vectors of an image in a row, and each
matrix product belongs to one image alone, so that an image comes out the same to the last bit
whatever else is in the batch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from array_api_compat import array_namespace

if TYPE_CHECKING:
    from simulate.modes import Modes

Array = Any
"""An array of whichever library the arguments are of."""


def star_stamps(modes: Modes, profile: Array, points: Array) -> Array:
    """Stamps of M stars, as `stamps` gives them.

    Parameters
    ----------
    profile : shape (M, 4 + P)
        The `quadratic` of `moffats`, α of the `wings`, and the `polynomial` of `moffats`.
    points : shape (3, M, S)
        As for `stamps`.
    """
    core = moffats(modes.waves, profile[:, :3], profile[:, 4:])
    return stamps(core, wings(modes.waves, profile[:, 3]), modes, points)


def galaxy_stamps(
    modes: Modes,
    profile: Array,
    points: Array,
    shapes: Array,
    which: Array,
    table: Array,
    grid: Array,
) -> Array:
    """Stamps of galaxies in M images, as `stamps` gives them.

    Parameters
    ----------
    profile, points
        As for `star_stamps`.
    shapes : shape (G, 7)
        As for `galaxies`.
    which : int array, shape (M,)
        The galaxy in each image.
    table : shape (T,); grid : shape (2,)
        As for `galaxies`.
    """
    xp = array_namespace(profile)
    light = xp.take(galaxies(modes.waves, shapes, table, grid), which, axis=0)
    core = moffats(modes.waves, profile[:, :3], profile[:, 4:]) * light
    return stamps(core, wings(modes.waves, profile[:, 3]) * light, modes, points)


def moffats(waves: Array, quadratic: Array, polynomial: Array) -> Array:
    """Transforms of elliptical Moffat profiles, shape (M, W).

    Parameters
    ----------
    waves : shape (3, W)
        kx², kx·ky and ky² of each wave vector.
    quadratic : shape (M, 3)
        What multiplies them to give (kα)².
    polynomial : shape (M, P)
        As `transforms.moffat_polynomial` gives it.
    """
    xp = array_namespace(waves)
    r = xp.sqrt(_combined(waves, quadratic))
    total = polynomial[:, -1, None] * r
    for i in range(polynomial.shape[1] - 2, 0, -1):
        total += polynomial[:, i, None]
        total *= r
    total += polynomial[:, 0, None]
    total *= xp.exp(-r)
    return total


def wings(waves: Array, alpha: Array) -> Array:
    """The same of round ones of β = 5/2, (1 + kα) exp(−kα), shape (M, W).

    Parameters
    ----------
    waves : shape (3, W)
    alpha : shape (M,)
    """
    xp = array_namespace(waves)
    r = xp.sqrt(waves[0, :] + waves[2, :]) * alpha[:, None]
    return (1 + r) * xp.exp(-r)


def galaxies(waves: Array, shapes: Array, table: Array, grid: Array) -> Array:
    """Transforms of discs with bulges, of unit flux; shape (G, W).

    Parameters
    ----------
    waves : shape (3, W)
        As for `moffats`.
    shapes : shape (G, 7)
        What multiplies them to give (k · scale length of the disc)² and (k · r_e of the bulge)²,
        three numbers each, and the bulge's share of the light.
    table : shape (T,)
        The bulge's transform where log(k r_e) is first, first + step …
    grid : shape (2,)
        That first and step.
    """
    xp = array_namespace(waves)
    disc, bulge = _combined(waves, shapes[:, :3]), _combined(waves, shapes[:, 3:6])
    fraction = shapes[:, 6, None]
    disc += 1
    spectrum = (1 - fraction) / (disc * xp.sqrt(disc))
    at = (0.5 * xp.log(bulge + 1e-30) - grid[0]) / grid[1]
    at = xp.clip(at, 0.0, table.shape[0] - 1.01)
    row = xp.reshape(xp.astype(at, xp.int32), (-1,))
    below, above = (xp.reshape(xp.take(table, row + i), at.shape) for i in (0, 1))
    spectrum += fraction * (below + (at - xp.floor(at)) * (above - below))
    return spectrum


def _combined(waves: Array, quadratic: Array) -> Array:
    """Quadratic forms of the wave vectors, none of them negative, shape (M, W)."""
    xp = array_namespace(waves)
    return xp.abs((quadratic[:, None, :] @ waves)[:, 0, :])


def stamps(core: Array, wing: Array, modes: Modes, points: Array) -> Array:
    """Stamps of M sources, shape (M, side, side), indexed [row = y, column = x].

    A source is a sum of points whose profiles are symmetric about their centres, so that their
    transforms are real; a stamp is a sum of waves cos(k·(r − p) − aπ/2) over both a. The cosine of
    a sum is a sum of products, cos(α + β) = Σ cos(α + qπ/2) cos(β − qπ/2) over q = 0 and 1: from
    points to waves is a matrix product, and so are both steps from waves to pixels.

    Parameters
    ----------
    core, wing : shape (M, W)
        Transforms of all points but the last, and of that.
    points : shape (3, M, S)
        Flux, x and y of the points, in pixels from the centre of the stamp.
    """
    xp = array_namespace(core)
    x, y = (cosines(points[1 + i, ...], modes.turns[i, ...]) for i in (0, 1))
    x *= xp.repeat(points[0, ...], 2, axis=-1)[..., None]
    y = xp.matrix_transpose(y)
    M, rows = y.shape[:2]
    waves = xp.reshape(y[..., :-2] @ x[:, :-2, :], (M, 2, -1)) * core[:, None, :]
    waves += xp.reshape(y[..., -2:] @ x[:, -2:, :], (M, 2, -1)) * wing[:, None, :]
    lines = modes.along_y @ xp.reshape(waves, (M, rows, rows))
    return xp.reshape(lines, (M, -1, 2 * rows)) @ modes.along_x


def cosines(at: Array, turns: Array) -> Array:
    """Cosines of waves along one axis, shape (M, 2 · S, 2 · K), indexed [m, (s, q), wave].

    Parameters
    ----------
    at : shape (M, S)
        Places on the axis, pixels.
    turns : shape (3, 2 · K)
        Of the modes, for this axis.
    """
    xp = array_namespace(at)
    at = xp.repeat(at, 2, axis=-1)
    quarter = xp.full_like(at, math.pi / 2)
    q = xp.astype(xp.arange(at.shape[-1]) % 2, at.dtype)
    return xp.cos(xp.matrix_transpose(xp.stack((at, quarter, q * quarter), axis=1)) @ turns)

"""The arithmetic of the batched renderer, written once for NumPy, CuPy and JAX (the array API).

M images make up a batch. Each operation runs over all wave vectors of an image in a row, and each
matrix product belongs to one image alone, so that an image comes out the same to the last bit
whatever else is in the batch.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace, is_numpy_array

from simulate.render import horner
from simulate.render.fourier_grid import FourierGrid, cosines

Array = Any
"""An array of whichever library the arguments are of."""


def star_stamps(modes: FourierGrid, profile: Array, points: Array) -> Array:
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
    modes: FourierGrid,
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
    total = _series(polynomial, r)
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
    total = xp.exp(-r)
    r += 1
    total *= r
    return total


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


def _series(coefficients: Array, x: Array) -> Array:
    """Σ coefficients_i xⁱ, shape (M, W), of coefficients of shape (M, P)."""
    if is_numpy_array(x):
        return horner.series(coefficients, x)  # five times as fast as pass after pass
    total = coefficients[:, -1, None] * x
    for i in range(coefficients.shape[1] - 2, 0, -1):
        total += coefficients[:, i, None]
        total *= x
    total += coefficients[:, 0, None]
    return total


def stamps(core: Array, wing: Array, modes: FourierGrid, points: Array) -> Array:
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
    along = cosines(points[1:, ...], modes.turns[:, None, ...])
    x = along[0, ...] * xp.repeat(points[0, ...], 2, axis=-1)[..., None]
    y = xp.matrix_transpose(along[1, ...])
    M, rows = y.shape[:2]
    waves = xp.reshape(y[..., :-2] @ x[:, :-2, :], (M, 2, -1))
    waves *= core[:, None, :]
    of_wing = xp.reshape(y[..., -2:] @ x[:, -2:, :], (M, 2, -1))
    of_wing *= wing[:, None, :]
    waves += of_wing
    lines = modes.along_y @ xp.reshape(waves, (M, rows, rows))
    return xp.reshape(lines, (M, -1, 2 * rows)) @ modes.along_x

"""The arithmetic of the batched renderer, written once for NumPy, CuPy and JAX (the array API).

M images make up a batch. Each operation runs over all wave vectors of an image in a row, and each
matrix product belongs to one image alone, so that an image comes out the same to the last bit
whatever else is in the batch.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

Array = Any
"""An array of whichever library the arguments are of."""


def star_stamps(waves: Array, axis: Array, profile: Array, points: Array) -> Array:
    """Stamps of M stars, as `stamps` gives them.

    Parameters
    ----------
    waves, axis
        Of `simulate.modes.Modes`.
    profile : shape (3 + P, M)
        The `quadratic` and the `polynomial` of `moffats`.
    points : shape (3, M, S)
        As for `stamps`.
    """
    return stamps(moffats(waves, profile[:3, :], profile[3:, :]), axis, points)


def galaxy_stamps(
    waves: Array,
    axis: Array,
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
    waves, axis, profile, points
        As for `star_stamps`.
    shapes : shape (7, G)
        As for `galaxies`.
    which : int array, shape (M,)
        The galaxy in each image.
    table : shape (T,); grid : shape (2,)
        As for `galaxies`.
    """
    xp = array_namespace(waves)
    spectrum = moffats(waves, profile[:3, :], profile[3:, :])
    spectrum *= xp.take(galaxies(waves, shapes, table, grid), which, axis=0)
    return stamps(spectrum, axis, points)


def moffats(waves: Array, quadratic: Array, polynomial: Array) -> Array:
    """Transforms of elliptical Moffat profiles times the weights of the waves, shape (M, W).

    Parameters
    ----------
    waves : shape (4, W)
        kx², kx·ky, ky² and the weight of each wave vector.
    quadratic : shape (3, M)
        What multiplies the first three to give (kα)².
    polynomial : shape (P, M)
        As `transforms.star_polynomial` gives it.
    """
    xp = array_namespace(waves)
    r = xp.sqrt(xp.abs(_combined(waves, quadratic)))
    total = polynomial[-1, :, None] * r
    for i in range(polynomial.shape[0] - 2, 0, -1):
        total += polynomial[i, :, None]
        total *= r
    total += polynomial[0, :, None]
    total *= xp.exp(-r)
    total *= waves[3, :]
    return total


def galaxies(waves: Array, shapes: Array, table: Array, grid: Array) -> Array:
    """Transforms of discs with bulges, of unit flux; shape (G, W).

    Parameters
    ----------
    waves : shape (4, W)
        As for `moffats`.
    shapes : shape (7, G)
        What multiplies them to give (k · scale length of the disc)² and (k · r_e of the bulge)²,
        three numbers each, and the bulge's share of the light.
    table : shape (T,)
        The bulge's transform where log(k r_e) is first, first + step …
    grid : shape (2,)
        That first and step.
    """
    xp = array_namespace(waves)
    disc, bulge = xp.abs(_combined(waves, shapes)), xp.abs(_combined(waves, shapes[3:, :]))
    fraction = shapes[6, :, None]
    disc += 1
    spectrum = (1 - fraction) / (disc * xp.sqrt(disc))
    at = (0.5 * xp.log(bulge + 1e-30) - grid[0]) / grid[1]
    at = xp.clip(at, 0.0, table.shape[0] - 1.01)
    row = xp.reshape(xp.astype(at, xp.int32), (-1,))
    below, above = (xp.reshape(xp.take(table, row + i), at.shape) for i in (0, 1))
    spectrum += fraction * (below + (at - xp.floor(at)) * (above - below))
    return spectrum


def _combined(waves: Array, quadratic: Array) -> Array:
    """Quadratic forms of the wave vectors, shape (M, W); no matrix product, which might round so
    and so."""
    total = quadratic[0, :, None] * waves[0, :]
    total += quadratic[1, :, None] * waves[1, :]
    total += quadratic[2, :, None] * waves[2, :]
    return total


def stamps(spectrum: Array, axis: Array, points: Array) -> Array:
    """Stamps of M sources, shape (M, side, side), indexed [row = y, column = x].

    A source is S points of one profile, which is symmetric about its centre, so that its transform
    is real: its even and its odd part in kx and ky make cos·cos and sin·sin waves.

    Parameters
    ----------
    spectrum : shape (M, 2 · K · K)
        At the wave vectors of the modes.
    axis : shape (2, 2, K, side)
        Of the modes.
    points : shape (3, M, S)
        Flux, x and y of the points, in pixels from the centre of the stamp.
    """
    xp = array_namespace(spectrum)
    (M, S), (K, side) = points.shape[1:], axis.shape[2:]
    half = spectrum.shape[1] // 2
    same, mirrored = spectrum[:, :half], spectrum[:, half:]
    parts = xp.reshape(xp.stack((same + mirrored, mirrored - same), axis=1), (M, 1, 2, K, K))
    axis = xp.reshape(axis, (2, -1))
    # A cosine does not mind its sign: these are of k·(x − j), or of that and π/2.
    along_x, along_y = (points[i, ..., None] * axis[1, :] for i in (1, 2))
    along_x -= axis[0, :]
    along_y -= axis[0, :]
    along_x, along_y = xp.cos(along_x), xp.cos(along_y)
    along_y = parts @ xp.reshape(along_y, (M, S, 2, K, side))
    along_y *= points[0, ..., None, None, None]
    along_x, along_y = (xp.reshape(along, (M, -1, side)) for along in (along_x, along_y))
    return xp.matrix_transpose(along_y) @ along_x

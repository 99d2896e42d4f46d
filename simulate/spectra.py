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
    profile : shape (4 + P, M)
        The `quadratic` of `moffats`, α of the `wings`, and the `polynomial` of `moffats`.
    points : shape (3, M, 1 + S)
        As for `stamps`.
    """
    core = moffats(waves, profile[:3, :], profile[4:, :])
    return stamps(core, wings(waves, profile[3, :]), axis, points)


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
    light = xp.take(galaxies(waves, shapes, table, grid), which, axis=0)
    core = moffats(waves, profile[:3, :], profile[4:, :])
    return stamps(core * light, wings(waves, profile[3, :]) * light, axis, points)


def moffats(waves: Array, quadratic: Array, polynomial: Array) -> Array:
    """Transforms of elliptical Moffat profiles times the weights of the waves, shape (M, W).

    Parameters
    ----------
    waves : shape (4, W)
        kx², kx·ky, ky² and the weight of each wave vector.
    quadratic : shape (3, M)
        What multiplies the first three to give (kα)².
    polynomial : shape (P, M)
        As `transforms.moffat_polynomial` gives it.
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


def wings(waves: Array, alpha: Array) -> Array:
    """The same of round ones of β = 5/2, (1 + kα) exp(−kα), shape (M, W).

    Parameters
    ----------
    waves : shape (4, W)
    alpha : shape (M,)
    """
    xp = array_namespace(waves)
    r = xp.sqrt(waves[0, :] + waves[2, :]) * alpha[:, None]
    return (1 + r) * xp.exp(-r) * waves[3, :]


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


def stamps(core: Array, wing: Array, axis: Array, points: Array) -> Array:
    """Stamps of M sources, shape (M, side, side), indexed [row = y, column = x].

    A source is a sum of points, whose profiles are symmetric about their centres, so that their
    transforms are real; the sum's is not. The stamp is a sum of waves cos·cos,
    cos·sin, sin·cos and sin·sin of kx and ky.

    Parameters
    ----------
    core, wing : shape (M, 2 · K · K)
        At the wave vectors of the modes, of all points but the last, and of that.
    axis : shape (2, 2, K, side)
        Of the modes.
    points : shape (3, M, 1 + S)
        Flux, x and y of the source, in pixels from the centre of the stamp, and of its points from
        there.
    """
    xp = array_namespace(core)
    K, side = axis.shape[2:]
    waves = _waves(core, axis, points[..., 1:-1]) + _waves(wing, axis, points[..., -1:])
    waves = xp.reshape(waves, (-1, 2 * K, 2 * K))
    axis = xp.reshape(axis, (2, -1))
    # A cosine does not mind its sign: these are of k·(x − j), or of that and π/2.
    along_x, along_y = (
        xp.reshape(xp.cos(points[i, :, :1] * axis[1, :] - axis[0, :]), (-1, 2 * K, side))
        for i in (1, 2)
    )
    return xp.matrix_transpose(waves @ along_y) @ along_x


def _waves(spectrum: Array, axis: Array, points: Array) -> Array:
    """Amplitudes of the waves of S points of one profile, shape (M, 2, K, 2, K).

    Indexed [image, cos or sin, kx, cos or sin, ky]: of cos(k·(r − p)) = cos k·r cos k·p
    + sin k·r sin k·p, of both signs of ky, written in sines and cosines of kx and ky.

    Parameters
    ----------
    spectrum : shape (M, 2 · K · K)
    axis : shape (2, 2, K, side)
    points : shape (3, M, S)
    """
    xp = array_namespace(spectrum)
    M, K = spectrum.shape[0], axis.shape[2]
    k = axis[1, 0, :, :1]
    x, y = (points[i, :, None, :] * k for i in (1, 2))
    x = xp.concat((xp.cos(x), xp.sin(x)), axis=1)
    y = xp.concat((xp.cos(y), xp.sin(y)), axis=1) * points[0, :, None, :]
    moved = xp.reshape(x @ xp.matrix_transpose(y), (M, 2, K, 2, K))
    spectrum = xp.reshape(spectrum, (M, 2, 1, K, 1, K))
    same, mirrored = spectrum[:, 0, ...], spectrum[:, 1, ...]
    crossed = xp.flip(moved, axis=(1, 3))
    sign = xp.reshape(xp.asarray([1.0, -1.0, -1.0, 1.0], dtype=moved.dtype), (1, 2, 1, 2, 1))
    return (same + mirrored) * moved + (mirrored - same) * crossed * sign

"""The batched renderer: source, pixel and PSF are one product in Fourier space.

All profiles have closed or tabulated transforms, so nothing is drawn on a finer grid and the cusp
of a bulge is integrated over its pixels exactly. No FFT is taken: a stamp needs few wavenumbers
(`simulate.render.fourier_grid`) and has few pixels, so a few small matrix products are the whole
transform (`simulate.render.fourier_kernels`). Sources that need the same modes are drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.render import fourier_kernels, sources, transforms
from simulate.render.backends import NUMPY, Backend
from simulate.render.fourier_grid import FourierGrid, classes, modes
from simulate.render.scene import Scene
from simulate.render.sources import Sources


def expected(scene: Scene, stamp: int, backend: Backend = NUMPY) -> NDArray[np.float32]:
    """Mean image of every exposure of a scene, without noise.

    Returns
    -------
    array, shape (N, E, stamp, stamp)
        ADU per pixel, sky included; 0 where there is no image.
    """
    N, E = scene.flux.shape
    out = np.empty((N * E, stamp, stamp), np.float32)
    out[:] = np.where(scene.present, scene.sky, 0.0).reshape(-1, 1, 1)
    _add(out, scene, sources.stars(scene), False, backend)
    _add(out, scene, sources.galaxies(scene), True, backend)
    return out.reshape(N, E, stamp, stamp)


def _add(
    out: NDArray[np.float32], scene: Scene, light: Sources, extended: bool, backend: Backend
) -> None:
    """Add sources, which are galaxies or not, to the images; shape (N · E, stamp, stamp)."""
    if not len(light):
        return
    psf = scene.psf
    alpha, wing, beta, q, angle = (
        v.ravel()[light.image]
        for v in (psf.alpha, psf.wing_alpha, psf.beta, 1 - psf.ellipticity, psf.angle)
    )
    polynomial = transforms.moffat_polynomial(beta)
    profile = sources.columns([sources.quadratic(alpha, q, angle), wing, polynomial])
    points = sources.points(light, scene)
    radius = sources.long_axis(scene.galaxies)[light.member] if extended else None
    shapes = sources.shapes(scene.galaxies)
    kinds = classes(out.shape[-1], alpha, beta, q, light.reach, radius)
    if backend.padded:
        kinds[2] = -(-kinds[2] // 8) * 8  # fewer different shapes to compile for
    kernel = _kernel(backend, extended)
    for (box, finest, count), members in _groups(kinds):
        shared = modes(out.shape[-1], box, finest, count)
        constant = FourierGrid(*map(backend.put, shared))
        size = max(1, backend.batch // (2 * count**2))
        for first in range(0, len(members), size):
            some = members[first : first + size]
            drawn = _padded(some, _round(len(some))) if backend.padded else some
            arrays = [profile[drawn], points[:, drawn]]
            if extended:
                galaxy, which = np.unique(light.member[drawn], return_inverse=True)
                if backend.padded:
                    galaxy = _padded(galaxy, len(drawn))
                arrays += [shapes[galaxy], which.astype(np.int32)]
            stamps = backend.get(kernel(constant, *(backend.put(v) for v in arrays)))
            layer = light.layer[some]
            ends = np.searchsorted(layer, np.arange(layer[-1] + 2))
            for begin, end in pairwise(ends):
                # Sources of one layer are in different images: none is named twice here.
                out[light.image[some[begin:end]]] += stamps[begin:end]


def _round(count: int) -> int:
    """The next power of 4 from 64 on: few different lengths, each compiled for once."""
    return max(64, int(4 ** np.ceil(np.log2(count) / 2)))


def _padded(members: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The same, the last one repeated up to a length of `size`."""
    return members[np.minimum(np.arange(size), len(members) - 1)]


def _groups(kinds: NDArray[np.int64]) -> Iterator[tuple[list[int], NDArray[np.int64]]]:
    """Each different column of `kinds`, shape (K, M), and where it stands."""
    order = np.lexsort(kinds)
    ordered = kinds[:, order]
    begins = np.flatnonzero((ordered[:, 1:] != ordered[:, :-1]).any(axis=0)) + 1
    for members in np.split(order, begins):
        yield kinds[:, members[0]].tolist(), members


@lru_cache(maxsize=8)
def _kernel(backend: Backend, extended: bool) -> Callable[..., Any]:
    """Function of the modes, profiles, points (and galaxies) of a batch that gives its stamps."""
    if not extended:
        return backend.compiled(fourier_kernels.star_stamps)
    log_k, values = transforms.de_vaucouleurs_table()
    grid = np.array([log_k[0], log_k[1] - log_k[0]], np.float32)
    table, grid = backend.put(values.astype(np.float32)), backend.put(grid)
    kernel = backend.compiled(fourier_kernels.galaxy_stamps)
    return lambda *arrays: kernel(*arrays, table, grid)

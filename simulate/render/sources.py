"""A scene as the batched renderer takes it: a list of sources, each in one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.render import transforms
from simulate.render.scene import Galaxies, Scene


@dataclass(frozen=True)
class Sources:
    """M stars or galaxies, each in one image; all arrays have shape (M,).

    Attributes
    ----------
    image : int
        Where it is, images of a scene counted row by row.
    layer : int
        How many sources of this list stand before it in the same image; ascending.
    member : int
        Which galaxy it is, or which star.
    flux : float
        ADU.
    x, y : float
        Pixels from the centre of the stamp.
    """

    image: NDArray[np.int64]
    layer: NDArray[np.int64]
    member: NDArray[np.int64]
    flux: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.image)

    @property
    def reach(self) -> NDArray[np.float64]:
        """Distance from the centre of the stamp along the farther axis, pixels."""
        return np.maximum(np.abs(self.x), np.abs(self.y))


def stars(scene: Scene) -> Sources:
    """The objects themselves and their neighbours, where they shine."""
    near, custom_models = scene.neighbours, np.zeros(len(scene))
    return _lit(
        scene,
        np.concatenate([np.arange(len(scene)), near.row]),
        np.concatenate([scene.flux, near.flux]),
        np.concatenate([custom_models, near.dx]),
        np.concatenate([custom_models, near.dy]),
    )


def galaxies(scene: Scene) -> Sources:
    """The galaxies, where there is an image."""
    every = scene.galaxies
    return _lit(scene, every.row, every.flux, every.dx, every.dy)


def _lit(
    scene: Scene,
    row: NDArray[np.int64],
    flux: NDArray[np.float64],
    dx: NDArray[np.float64],
    dy: NDArray[np.float64],
) -> Sources:
    """Of K sources that belong to objects, those that shine in an image."""
    rank = _rank(row)
    order = np.argsort(rank, kind="stable")
    place, epoch = np.nonzero(scene.present[row[order]] & (flux[order] != 0))
    member = order[place]
    n = row[member]
    return Sources(
        image=n * scene.flux.shape[1] + epoch,
        layer=rank[member],
        member=member,
        flux=flux[member, epoch],
        x=scene.x[n, epoch] + dx[member],
        y=scene.y[n, epoch] + dy[member],
    )


def _rank(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many entries before it are the same; shape (K,)."""
    order = np.argsort(row, kind="stable")
    ordered = row[order]
    rank = np.empty_like(row)
    rank[order] = np.arange(len(row)) - np.searchsorted(ordered, ordered)
    return rank


def points(sources: Sources, scene: Scene) -> NDArray[np.float32]:
    """Flux, x and y of the points that each source is under the scene's PSF, shape (3, M, S).

    In the order of `surveys.psf.profile.PsfShape.points`; ADU, and pixels from the centre of the
    stamp.
    """
    shares, off_x, off_y = (v.reshape(-1, v.shape[-1]) for v in scene.psf.points)
    out = np.empty((3, len(sources), shares.size), np.float32)
    out[0] = shares * sources.flux[:, None]
    out[1] = sources.x[:, None] + off_x[sources.image]
    out[2] = sources.y[:, None] + off_y[sources.image]
    return out


def quadratic(
    radius: NDArray[np.float64], axis_ratio: NDArray[np.float64], angle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What multiplies kx², kx·ky, ky² to give (k · radius)² of ellipses, shape (3, M).

    The radius is the geometric mean of the axes, the angle that of the long one from x towards y.
    """
    long, short = radius**2 / axis_ratio, radius**2 * axis_ratio
    c, s = np.cos(angle), np.sin(angle)
    return np.stack(
        [long * c**2 + short * s**2, 2 * c * s * (long - short), long * s**2 + short * c**2]
    )


def long_axis(every: Galaxies) -> NDArray[np.float64]:
    """Half-light radius along the long axis, pixels, of the larger component; shape (M,)."""
    return np.maximum(
        every.disc_radius / np.sqrt(every.disc_axis_ratio),
        every.bulge_radius / np.sqrt(every.bulge_axis_ratio),
    )


def shapes(every: Galaxies) -> NDArray[np.float32]:
    """Disc, bulge and bulge fraction as `spectra.galaxies` takes them, shape (M, 7)."""
    scale = every.disc_radius / transforms.EXPONENTIAL_HALF_LIGHT
    disc = quadratic(scale, every.disc_axis_ratio, every.angle)
    bulge = quadratic(every.bulge_radius, every.bulge_axis_ratio, every.angle)
    return columns([disc, bulge, every.bulge_fraction])


def columns(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float32]:
    """Numbers of M things each, shape (M,) or (R, M), side by side: shape (M, sum of the R)."""
    return np.ascontiguousarray(np.vstack(rows).T, np.float32)

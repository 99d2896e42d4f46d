"""Scenes for the tests of the renderers."""

import numpy as np

from simulate.scene import Galaxies, Neighbours, Scene
from surveys.psf import PsfShape


def stars(rng: np.random.Generator, n: int, epochs: int, fwhm=(2.5, 7.0)) -> Scene:
    """Point sources under many PSFs and at many sub-pixel positions."""
    shape = (n, epochs)
    psf = PsfShape(
        rng.uniform(*fwhm, shape),
        rng.uniform(2.5, 5.5, shape),
        rng.uniform(0, 0.3, shape),
        rng.uniform(0, np.pi, shape),
    )
    return Scene(
        present=np.ones(shape, bool),
        flux=rng.uniform(1e3, 1e5, shape),
        x=rng.uniform(-0.5, 0.5, shape),
        y=rng.uniform(-0.5, 0.5, shape),
        psf=psf,
        sky=np.full(shape, 120.0),
        galaxies=no_galaxies(epochs),
        neighbours=Neighbours.none(epochs),
    )


def no_galaxies(epochs: int) -> Galaxies:
    empty = np.zeros(0)
    return Galaxies(np.zeros(0, int), np.zeros((0, epochs)), *[empty] * 8)


def galaxies(
    rng: np.random.Generator, rows: np.ndarray, epochs: int, bulge_fraction=None
) -> Galaxies:
    """Galaxies of the sizes and shapes that a survey meets."""
    m = len(rows)
    fraction = rng.uniform(0, 1, m) if bulge_fraction is None else np.full(m, bulge_fraction)
    return Galaxies(
        row=rows,
        flux=rng.uniform(1e3, 1e5, (m, epochs)),
        dx=rng.normal(0, 2, m),
        dy=rng.normal(0, 2, m),
        disc_radius=rng.uniform(1, 8, m),
        bulge_radius=rng.uniform(0.5, 6, m),
        bulge_fraction=fraction,
        disc_axis_ratio=rng.uniform(0.2, 1, m),
        bulge_axis_ratio=rng.uniform(0.4, 1, m),
        angle=rng.uniform(0, np.pi, m),
    )

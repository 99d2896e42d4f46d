"""Scenes for the tests of the renderers."""

from dataclasses import replace

import numpy as np

from simulate.render.scene import Galaxies, Neighbours, Scene
from surveys.psf.profile import PsfShape


def psfs(rng: np.random.Generator, shape, fwhm=(2.2, 10.0), beta=(2.2, 8.0)) -> PsfShape:
    """Profiles from the sharpest to the widest, round to elliptical, without coma."""
    return PsfShape(
        rng.uniform(*fwhm, shape),
        rng.uniform(*beta, shape),
        rng.uniform(0, 0.3, shape),
        rng.uniform(0, np.pi, shape),
    )


def stars(rng: np.random.Generator, n: int, epochs: int, fwhm=(2.2, 10.0)) -> Scene:
    """Point sources under many PSFs and at many sub-pixel positions."""
    shape = (n, epochs)
    return Scene(
        present=np.ones(shape, bool),
        flux=rng.uniform(1e3, 1e5, shape),
        x=rng.uniform(-0.5, 0.5, shape),
        y=rng.uniform(-0.5, 0.5, shape),
        psf=psfs(rng, shape, fwhm),
        sky=np.full(shape, 120.0),
        galaxies=no_galaxies(epochs),
        neighbours=Neighbours.none(epochs),
    )


def no_galaxies(epochs: int) -> Galaxies:
    empty = np.zeros(0)
    return Galaxies(np.zeros(0, int), np.zeros((0, epochs)), *[empty] * 8)


def galaxies(
    rng: np.random.Generator,
    rows: np.ndarray,
    epochs: int,
    bulge_fraction=None,
    radius=(0.2, 60.0),
) -> Galaxies:
    """Galaxies from smaller than a pixel to larger than the stamp, beside their objects."""
    m = len(rows)
    fraction = rng.uniform(0, 1, m) if bulge_fraction is None else np.full(m, bulge_fraction)
    size = np.exp(rng.uniform(*np.log(radius), m))
    return Galaxies(
        row=rows,
        flux=rng.uniform(1e3, 1e5, (m, epochs)),
        dx=rng.normal(0, 0.3, m) * np.minimum(size, 10),
        dy=rng.normal(0, 0.3, m) * np.minimum(size, 10),
        disc_radius=size,
        bulge_radius=size * rng.choice([0.2, 1.0], m),
        bulge_fraction=fraction,
        disc_axis_ratio=rng.uniform(0.2, 1, m),
        bulge_axis_ratio=rng.uniform(0.4, 1, m),
        angle=rng.uniform(0, np.pi, m),
    )


def neighbours(rng: np.random.Generator, rows: np.ndarray, epochs: int) -> Neighbours:
    """Other stars in the stamps and just outside, some of them in the same one."""
    m = len(rows)
    return Neighbours(
        row=rows,
        flux=rng.uniform(1e3, 1e5, (m, epochs)),
        dx=rng.uniform(-12, 12, m),
        dy=rng.uniform(-12, 12, m),
    )


def with_coma(rng: np.random.Generator, scene: Scene) -> Scene:
    """The same through optics, with coma and trefoil by up to half the width of the PSF."""
    coma, trefoil = (
        0.5
        * scene.psf.fwhm
        * rng.uniform(0, 1, scene.flux.shape)
        * np.exp(2j * np.pi * rng.uniform(0, 1, scene.flux.shape))
        for _ in range(2)
    )
    psf = replace(
        scene.psf,
        coma_x=coma.real,
        coma_y=coma.imag,
        trefoil_x=trefoil.real,
        trefoil_y=trefoil.imag,
    )
    return replace(scene, psf=psf)


def everything(rng: np.random.Generator, n: int, epochs: int) -> Scene:
    """Stars and hosts, neighbours and coma, and images that are not there."""
    scene = with_coma(rng, stars(rng, n, epochs))
    return replace(
        scene,
        present=rng.random((n, epochs)) < 0.8,
        galaxies=galaxies(rng, np.arange(0, n, 2), epochs, radius=(0.2, 10.0)),
        neighbours=neighbours(rng, rng.integers(0, n, n), epochs),
    )

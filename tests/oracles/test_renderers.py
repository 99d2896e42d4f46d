"""The batched renderer against GalSim: expected images within 1e-3 of the peak."""

from dataclasses import replace

import numpy as np
import pytest

from simulate import fourier_renderer, galsim_renderer
from tests.simulate import scenes

STAMP = 21


def worst(scene) -> float:
    """Largest difference of any pixel, in units of its own stamp's peak above the sky."""
    ours = fourier_renderer.expected(scene, STAMP).astype(float)
    theirs = galsim_renderer.expected(scene, STAMP).astype(float)
    peak = (theirs - scene.sky[..., None, None]).max(axis=(2, 3))
    return float((np.abs(ours - theirs).max(axis=(2, 3)) / peak).max())


def test_stars_agree():
    assert worst(scenes.stars(np.random.default_rng(1), 20, 3)) < 1e-3


@pytest.mark.parametrize("bulge_fraction", [0.0, 1.0, 0.5])
def test_galaxies_agree(bulge_fraction):
    rng = np.random.default_rng(2)
    scene = scenes.stars(rng, 6, 2)
    rows = np.arange(6)
    scene = replace(
        scene,
        flux=np.zeros_like(scene.flux),
        galaxies=scenes.galaxies(rng, rows, 2, bulge_fraction),
    )
    assert worst(scene) < 1e-3


def test_supernovae_on_their_hosts_agree():
    rng = np.random.default_rng(3)
    scene = scenes.stars(rng, 6, 2)
    scene = replace(scene, galaxies=scenes.galaxies(rng, np.array([0, 2, 5]), 2))
    assert worst(scene) < 1e-3


def test_the_comparison_can_fail():
    scene = scenes.stars(np.random.default_rng(4), 2, 2)
    moved = replace(scene, x=scene.x + 0.01)
    ours = fourier_renderer.expected(scene, STAMP)
    theirs = galsim_renderer.expected(moved, STAMP)
    peak = (theirs - 120).max(axis=(2, 3))
    assert (np.abs(ours - theirs).max(axis=(2, 3)) / peak).max() > 1e-3

"""The batched renderer against GalSim: expected images within 1e-3 of the peak above the sky.

Of every profile and every combination, under PSFs of FWHM 2.2 to 10 pixels, exponents 2.2 to 8 and
ellipticities to 0.3.
"""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate.render import fourier_renderer, galsim_renderer
from simulate.scenes import objects
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES
from tests.simulate.render import scenes

STAMP = 21
TOLERANCE = 1e-3


def worst(scene, stamp=STAMP) -> float:
    """Largest difference of any pixel, in units of its own stamp's peak above the sky."""
    ours = fourier_renderer.expected(scene, stamp).astype(float)
    theirs = galsim_renderer.expected(scene, stamp).astype(float)
    peak = (theirs - scene.sky[..., None, None]).max(axis=(2, 3))
    there = scene.present
    return float((np.abs(ours - theirs).max(axis=(2, 3))[there] / peak[there]).max())


def dark(scene):
    return replace(scene, flux=np.zeros_like(scene.flux))


def test_stars_agree():
    assert worst(scenes.stars(np.random.default_rng(1), 40, 2)) < TOLERANCE


@pytest.mark.parametrize("fwhm", [2.2, 4.0, 10.0])
@pytest.mark.parametrize("beta", [2.2, 3.84, 8.0])
def test_extreme_profiles_agree(fwhm, beta):
    rng = np.random.default_rng(8)
    scene = scenes.stars(rng, 4, 1)
    psf = replace(
        scene.psf,
        fwhm=np.full((4, 1), fwhm),
        beta=np.full((4, 1), beta),
        ellipticity=np.array([[0.0], [0.3], [0.3], [0.3]]),
    )
    assert worst(replace(scene, psf=psf)) < TOLERANCE


def test_stars_with_coma_agree():
    rng = np.random.default_rng(9)
    assert worst(scenes.with_coma(rng, scenes.stars(rng, 20, 2))) < TOLERANCE


@pytest.mark.parametrize("bulge_fraction", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("radius", [(0.2, 1.0), (1.0, 8.0), (8.0, 60.0)])
def test_galaxies_agree(bulge_fraction, radius):
    rng = np.random.default_rng(2)
    scene = dark(scenes.stars(rng, 6, 1))
    galaxies = scenes.galaxies(rng, np.arange(6), 1, bulge_fraction, radius)
    assert worst(replace(scene, galaxies=galaxies)) < TOLERANCE


def test_galaxies_with_coma_agree():
    rng = np.random.default_rng(10)
    scene = scenes.with_coma(rng, dark(scenes.stars(rng, 8, 1)))
    galaxies = scenes.galaxies(rng, np.arange(8), 1, radius=(0.2, 10.0))
    assert worst(replace(scene, galaxies=galaxies)) < TOLERANCE


def test_supernovae_on_their_hosts_agree():
    rng = np.random.default_rng(3)
    scene = scenes.stars(rng, 6, 2)
    galaxies = scenes.galaxies(rng, np.array([0, 2, 5]), 2, radius=(0.2, 10.0))
    scene = replace(scene, galaxies=galaxies)
    assert worst(scene) < TOLERANCE


def test_neighbours_agree():
    rng = np.random.default_rng(12)
    scene = scenes.stars(rng, 8, 2)
    rows = np.array([0, 1, 1, 3, 3, 3, 7])
    scene = replace(scene, neighbours=scenes.neighbours(rng, rows, 2))
    assert worst(scene) < TOLERANCE


def test_all_of_it_together_agrees():
    assert worst(scenes.everything(np.random.default_rng(13), 8, 2)) < TOLERANCE


@pytest.mark.parametrize("stamp", [15, 32])
def test_other_stamps_agree(stamp):
    assert worst(scenes.everything(np.random.default_rng(14), 4, 2), stamp) < TOLERANCE


def test_what_a_survey_draws_agrees():
    recipe = Recipe.of(surveys.load("hits"), 3, CLASSES, "fourier")
    scene = objects.draw(recipe, "train", np.arange(7)).scene
    some = np.arange(scene.flux.shape[1]) == np.arange(7)[:, None]  # one image of each class
    assert worst(replace(scene, present=scene.present & some)) < TOLERANCE


def test_the_comparison_can_fail():
    scene = scenes.stars(np.random.default_rng(4), 2, 2, (2.5, 7.0))
    moved = replace(scene, x=scene.x + 0.01)
    ours = fourier_renderer.expected(scene, STAMP)
    theirs = galsim_renderer.expected(moved, STAMP)
    peak = (theirs - 120).max(axis=(2, 3))
    assert (np.abs(ours - theirs).max(axis=(2, 3)) / peak).max() > TOLERANCE

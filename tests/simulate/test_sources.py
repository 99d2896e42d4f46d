"""Scenes as lists of sources."""

from dataclasses import replace

import numpy as np
import pytest

from simulate import sources
from tests.simulate import scenes


@pytest.fixture
def scene():
    return scenes.everything(np.random.default_rng(31), 6, 3)


def test_stars_are_objects_and_their_neighbours(scene):
    stars = sources.stars(scene)
    near, there = scene.neighbours, scene.present
    assert len(stars) == there.sum() + there[near.row].sum()
    flux = np.zeros(there.size)
    np.add.at(flux, stars.image, stars.flux)
    expected = np.where(there, scene.flux, 0)
    np.add.at(expected, near.row, np.where(there[near.row], near.flux, 0))
    np.testing.assert_allclose(flux, expected.ravel())


def test_no_layer_has_an_image_twice(scene):
    stars = sources.stars(scene)
    assert len(np.unique(np.stack([stars.image, stars.layer]), axis=1).T) == len(stars)
    assert stars.layer.max() >= 1


def test_galaxies_stand_beside_their_objects(scene):
    light = sources.galaxies(scene)
    n, e = np.divmod(light.image, scene.flux.shape[1])
    np.testing.assert_array_equal(n, scene.galaxies.row[light.member])
    np.testing.assert_allclose(light.x, scene.x[n, e] + scene.galaxies.dx[light.member])
    np.testing.assert_allclose(light.y, scene.y[n, e] + scene.galaxies.dy[light.member])


def test_the_points_of_a_source_have_its_flux_and_centroid(scene):
    light = sources.stars(scene)
    flux, x, y = sources.points(light, scene).astype(float)
    assert flux.shape == (len(light), 3)  # the rest, what coma displaces, the lobe
    np.testing.assert_allclose(flux.sum(axis=1), light.flux, rtol=1e-6)
    np.testing.assert_allclose((flux * x).sum(axis=1) / light.flux, light.x, atol=1e-5)
    np.testing.assert_allclose((flux * y).sum(axis=1) / light.flux, light.y, atol=1e-5)
    np.testing.assert_allclose(x[:, 1] - x[:, 0], scene.psf.coma_x.ravel()[light.image], atol=1e-5)
    plain = replace(scene, psf=replace(scene.psf, coma_x=None, coma_y=None))
    assert sources.points(light, plain).shape == (3, len(light), 1)


def test_quadratic_forms_turn_with_the_ellipse():
    radius, q, angle = np.array([3.0]), np.array([0.5]), np.array([0.7])
    a, b, c = sources.quadratic(radius, q, angle)[:, 0]
    along, across = np.array([np.cos(0.7), np.sin(0.7)]), np.array([-np.sin(0.7), np.cos(0.7)])
    for (kx, ky), axis in ((along, 3 / np.sqrt(0.5)), (across, 3 * np.sqrt(0.5))):
        assert a * kx**2 + b * kx * ky + c * ky**2 == pytest.approx(axis**2)

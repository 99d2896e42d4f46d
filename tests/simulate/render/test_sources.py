"""Scenes as lists of sources."""

from dataclasses import replace

import numpy as np
import pytest

from simulate.render import sources
from tests.simulate.render import scenes


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
    assert flux.shape == (len(light), 20)  # 16 rays, 3 lobes, the wing
    np.testing.assert_allclose(flux.sum(axis=1), light.flux, rtol=1e-6)
    for custom_models, at in ((light.x, x), (light.y, y)):
        np.testing.assert_allclose((flux * at).sum(axis=1) / light.flux, custom_models, atol=1e-5)
    rays = x[:, :16] - light.x[:, None]
    expected = scene.psf.points[1].reshape(-1, 20)[light.image][:, :16]
    np.testing.assert_allclose(rays, expected, atol=1e-5)
    none = dict.fromkeys(("coma_x", "coma_y", "trefoil_x", "trefoil_y"))
    plain = replace(scene, psf=replace(scene.psf, **none))
    assert sources.points(light, plain).shape == (3, len(light), 2)


def test_quadratic_forms_turn_with_the_ellipse():
    radius, q, angle = np.array([3.0]), np.array([0.5]), np.array([0.7])
    a, b, c = sources.quadratic(radius, q, angle)[:, 0]
    along, across = np.array([np.cos(0.7), np.sin(0.7)]), np.array([-np.sin(0.7), np.cos(0.7)])
    for (kx, ky), axis in ((along, 3 / np.sqrt(0.5)), (across, 3 * np.sqrt(0.5))):
        assert a * kx**2 + b * kx * ky + c * ky**2 == pytest.approx(axis**2)

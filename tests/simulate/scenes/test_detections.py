"""First alerts of simulated transients."""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate.render.render import renderer
from simulate.scenes import detections
from surveys.camera import Detectors
from surveys.psf import moffat
from tests.simulate.render import scenes

CAMERA = surveys.load("hits").camera


def on(n: int) -> Detectors:
    """A typical detector for each of `n` objects."""
    return replace(CAMERA, per_ccd=None).detectors.select(np.zeros(n, int))


def test_error_is_that_of_optimal_photometry():
    scene = scenes.stars(np.random.default_rng(0), 3, 4, fwhm=(2.5, 4.0))
    flat = scene.psf
    profile = moffat.stamps(
        flat.select(np.ones((3, 4), bool)),
        np.zeros(12),
        np.zeros(12),
        41,
    ).astype(float)
    variance = 120 / CAMERA.gain + (CAMERA.read_noise / CAMERA.gain) ** 2
    expected = np.sqrt(variance / (profile**2).sum(axis=(1, 2))).reshape(3, 4)
    # The closed form leaves out that pixels blur the profile a little.
    np.testing.assert_allclose(
        detections.flux_error(scene.psf, scene.sky, on(3)), expected, rtol=0.06
    )


def rising(flux) -> scenes.Scene:
    scene = scenes.stars(np.random.default_rng(1), 1, len(flux), fwhm=(3.5, 3.6))
    return replace(scene, flux=np.array([flux], float))


@pytest.mark.parametrize(
    ("flux", "against_first", "expected"),
    [
        ([0, 0, 0, 5000, 6000], True, 3),
        ([5000, 5000, 5000, 5000, 9000], True, 4),
        ([0, 0, 5000, 0, 0], False, 2),
        ([5000, 0, 0, 0, 0], False, 0),
        ([0, 0, 0, 30, 90], True, 4),
    ],
)
def test_first_alert(flux, against_first, expected):
    noise = np.zeros((1, 5))
    found = detections.first_alert(rising(flux), on(1), noise, np.array([against_first]))
    assert found.tolist() == [expected]


@pytest.mark.parametrize(("bulge", "middle"), [(0.0, 1.02), (1.0, 0.86)])
def test_light_of_a_host_is_what_optimal_photometry_collects(bulge, middle):
    rng, n = np.random.default_rng(2), 150
    bare = scenes.stars(rng, n, 1, fwhm=(3.0, 5.0))
    dark = {"sky": np.zeros((n, 1)), "x": np.zeros((n, 1)), "y": np.zeros((n, 1))}
    bare = replace(bare, flux=np.ones((n, 1)), **dark)
    galaxies = scenes.galaxies(rng, np.arange(n), 1, bulge)
    hosts = replace(bare, flux=np.zeros((n, 1)), galaxies=galaxies)
    draw = renderer("fourier")
    profile, light = (np.asarray(draw(scene, 41), float)[:, 0] for scene in (bare, hosts))
    weight = (profile**2).sum(axis=(1, 2))
    expected = (profile**2 * light).sum(axis=(1, 2)) / weight
    ratio = detections.host_light(hosts)[:, 0] / expected
    assert np.median(ratio) == pytest.approx(middle, abs=0.1)
    assert (np.abs(np.log(ratio)) < np.log(1.6)).mean() > 0.85


def test_a_bright_host_hides_what_would_show_on_empty_sky():
    # Two hundred thousand ADU of galaxy under a source eight times the error on empty sky.
    alone = rising([0.0, 0.0, 0.0, 400.0, 400.0, 3000.0])
    galaxy = scenes.galaxies(np.random.default_rng(0), np.zeros(1, int), 6, 0.5)
    hosted = replace(alone, galaxies=replace(galaxy, flux=np.full((1, 6), 2e5), dx=np.zeros(1)))
    noise, first = np.zeros((1, 6)), np.ones(1, bool)
    assert detections.first_alert(alone, on(1), noise, first).tolist() == [3]
    assert detections.first_alert(hosted, on(1), noise, first).tolist() == [5]
    # An object without a galaxy is not touched by its neighbour's.
    assert not detections.host_light(alone).any()


def test_limiting_magnitude_is_that_of_a_five_sigma_difference():
    psf, sky = rising([0.0, 0.0]).psf, np.full((1, 2), 120.0)
    limit = detections.limiting_magnitude(psf, sky, np.full((1, 2), 29.9), on(1))
    flux = 10 ** (-0.4 * (limit - 29.9))
    error = detections.flux_error(psf, sky, on(1))
    np.testing.assert_allclose(flux / (np.sqrt(2) * error), 5.0)
    # HiTS logged 23.85 mag in apertures for one image at this sky and seeing (median of visit 2);
    # optimal weights gain about what the difference of two images loses.
    assert limit.mean() == pytest.approx(23.85, abs=0.2)


def test_other_classes_begin_like_transients():
    u = np.random.default_rng(3).random((20_000, 2))
    share = detections.borrowed(u, np.full(20_000, 1000)) / 1000
    assert share.min() >= 0
    assert share.max() < 1
    # Half of a uniform distribution and half of the supernovae's lie below 0.66.
    assert np.median(share) == pytest.approx(0.66, abs=0.02)

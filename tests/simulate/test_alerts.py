"""First alerts of simulated transients."""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate import alerts
from surveys import moffat
from tests.simulate import scenes

CAMERA = surveys.load("hits").camera


def test_error_is_that_of_optimal_photometry():
    scene = scenes.stars(np.random.default_rng(0), 3, 4, fwhm=(2.5, 4.0))
    scene = replace(scene, flux=np.zeros_like(scene.flux))
    flat = scene.psf
    profile = moffat.stamps(
        replace(flat, **{k: getattr(flat, k).ravel() for k in flat.__annotations__}),
        np.zeros(12),
        np.zeros(12),
        41,
    ).astype(float)
    variance = 120 / CAMERA.gain + (CAMERA.read_noise / CAMERA.gain) ** 2
    expected = np.sqrt(variance / (profile**2).sum(axis=(1, 2))).reshape(3, 4)
    # The closed form leaves out that pixels blur the profile a little.
    np.testing.assert_allclose(alerts.flux_error(scene, CAMERA), expected, rtol=0.06)


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
    found = alerts.first_alert(rising(flux), CAMERA, noise, np.array([against_first]))
    assert found.tolist() == [expected]

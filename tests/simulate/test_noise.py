"""Noise against theory: mean, variance and independence, by tests that a wrong gain fails."""

import numpy as np
import pytest
from scipy import stats

from simulate import noise
from surveys.camera import Camera, Detectors

CAMERA = Camera("test", gain=4.0, read_noise=6.0, saturation=40_000.0, pixel_scale=0.27)


def on(camera: Camera, n: int) -> Detectors:
    return camera.detectors.select(np.zeros(n, int))


def recorded(level: float, n: int = 400, camera: Camera = CAMERA) -> np.ndarray:
    mean = np.full((n, 1, 21, 21), level, np.float32)
    generators = [np.random.default_rng([7, i]) for i in range(n)]
    return noise.record(generators, mean, np.ones((n, 1), bool), on(camera, n)).astype(float)


@pytest.mark.parametrize("level", [5.0, 120.0, 2000.0, 20_000.0])
def test_mean_and_variance(level):
    images = recorded(level).ravel()
    variance = level / CAMERA.gain + (CAMERA.read_noise / CAMERA.gain) ** 2 + 1 / 12  # rounding
    n = images.size
    assert abs(images.mean() - level) < 4.5 * np.sqrt(variance / n)
    ratio = images.var(ddof=1) / variance
    low, high = stats.chi2.ppf([1e-6, 1 - 1e-6], n - 1) / (n - 1)
    assert 0.985 * low < ratio < 1.015 * high  # Poisson skew widens the band at few counts
    wrong = level / 3.7 + (CAMERA.read_noise / 3.7) ** 2 + 1 / 12
    assert not 0.985 * low < images.var(ddof=1) / wrong < 1.015 * high


def test_neighbouring_pixels_are_independent():
    images = recorded(120.0)[:, 0] - 120.0
    r = np.corrcoef(images[:, :, :-1].ravel(), images[:, :, 1:].ravel())[0, 1]
    assert abs(r) < 5 / np.sqrt(images[:, :, 1:].size)


def test_saturated_pixels_stop_at_saturation():
    assert recorded(60_000.0, 2).max() == CAMERA.saturation


def test_padding_is_zero_and_draws_nothing():
    mean = np.full((1, 3, 5, 5), 100.0, np.float32)
    here = np.array([[True, True, False]])
    with_padding = noise.record([np.random.default_rng(1)], mean, here, on(CAMERA, 1))
    without = noise.record([np.random.default_rng(1)], mean[:, :2], here[:, :2], on(CAMERA, 1))
    assert (with_padding[:, 2] == 0).all()
    np.testing.assert_array_equal(with_padding[:, :2], without)

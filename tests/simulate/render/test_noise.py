"""Noise against theory: mean, variance and independence, by tests that a wrong gain fails."""

import numpy as np
import pytest
from scipy import stats

from simulate.render import noise
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


def test_pixels_are_independent():
    # Every pixel against every other; the largest of 97,000 correlations is 4.4 σ, and 6 σ in none.
    images = recorded(420.0, 4000).reshape(4000, -1)
    r = np.corrcoef(images.T)
    assert np.abs(r[np.triu_indices(441, 1)]).max() < 6 / np.sqrt(4000)
    assert (r[np.triu_indices(441, 1)] * np.sqrt(4000)).std() == pytest.approx(1, abs=0.02)
    width = np.corrcoef(((images - 420.0) ** 2).T)
    assert np.abs(width[np.triu_indices(441, 1)]).max() < 7 / np.sqrt(4000)


def test_images_of_an_object_are_independent():
    mean = np.full((8, 25, 21, 21), 200.0, np.float32)
    generators = [np.random.default_rng([8, i]) for i in range(8)]
    images = noise.record(generators, mean, np.ones((8, 25), bool), on(CAMERA, 8))
    r = np.corrcoef(images.reshape(200, -1))
    assert np.abs(r[np.triu_indices(200, 1)]).max() < 6 / np.sqrt(441)


def test_each_object_has_the_noise_of_its_own_detector():
    detectors = Detectors(
        gain=np.array([1.0, 4.0, 4.0]),
        read_noise=np.array([5.0, 5.0, 50.0]),
        saturation=np.array([6e4, 6e4, 505.0]),
        zero_point=np.zeros(3),
        x=np.zeros(3),
        y=np.zeros(3),
    )
    mean = np.full((3, 50, 21, 21), 500.0, np.float32)
    generators = [np.random.default_rng([9, i]) for i in range(3)]
    images = noise.record(generators, mean, np.ones((3, 50), bool), detectors).astype(float)
    variance = 500 / detectors.gain + (detectors.read_noise / detectors.gain) ** 2 + 1 / 12
    seen = images.var(axis=(1, 2, 3))
    np.testing.assert_allclose(seen[:2], variance[:2], rtol=5 * np.sqrt(2 / images[0].size))
    assert images.max(axis=(1, 2, 3))[2] == 505


@pytest.mark.parametrize("level", [5.0, 200.0])
def test_noise_does_not_depend_on_what_else_is_recorded(level):
    mean = np.full((9, 3, 7, 7), level, np.float32)
    here = np.ones((9, 3), bool)
    here[::2, 2] = False

    def of(rows):
        generators = [np.random.default_rng([10, i]) for i in rows]
        return noise.record(generators, mean[rows], here[rows], on(CAMERA, len(rows)))

    together = of(np.arange(9))
    np.testing.assert_array_equal(together[[6]], of(np.array([6])))
    np.testing.assert_array_equal(together[4:], of(np.arange(4, 9)))


def test_nothing_expected_records_read_noise_alone():
    images = recorded(0.0, 50)
    assert images.min() == 0
    assert images.max() < 6 * CAMERA.read_noise / CAMERA.gain


def test_saturated_pixels_stop_at_saturation():
    assert recorded(60_000.0, 2).max() == CAMERA.saturation


def test_no_number_is_too_large_for_the_file():
    deep = Camera("deep", gain=1.0, read_noise=5.0, saturation=1e6, pixel_scale=0.27)
    assert recorded(2e5, 2, deep).min() == 65_535


def test_padding_is_zero_and_draws_nothing():
    mean = np.full((1, 3, 5, 5), 100.0, np.float32)
    here = np.array([[True, True, False]])
    with_padding = noise.record([np.random.default_rng(1)], mean, here, on(CAMERA, 1))
    without = noise.record([np.random.default_rng(1)], mean[:, :2], here[:, :2], on(CAMERA, 1))
    assert (with_padding[:, 2] == 0).all()
    np.testing.assert_array_equal(with_padding[:, :2], without)

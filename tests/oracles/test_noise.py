"""Recorded integers against the exact law: Poisson electrons, Gaussian read noise, rounding.

Ten million pixels of one brightness, by a χ² test over the numbers recorded. What is drawn in
place of Poisson numbers passes it; a plain Gaussian of the right mean and variance fails it.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from simulate.render import noise
from surveys.camera import Camera

PIXELS = 10_000_000
HITS = Camera("HiTS", gain=4.104, read_noise=6.12, saturation=40_469.0, pixel_scale=0.27)
SHARP = Camera("little read noise", gain=1.0, read_noise=1.0, saturation=6e4, pixel_scale=0.27)
SILENT = Camera("none at all", gain=1.0, read_noise=0.0, saturation=6e4, pixel_scale=0.27)


def counts(camera: Camera, photons: float, pixels: int = PIXELS) -> np.ndarray:
    """How often each number of ADU is recorded where so many electrons are expected."""
    side, objects = 100, 10
    expected = np.full((objects, pixels // objects // side**2, side, side), photons / camera.gain)
    generators = [np.random.Generator(np.random.Philox(key=i)) for i in range(objects)]
    images = noise.record(
        generators,
        expected.astype(np.float32),
        np.ones(expected.shape[:2], bool),
        camera.detectors.select(np.zeros(objects, int)),
    )
    return np.bincount(images.ravel(), minlength=int(images.max()) + 20)


def gaussian(pixels: int, camera: Camera, photons: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    width = np.sqrt(photons + camera.read_noise**2)
    adu = np.rint((photons + width * rng.standard_normal(pixels)) / camera.gain)
    return np.bincount(np.maximum(adu, 0).astype(int), minlength=int(adu.max()) + 20)


def law(camera: Camera, photons: float, n: int) -> np.ndarray:
    """Probability that 0 … n − 1 ADU are recorded, exactly."""
    k = np.arange(stats.poisson.ppf(1e-14, photons), stats.poisson.isf(1e-14, photons) + 1)
    edges = (np.arange(n - 1) + 0.5) * camera.gain
    if camera.read_noise:
        below = ndtr((edges[:, None] - k) / camera.read_noise) @ stats.poisson.pmf(k, photons)
    else:
        below = stats.poisson.cdf(np.floor(edges), photons)
    return np.diff(np.concatenate([[0], below, [1]]))


def p_value(seen: np.ndarray, probability: np.ndarray) -> float:
    expected = probability * seen.sum()
    usual = expected > 25
    seen, expected = (np.append(v[usual], v[~usual].sum()) for v in (seen.astype(float), expected))
    kept = expected > 0
    statistic = ((seen[kept] - expected[kept]) ** 2 / expected[kept]).sum()
    return float(stats.chi2.sf(statistic, kept.sum() - 1))


@pytest.mark.parametrize(
    ("camera", "photons"),
    [(HITS, 100.0), (HITS, 420.0), (HITS, 1640.0), (HITS, 20_000.0), (SHARP, 120.0), (SHARP, 1e3)],
)
def test_what_stands_for_poisson_cannot_be_told_from_it(camera, photons):
    seen = counts(camera, photons)
    assert p_value(seen, law(camera, photons, len(seen))) > 1e-3


@pytest.mark.parametrize("photons", [100.0, 420.0, 1640.0])
def test_a_plain_gaussian_can_be_told(photons):
    seen = gaussian(PIXELS, HITS, photons)
    assert p_value(seen, law(HITS, photons, len(seen))) < 1e-12


@pytest.mark.parametrize(
    ("camera", "photons"),
    [(HITS, 3.0), (HITS, 99.0), (SHARP, 20.0), (SILENT, 5.0), (SILENT, 500.0)],
)
def test_few_electrons_are_counted_exactly(camera, photons):
    seen = counts(camera, photons, 1_000_000)
    assert p_value(seen, law(camera, photons, len(seen))) > 1e-3


@pytest.mark.parametrize("wrong", [{"gain": 4.08}, {"read_noise": 5.9}])
def test_a_wrong_detector_can_be_told(wrong):
    seen = counts(HITS, 420.0)
    camera = replace(HITS, **wrong)
    photons = 420.0 / HITS.gain * camera.gain
    assert p_value(seen, law(camera, photons, len(seen))) < 1e-6


def test_normal_deviates_are_normal():
    generators = [np.random.Generator(np.random.Philox(key=i)) for i in range(4)]
    z = noise.standard_normal(generators, np.full(4, 500), 1001).ravel()
    edges = stats.norm.ppf(np.linspace(0, 1, 2001)[1:-1])
    seen = np.bincount(np.searchsorted(edges, z), minlength=2000)
    assert p_value(seen, np.full(2000, 1 / 2000)) > 1e-3
    beyond = (np.abs(z) > 4).sum()
    assert stats.poisson.sf(beyond, 2 * len(z) * stats.norm.sf(4)) > 1e-3

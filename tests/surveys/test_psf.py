import numpy as np
import pytest

import surveys
from surveys.psf import PsfShape

SEEING = np.array([1.06, 1.34, 1.90])


@pytest.fixture(scope="module")
def model():
    return surveys.load("hits").psf


def test_the_logged_seeing_is_not_the_fwhm(model):
    shape = model.expected(SEEING, 0.27)
    assert shape.fwhm * 0.27 == pytest.approx(0.99 * SEEING - 0.27)
    assert (shape.fwhm * 0.27 / SEEING < 0.9).all()
    assert (shape.ellipticity == 0).all()
    assert shape.beta == pytest.approx([3.84] * 3)


def test_half_the_maximum_lies_at_half_the_fwhm():
    shape = PsfShape(*map(np.array, (4.0, 3.0, 0.0, 0.0)))
    assert (1 + (2.0 / shape.alpha) ** 2) ** -3.0 == pytest.approx(0.5)


def test_drawn_profiles_have_the_measured_quantiles(model):
    shape = model.draw(np.random.default_rng(3), np.full(40_000, 1.34), 0.27)
    at = (0.05, 0.5, 0.95)
    assert np.quantile(shape.beta, at) == pytest.approx(model.beta, rel=0.02)
    assert np.quantile(shape.ellipticity, at) == pytest.approx(model.ellipticity, rel=0.05)
    relative = shape.fwhm / model.expected(1.34, 0.27).fwhm
    assert np.median(relative) == pytest.approx(1, abs=0.002)
    assert np.std(np.log(relative)) == pytest.approx(model.scatter, rel=0.03)
    assert np.mean(np.exp(2j * shape.angle)) == pytest.approx(0, abs=0.02)


def test_detectors_of_one_exposure_have_nearly_one_psf(model):
    shape = model.draw(np.random.default_rng(0), np.full(3000, 1.2), 0.27, detectors=5)
    assert shape.fwhm.shape == shape.angle.shape == (3000, 5)
    assert shape.select(1).beta.shape == (5,)
    for values in (np.log(shape.fwhm), np.log(shape.ellipticity + 0.01), shape.beta):
        shared = np.corrcoef(values[:, 0], values[:, 1])[0, 1]
        assert shared == pytest.approx(model.common, abs=0.04)
    turn = np.mean(np.cos(2 * (shape.angle[:, 0] - shape.angle[:, 1])))
    assert turn == pytest.approx(np.exp(-4 * (1 - model.common)), abs=0.05)


def test_the_ratio_of_fwhm_to_seeing_is_that_of_the_real_stamps(model):
    seeing = np.tile(surveys.load("hits").exposures().seeing, 10)
    ratio = model.draw(np.random.default_rng(1), seeing, 0.27).fwhm[:, 0] * 0.27 / seeing
    # Fits to 598 bright real stamps gave 0.67, 0.79 and 0.87; their own errors widen the tails.
    low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95))
    assert middle == pytest.approx(0.79, abs=0.01)
    assert 0.67 < low < 0.75
    assert 0.83 < high < 0.89

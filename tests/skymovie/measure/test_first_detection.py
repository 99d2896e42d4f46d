import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surveys
from skymovie.measure import first_detection
from surveys.psf import moffat


def test_the_first_significant_point_counts():
    flux = [[0, 4.9, 5.0, 9], [0, 0, 0, 0], [6, 0, 0, 0]]
    assert first_detection.detect(flux, np.ones((3, 4))).tolist() == [2, -1, 0]


def test_what_is_not_finite_is_no_detection():
    flux = np.array([np.nan, np.inf, 9, 9, 9, 9])
    error = np.array([1, 1, np.nan, 0, -1, 1])
    assert first_detection.detect(flux, error) == 5


@given(st.lists(st.floats(-20, 20) | st.just(np.nan), min_size=1, max_size=30), st.floats(0.5, 10))
def test_nothing_before_the_alert_is_significant(flux, threshold):
    first = int(first_detection.detect(flux, np.ones(len(flux)), threshold))
    before = flux[:first] if first >= 0 else flux
    assert not any(f >= threshold for f in before)
    assert first < 0 or flux[first] >= threshold


def test_movies_start_five_images_before_the_alert():
    assert first_detection.start([-1, 0, 4, 5, 20]).tolist() == [0, 0, 0, 0, 15]


@pytest.fixture
def visits():
    survey = surveys.load("hits")
    return survey, survey.exposures(3).select(np.arange(20))


def scene(survey, visits, flux, rng):
    """Images of a point source of `flux` ADU at the zero point of the first image."""
    E = len(visits)
    camera = survey.camera
    shape = survey.psf.expected(visits.seeing, camera.pixel_scale)
    psf = moffat.stamps(shape, np.zeros(E), np.zeros(E), camera.stamp_size)
    adu = flux * 10 ** (0.4 * (visits.zero_point - visits.zero_point[0]))
    expected = camera.gain * (visits.sky[:, None, None] + adu[:, None, None] * psf)
    electrons = rng.poisson(expected) + rng.normal(0, camera.read_noise, expected.shape)
    return (electrons / camera.gain).astype(np.float32)


def test_difference_fluxes_are_those_put_in(visits):
    survey, exposures = visits
    flux = np.where(np.arange(20) < 5, 0.0, 3000.0)
    images = scene(survey, exposures, 500 + flux, np.random.default_rng(1))
    got, error = first_detection.difference_fluxes(images, exposures, survey)
    pull = (got - flux) / error
    assert np.abs(pull).max() < 4
    assert first_detection.detect(got, error) == 5


def test_the_errors_of_difference_fluxes_are_true(visits):
    survey, exposures = visits
    rng = np.random.default_rng(2)
    pulls = []
    for _ in range(60):
        images = scene(survey, exposures, np.zeros(20), rng)
        got, error = first_detection.difference_fluxes(images, exposures, survey)
        pulls.append((got / error)[first_detection.BASELINE :])
    assert 0.9 < np.std(pulls) < 1.1

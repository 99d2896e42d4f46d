"""Optimal photometry on movies of stars whose magnitudes are known."""

from dataclasses import replace

import numpy as np
import pytest

from skymovie.measure.photometry import PhotometrySettings, measure
from surveys.psf.systematics import COMPONENTS

EPOCHS = 12


def zero_point(movies):
    """The zero point of each movie's first image, for all the light of a star; shape (N, 1)."""
    losses = movies.survey.systematics.mean[COMPONENTS.index("zero_point")]
    return movies.conditions("zero_point")[:, :1] - losses


def constant(magnitude, n):
    return np.full((n, EPOCHS), magnitude)


@pytest.mark.parametrize("magnitude", [15.5, 17.0, 19.0, 21.0])
def test_stars_have_their_magnitude(render, magnitude):
    movies = render(constant(magnitude, 40), np.random.default_rng(1))
    curves = measure(movies)
    away = curves.magnitude - magnitude
    assert abs(np.median(away)) < 0.02
    # Beyond photon noise it is the PSFs that scatter, which differ from the expected one.
    assert np.median(np.abs(away)) < 0.03 + np.median(curves.magnitude_error)


@pytest.mark.parametrize("magnitude", [20.0, 23.0, 30.0])
def test_errors_are_those_of_the_noise(render, magnitude):
    movies = render(constant(magnitude, 80), np.random.default_rng(2), own_psf=False)
    truth = (
        10 ** ((zero_point(movies) - magnitude) / 2.5) * movies.conditions("exposure_time")[:, :1]
    )
    curves = measure(movies, PhotometrySettings(psf_error=0))
    pull = (curves.flux - truth) / curves.flux_error
    assert np.std(pull) == pytest.approx(1, abs=0.15)
    assert abs(pull.mean()) < 0.25


def test_flux_is_that_under_the_first_zero_point(render):
    movies = render(constant(17.0, 10), np.random.default_rng(3))
    dimmer = np.arange(len(movies.exposures)) * 0.05
    shifted = replace(
        movies, exposures=replace(movies.exposures, zero_point=movies.exposures.zero_point + dimmer)
    )
    ratio = measure(movies).flux / measure(shifted).flux
    np.testing.assert_allclose(ratio, np.tile(10 ** (dimmer[:EPOCHS] / 2.5), (10, 1)))


def test_magnitudes_are_pogsons_where_bright_and_finite_where_there_is_nothing(render):
    settings = PhotometrySettings()
    bright = render(constant(18.0, 5), np.random.default_rng(4))
    curves = measure(bright)
    pogson = zero_point(bright) - 2.5 * np.log10(
        curves.flux / bright.conditions("exposure_time")[:, :1]
    )
    np.testing.assert_allclose(curves.magnitude, pogson, atol=1e-3)
    empty = measure(render(constant(40.0, 40), np.random.default_rng(5)))
    assert (empty.flux < 0).any()
    assert np.isfinite(empty.magnitude).all()
    assert np.median(empty.magnitude) == pytest.approx(settings.zero_flux_magnitude, abs=0.2)


def test_saturated_stars_are_measured_by_their_wings(render, survey):
    movies = render(constant(14.2, 10), np.random.default_rng(6))
    assert (movies.images >= survey.camera.saturation).any(axis=(1, 2, 3)).all()
    assert np.median(np.abs(measure(movies).magnitude - 14.2)) < 0.1


def test_images_without_a_usable_pixel_give_no_point(render, survey):
    movies = render(constant(18.0, 2), np.random.default_rng(7))
    movies.images[0] = survey.camera.saturation
    movies.exposure[1, 5:] = -1
    curves = measure(movies)
    assert np.isnan(curves.magnitude[0]).all()
    assert np.isfinite(curves.magnitude[1, :5]).all()
    assert np.isnan(curves.magnitude[1, 5:]).all()


def test_a_star_is_followed_off_the_centre(render):
    movies = render(constant(19.0, 20), np.random.default_rng(8), jitter=0.9, own_psf=False)
    fixed = measure(movies, PhotometrySettings(centroid_from=np.inf)).magnitude - 19
    followed = measure(movies).magnitude - 19
    assert abs(followed.mean()) < 0.005
    assert fixed.mean() > 0.015
    assert np.std(followed) < 0.8 * np.std(fixed)

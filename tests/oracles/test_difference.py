"""Difference photometry on movies of which all is known."""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate.scenes import objects
from simulate.scenes.block import simulate_objects
from simulate.scenes.recipe import Recipe
from skymovie import Movies
from skymovie.measure import difference, photometry
from skymovie.measure.difference import DifferenceSettings

N = 150


@pytest.fixture(scope="module")
def supernovae():
    """Simulated supernovae, most with a host; and the flux that was drawn, as if under image 1."""
    survey = surveys.load("hits")
    recipe = Recipe.of(survey, 77, ["supernova"], "fourier")
    images, exposure, truth = simulate_objects(recipe, "train", np.arange(N))
    movies = Movies(images, exposure, recipe.exposures, truth, survey)
    zero = movies.conditions("zero_point") + 2.5 * np.log10(movies.conditions("exposure_time"))
    drawn = objects.draw(recipe, "train", np.arange(N)).scene.flux
    return movies, drawn * 10 ** (0.4 * (zero[:, :1] - zero))


@pytest.fixture(scope="module")
def new(supernovae):
    """What is new in each image, NaN in template images: measured, its error, and the truth."""
    movies, flux = supernovae
    template = difference.template_images(movies)
    curves = difference.measure(movies)
    truth = flux - np.nanmean(np.where(template, flux, np.nan), axis=1, keepdims=True)
    hidden = template | (movies.exposure < 0)
    return [np.where(hidden, np.nan, v) for v in (curves.flux, curves.flux_error, truth)]


def width(values):
    low, high = np.nanpercentile(values, [16, 84])
    return (high - low) / 2


@pytest.mark.parametrize(
    ("hosts", "within"), [((-9, 99), 0.15), ((22, 99), 0.15), ((-9, 22), 0.25)]
)
def test_errors_are_those_of_the_differences(supernovae, new, hosts, within):
    """Of all, of those without a bright host, and of those with one.

    Of the last there are about 40. The images of one share its host's error, so that they tell a
    width to about a fifth: with 26 others it was 1.01, with these it is 0.84.
    """
    movies, _ = supernovae
    host = np.nan_to_num(movies.truth["galaxy_magnitude"].to_numpy(), nan=99.0)
    rows = (host > hosts[0]) & (host <= hosts[1])
    flux, error, truth = (v[rows] for v in new)
    pull = (flux - truth) / error
    assert rows.sum() > 15
    assert width(pull) == pytest.approx(1, abs=within)
    assert abs(np.nanmedian(pull)) < 0.25


def test_hosts_are_taken_out(supernovae, new):
    """Fluxes less the template's median keep what a host does when the seeing changes."""
    movies, _ = supernovae
    bright = movies.truth["galaxy_magnitude"].to_numpy() < 22
    template = difference.template_images(movies)
    total = photometry.measure(movies).flux
    plain = total - np.nanmedian(np.where(template, total, np.nan), axis=1, keepdims=True)
    flux, _, truth = (v[bright] for v in new)
    assert width(flux - truth) < 0.6 * width(plain[bright] - truth)


def test_nothing_new_in_a_constant_star(render):
    movies = render(np.full((20, 12), 20.0), np.random.default_rng(1))
    curves = difference.measure(movies)
    pull = curves.flux[:, 3:] / curves.flux_error[:, 3:]
    assert abs(np.median(pull)) < 0.3
    assert width(pull) < 1.15
    assert (np.abs(curves.flux[:, :3]) < 1e-3).all()
    assert (curves.flux_error[:, :3] == 0).all()


def test_the_template_ends_before_the_alert(render):
    movies = render(np.full((5, 12), 20.0), np.random.default_rng(1))
    alerts = replace(movies, truth=movies.truth.assign(first_alert=[-1, 9, 4, 2, 0]))
    found = difference.template_images(alerts).sum(axis=1)
    assert found.tolist() == [3, 7, 3, 2, 1]
    longer = difference.template_images(alerts, DifferenceSettings(template=5))
    assert longer.sum(axis=1).tolist() == [5, 7, 4, 2, 1]


def test_images_without_a_usable_pixel_give_no_point(render, survey):
    movies = render(np.full((2, 10), 19.0), np.random.default_rng(7))
    movies.images[0, 6] = survey.camera.saturation
    movies.exposure[1, 8:] = -1
    curves = difference.measure(movies)
    assert np.isnan(curves.flux[0, 6])
    assert np.isfinite(np.delete(curves.flux[0], 6)).all()
    assert np.isnan(curves.flux[1, 8:]).all()
    assert np.isfinite(curves.flux[1, :8]).all()

"""Objects before they are rendered: shares, lengths, places, brightnesses."""

import numpy as np
import pandas as pd
import pytest

import surveys
from simulate.scenes import objects
from simulate.scenes.objects import SKY, ZERO_POINT
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES
from skymovie.movies import MAX_IMAGES
from surveys.psf.systematics import SEEING

HITS = surveys.load("hits")


@pytest.fixture(scope="module")
def drawn():
    recipe = Recipe.of(HITS, 11, CLASSES, "fourier")
    return recipe, objects.draw(recipe, "train", np.arange(2100))


def test_hosts_stand_where_the_paper_puts_them(drawn):
    truth = drawn[1].truth
    share = truth["host"].groupby(truth["label"]).mean()
    assert share["supernova"] == pytest.approx(0.85, abs=0.1)
    assert share.drop(["supernova", "galaxy"]).mean() == pytest.approx(0.05, abs=0.025)
    galaxies = set(np.flatnonzero(truth["label"] == "galaxy"))
    assert galaxies <= set(drawn[1].scene.galaxies.row.tolist())


def test_every_object_has_a_magnitude(drawn):
    assert np.isfinite(drawn[1].truth["magnitude"]).all()
    assert len(drawn[1].truth.columns) == len(set(drawn[1].truth.columns))


def test_the_length_of_a_movie_does_not_tell_its_class(drawn):
    _, some = drawn
    left = (some.exposure >= 0).sum(axis=1) - some.truth["start"].to_numpy()
    length = np.minimum(left, MAX_IMAGES)
    transient = some.truth["label"].isin(["supernova", "asteroid"]).to_numpy()
    assert length.min() >= 5
    assert np.median(length[transient]) == pytest.approx(np.median(length[~transient]), abs=1.5)


def total_spread() -> np.ndarray:
    """Deviations of departures over all stamps, shape (K,), in the seeing that they hold for."""
    table, detectors = HITS.systematics, HITS.camera.detectors
    modes = table.at(detectors.x, detectors.y, np.full(len(detectors), SEEING))
    of_exposures = (modes**2).sum(axis=1).mean(axis=0)
    return np.sqrt(of_exposures + sum(map(np.diag, table.covariance.values())))


def test_flux_is_that_of_the_magnitude(drawn):
    recipe, some = drawn
    rows = np.flatnonzero(some.truth["label"] == "non_variable")
    exposure = some.exposure[rows]
    there = exposure >= 0
    zero_point = recipe.exposures.zero_point[exposure[there]]
    seconds = recipe.exposures.exposure_time[exposure[there]]
    magnitude = zero_point - 2.5 * np.log10(some.scene.flux[rows][there] / seconds)
    expected = np.broadcast_to(some.truth["magnitude"].to_numpy()[rows, None], there.shape)
    exposures = recipe.exposures
    rows = exposure[there]
    line = HITS.systematics.expected(exposures.seeing[rows], exposures.airmass[rows])
    off = magnitude - expected[there] - line[:, ZERO_POINT]
    # What departs is the zero point alone, as the table has it.
    assert abs(np.median(off)) < 0.01
    assert off.std() == pytest.approx(total_spread()[ZERO_POINT], rel=0.1)


def test_positions_fill_the_central_pixel_and_a_little_more(drawn):
    _, some = drawn
    there = some.scene.present
    centring = HITS.centring
    for place, mean, scatter in (
        (some.scene.x[there], centring.x, centring.scatter_x),
        (some.scene.y[there], centring.y, centring.scatter_y),
    ):
        assert place.mean() == pytest.approx(mean, abs=5 * 0.3 / np.sqrt(there.sum()))
        assert place.std() == pytest.approx(np.hypot(1 / np.sqrt(12), scatter), rel=0.02)


def test_sky_departs_from_the_log_as_the_table_has_it(drawn):
    recipe, some = drawn
    there = some.scene.present
    exposures = recipe.exposures
    rows = some.exposure[there]
    logged = exposures.sky[rows]
    noise = np.sqrt(some.detectors.variance(exposures.sky[some.exposure]))[there]
    offset = (some.scene.sky[there] - logged) / noise
    table = HITS.systematics
    off = offset - table.expected(exposures.seeing[rows], exposures.airmass[rows])[:, SKY]
    total = total_spread()[SKY]
    assert off.std() == pytest.approx(total, rel=0.1)
    assert abs(off.mean()) < 0.3 * total


def test_stamps_of_one_exposure_have_nearly_one_psf(drawn):
    recipe, some = drawn
    there = some.scene.present
    exposure = some.exposure[there]
    expected = HITS.psf.fwhm(recipe.exposures.seeing[exposure])
    width = np.log(some.scene.psf.fwhm[there] / expected)
    angle = np.exp(2j * some.scene.psf.angle[there]) * some.scene.psf.ellipticity[there]
    for value in (width, angle.real, angle.imag):
        by_exposure = pd.Series(value - value.mean()).groupby(exposure)
        total, custom_models = np.var(value), by_exposure.var().mean()
        assert 0.2 * total < custom_models < 0.9 * total

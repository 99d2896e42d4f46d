"""Objects before they are rendered: shares, lengths, places, brightnesses."""

import numpy as np
import pytest

import surveys
from movies.classes import CLASSES
from movies.movie import MAX_IMAGES
from simulate import objects
from simulate.recipe import Recipe

HITS = surveys.load("hits")


@pytest.fixture(scope="module")
def drawn():
    recipe = Recipe.of(HITS, 11, CLASSES, "fourier")
    return recipe, objects.draw(recipe, "train", np.arange(2100))


def test_hosts_stand_where_the_paper_puts_them(drawn):
    truth = drawn[1].truth
    share = truth["host"].groupby(truth["label"]).mean()
    assert share["supernova"] == pytest.approx(0.5, abs=0.1)
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


def test_flux_is_that_of_the_magnitude(drawn):
    recipe, some = drawn
    rows = np.flatnonzero(some.truth["label"] == "non_variable")
    exposure = some.exposure[rows]
    there = exposure >= 0
    zero_point = recipe.exposures.zero_point[exposure[there]]
    seconds = recipe.exposures.exposure_time[exposure[there]]
    magnitude = zero_point - 2.5 * np.log10(some.scene.flux[rows][there] / seconds)
    expected = np.broadcast_to(some.truth["magnitude"].to_numpy()[rows, None], there.shape)
    np.testing.assert_allclose(magnitude, expected[there], atol=1e-9)


def test_positions_and_sky_are_as_measured(drawn):
    recipe, some = drawn
    there = some.scene.present
    for place in (some.scene.x[there], some.scene.y[there]):
        assert np.abs(place).max() <= 0.5
        assert place.std() == pytest.approx(1 / np.sqrt(12), rel=0.02)
    logged = recipe.exposures.sky[some.exposure[there]]
    camera = HITS.camera
    noise = np.sqrt(logged / camera.gain + (camera.read_noise / camera.gain) ** 2)
    offset = (some.scene.sky[there] - logged) / noise
    found = np.quantile(offset, [0.05, 0.5, 0.95])
    np.testing.assert_allclose(found, HITS.sky_offset, atol=0.02)


def test_objects_of_one_exposure_and_detector_share_their_psf(drawn):
    recipe, some = drawn
    ccd = np.array([HITS.camera.ccds.index(name) for name in some.truth["ccd"]])
    expected = recipe.psf.fwhm[some.exposure, ccd[:, None]]
    there = some.scene.present
    np.testing.assert_array_equal(some.scene.psf.fwhm[there], expected[there])

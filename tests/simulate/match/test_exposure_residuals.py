"""By how much exposures are fainter, or have a brighter sky, than their matched simulations."""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate.match.exposure_residuals import BACKGROUND, MAGNITUDE, departures
from simulate.match.stamp_moments import folds
from simulate.run import run
from surveys.psf.systematics import COMPONENTS, SKY, ZERO_POINT

HITS = surveys.load("hits")
FAINTER = 0.06


@pytest.fixture(scope="module")
def stars():
    """Bright ones of three fields."""
    log = HITS.exposures(3)
    survey = HITS.with_log(log.select(np.isin(log.field, log.fields[:3])))
    survey = replace(survey, magnitudes=replace(survey.magnitudes, cut=19.5))
    movies = run.movies(survey, 60, seed=4, classes=("non_variable",))
    return movies.select(~movies.truth["host"].to_numpy())


def dimmed(movies, which, magnitudes):
    """The same movies with some images, of shape (N, E), fainter."""
    images = movies.images.astype(float)
    sky = np.median(images, axis=(2, 3), keepdims=True)
    dim = sky + (images - sky) * 10 ** (-0.4 * magnitudes)
    return replace(movies, images=np.where(which[..., None, None], dim, images))


def test_like_movies_differ_in_nothing(stars):
    found = departures(stars, stars)
    assert found.shape == (*stars.exposure.shape, len(COMPONENTS))
    assert not found.any()


def test_an_exposure_that_is_fainter_is_found(stars):
    x = stars.exposure[0, 5]
    which = stars.exposure == x
    found = departures(dimmed(stars, which, FAINTER), stars)[..., ZERO_POINT]
    rows = np.flatnonzero(which.any(axis=1))
    assert len(rows) > 12
    others = [(which.any(axis=1) & (folds(stars) != folds(stars)[row])).sum() for row in rows]
    shrunk = np.array([n / (n + MAGNITUDE.prior) for n in others])
    np.testing.assert_allclose(found[which], FAINTER * shrunk, atol=0.004)
    assert np.abs(found[~which]).max() < 0.15 * FAINTER


def test_an_object_does_not_count_for_itself(stars):
    which = (np.arange(len(stars)) == 7)[:, None] & (np.arange(stars.exposure.shape[1]) == 5)
    found = departures(dimmed(stars, which, FAINTER), stars)[..., ZERO_POINT]
    assert found[7, 5] == 0
    shared = (stars.exposure == stars.exposure[7, 5]) & (folds(stars) != folds(stars)[7])[:, None]
    assert (found[shared] > 0).all()


def test_variables_do_not_count(stars):
    label = np.where(np.arange(len(stars)) % 2 == 0, "rr_lyrae", "non_variable")
    mixed = replace(stars, truth=stars.truth.assign(label=label))
    which = (stars.exposure >= 0) & (label == "rr_lyrae")[:, None]
    which[:, ::2] = False
    assert not departures(dimmed(mixed, which, FAINTER), stars)[..., ZERO_POINT].any()


def test_one_odd_star_is_cut_off(stars):
    which = (np.arange(len(stars)) == 7)[:, None] & (np.arange(stars.exposure.shape[1]) == 5)
    some, more = (
        np.abs(departures(dimmed(stars, which, magnitudes), stars)[..., ZERO_POINT]).max()
        for magnitudes in (1, 5)
    )
    assert some == more < 0.1


def test_there_are_none_without_stars(stars):
    galaxies = replace(stars, truth=stars.truth.assign(label="galaxy"))
    assert not departures(galaxies, stars).any()


def test_an_exposure_with_more_background_is_found(stars):
    """By a pixel's noise times a half, and no zero point goes with it."""
    x = stars.exposure[0, 5]
    which = stars.exposure == x
    sky = stars.exposures.sky[x]
    brighter = 0.5 * np.sqrt(stars.survey.camera.variance(sky))
    images = stars.images + np.where(which, brighter, 0.0)[..., None, None]
    found = departures(replace(stars, images=images), stars)
    rows = np.flatnonzero(which.any(axis=1))
    others = [(which.any(axis=1) & (folds(stars) != folds(stars)[row])).sum() for row in rows]
    shrunk = np.array([n / (n + BACKGROUND.prior) for n in others])
    np.testing.assert_allclose(found[which][:, SKY], 0.5 * shrunk, atol=0.05)
    assert not found[~which][:, SKY].any()
    assert np.abs(found[..., ZERO_POINT]).max() < 0.003

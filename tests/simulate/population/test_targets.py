"""Where objects are placed, and the brightness that they are brought to."""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate.population.targets import BRIGHTEST, Targets, brightness, detector
from simulate.run import run
from skymovie.measure import photometry
from surveys.psf.systematics import COMPONENTS

HITS = surveys.load("hits")


@pytest.fixture(scope="module")
def movies():
    return run.movies(HITS, 14, seed=9)


def test_brightness_is_the_median_but_of_transients_near_their_peak():
    magnitude = np.tile(np.arange(20.0, 31.0), (4, 1))
    label = np.array(["non_variable", "supernova", "rr_lyrae", "asteroid"])
    peak = 20 + BRIGHTEST / 10
    np.testing.assert_allclose(brightness(magnitude, label), [25, peak, 25, peak])


def test_images_that_are_missing_do_not_count():
    magnitude = np.array([[20.0, np.nan, 22.0], [np.nan] * 3])
    for label in ("non_variable", "supernova"):
        found = brightness(magnitude[:1], np.array([label]))
        assert found[0] == pytest.approx(
            21 if label == "non_variable" else 20 + 2 * BRIGHTEST / 100
        )
        assert np.isnan(brightness(magnitude, np.array([label] * 2))[1])


def test_detectors_are_found_by_name(movies):
    names = [HITS.camera.ccds[i] for i in detector(movies)]
    assert names == list(movies.truth["ccd"])
    odd = replace(movies, truth=movies.truth.assign(ccd="X1"))
    assert detector(odd).tolist() == [0] * len(movies)


def test_a_placement_like_movies_is_theirs(movies):
    N, E = movies.exposure.shape
    common = np.random.default_rng(0).normal(size=(N, E + 2, len(COMPONENTS)))
    targets = Targets.like(movies, common)
    assert len(targets) == N
    assert targets.name[3] == f"{movies.object_id[3]}-twin"
    assert list(targets.label) == list(movies.truth["label"])
    np.testing.assert_array_equal(targets.exposure[:, :E], movies.exposure)
    assert (targets.exposure[:, E:] == -1).all()
    np.testing.assert_array_equal(targets.common, common)
    label = movies.truth["label"].to_numpy(dtype=np.str_)
    measured = brightness(photometry.measure(movies).magnitude, label)
    np.testing.assert_array_equal(targets.magnitude, measured)


def test_some_of_a_placement(movies):
    common = np.zeros((*movies.exposure.shape, len(COMPONENTS)))
    targets, rows = Targets.like(movies, common), np.array([5, 2])
    some = targets.select(rows)
    assert len(some) == 2
    for name in Targets.__annotations__:
        np.testing.assert_array_equal(getattr(some, name), getattr(targets, name)[rows])

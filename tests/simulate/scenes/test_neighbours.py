"""Neighbours beside the number counts of the survey: how many, how bright, where."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import surveys
from simulate.scenes import neighbours, objects
from simulate.scenes.neighbours import DRAWS, MARGIN, MOST
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES

HITS = surveys.load("hits")
N, ZERO_POINT = 40_000, 30.0
HALF = HITS.camera.stamp_size / 2 + MARGIN
AREA = (2 * HALF * HITS.camera.pixel_scale / 60) ** 2
"""Square arcminutes in which a source is near an object."""


def draw(survey=HITS, n=N, seed=1):
    u = np.random.default_rng(seed).random((n, DRAWS))
    return neighbours.draw(u, np.full((n, 2), ZERO_POINT), survey)


@pytest.fixture(scope="module")
def drawn():
    return draw()


def magnitude(found):
    return ZERO_POINT - 2.5 * np.log10(found.flux[:, 0])


def test_numbers_are_poisson_about_the_counts(drawn):
    expected = HITS.counts.density(HITS.counts.faint) * AREA
    number = np.bincount(drawn.row, minlength=N)
    assert number.max() <= MOST
    seen = np.bincount(number, minlength=MOST + 1)
    probability = stats.poisson.pmf(np.arange(MOST), expected)
    wanted = N * np.append(probability, 1 - probability.sum())
    kept = wanted > 5
    assert (
        stats.chisquare(
            np.append(seen[kept], seen[~kept].sum())[: kept.sum() + (~kept).any()],
            np.append(wanted[kept], wanted[~kept].sum())[: kept.sum() + (~kept).any()],
        ).pvalue
        > 1e-3
    )
    error = np.sqrt(expected / N)
    assert number.mean() == pytest.approx(expected, abs=4 * error)
    # Poisson: the variance is the mean, with an error of √((μ + 2 μ²) / N).
    of_variance = np.sqrt((expected + 2 * expected**2) / N)
    assert number.var() == pytest.approx(expected, abs=4 * of_variance)


def test_there_are_seldom_more_than_are_drawn():
    expected = HITS.counts.density(HITS.counts.faint) * AREA
    assert stats.poisson.sf(MOST, expected) < 1e-3


@pytest.mark.parametrize("factor", [0.0, 2.0])
def test_numbers_follow_the_density(factor):
    counts = replace(HITS.counts, at_24=factor * HITS.counts.at_24)
    found = draw(replace(HITS, counts=counts))
    expected = counts.density(counts.faint) * AREA * N
    assert len(found) == pytest.approx(expected, abs=4 * np.sqrt(expected) + 2e-3 * expected)


def distribution(counts, slope):
    """Of magnitudes, as a function that a Kolmogorov–Smirnov test takes."""
    return lambda m: np.clip(10 ** (slope * (m - counts.faint)), 0, 1)


def test_magnitudes_rise_with_the_slope(drawn):
    counts, found = HITS.counts, magnitude(drawn)
    assert counts.bright - 1e-6 <= found.min()
    assert found.max() <= counts.faint + 1e-6
    assert stats.kstest(found, distribution(counts, counts.slope)).pvalue > 1e-3
    for wrong in (0.9, 1.1):
        assert stats.kstest(found, distribution(counts, wrong * counts.slope)).pvalue < 1e-3


def test_flux_is_that_of_the_zero_point_of_each_image():
    u = np.random.default_rng(2).random((4000, DRAWS))
    zero_point = np.tile([28.0, 30.5], (4000, 1))
    found = neighbours.draw(u, zero_point, HITS)
    np.testing.assert_allclose(found.flux[:, 1] / found.flux[:, 0], 10**1.0)


def test_places_are_uniform_over_stamp_and_margin(drawn):
    for place in (drawn.dx, drawn.dy):
        assert stats.kstest(place, stats.uniform(-HALF, 2 * HALF).cdf).pvalue > 1e-3
    for one, other in (
        (drawn.dx, drawn.dy),
        (drawn.dx, magnitude(drawn)),
        (drawn.dy, magnitude(drawn)),
    ):
        assert stats.spearmanr(one, other).pvalue > 1e-3


def test_those_of_an_object_are_apart(drawn):
    twice = np.flatnonzero(np.diff(drawn.row) == 0)
    assert len(twice) > 100
    assert stats.spearmanr(drawn.dx[twice], drawn.dx[twice + 1]).pvalue > 1e-3
    assert stats.spearmanr(magnitude(drawn)[twice], magnitude(drawn)[twice + 1]).pvalue > 1e-3


def test_rows_of_a_batch_do_not_know_each_other():
    u = np.random.default_rng(3).random((300, DRAWS))
    zero_point = np.random.default_rng(4).uniform(28, 31, (300, 3))
    every, part = neighbours.draw(u, zero_point, HITS), slice(100, 180)
    some = neighbours.draw(u[part], zero_point[part], HITS)
    within = (every.row >= 100) & (every.row < 180)
    np.testing.assert_array_equal(some.row + 100, every.row[within])
    for name in ("flux", "dx", "dy"):
        np.testing.assert_array_equal(getattr(some, name), getattr(every, name)[within])


def test_objects_keep_their_neighbours_in_any_batch():
    recipe = Recipe.of(HITS, 3, CLASSES, "fourier")
    every = objects.draw(recipe, "train", np.arange(70)).scene.neighbours
    assert len(every)
    for number in np.unique(every.row)[:4]:
        alone = objects.draw(recipe, "train", np.array([number])).scene.neighbours
        rows = every.row == number
        np.testing.assert_array_equal(alone.flux, every.flux[rows])
        np.testing.assert_array_equal(alone.dx, every.dx[rows])


def test_nobody_has_neighbours_in_an_empty_sky():
    found = draw(replace(HITS, counts=replace(HITS.counts, at_24=0.0)), n=50)
    assert len(found) == 0
    assert found.flux.shape == (0, 2)

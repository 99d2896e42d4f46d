"""Recipes: what a run shares, and what it refuses."""

import numpy as np
import pytest

import surveys
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES
from surveys.errors import UsageError

HITS = surveys.load("hits")


def test_classes_take_turns_in_canonical_order():
    recipe = Recipe.of(HITS, 0, ["galaxy", "rr_lyrae"], "fourier")
    targets = recipe.place("train", np.arange(4), np.full((4, 2), 0.5))
    assert targets.label.tolist() == ["rr_lyrae", "galaxy"] * 2


def test_equal_seeds_make_equal_skies_and_psfs():
    one, two = (Recipe.of(HITS, 5, CLASSES, "fourier") for _ in range(2))
    np.testing.assert_array_equal(one.exposures.mjd, two.exposures.mjd)
    np.testing.assert_array_equal(one.departure, two.departure)
    other = Recipe.of(HITS, 6, CLASSES, "fourier")
    assert not np.array_equal(one.exposures.seeing, other.exposures.seeing)


def test_the_test_part_keeps_the_survey():
    recipe = Recipe.of(HITS, 0, CLASSES, "fourier", even=0.3)
    assert recipe.survey_of("test") is HITS
    assert recipe.survey_of("train").magnitudes.uniform_fraction == 0.3


@pytest.mark.parametrize(
    ("seed", "classes", "renderer", "even", "got"),
    [
        (-1, CLASSES, "fourier", 0, "got -1"),
        (0, ["quasar"], "fourier", 0, "got quasar"),
        (0, [], "fourier", 0, "got none"),
        (0, CLASSES, "povray", 0, "'povray'"),
        (0, CLASSES, "fourier", 1.5, "got 1.5"),
    ],
)
def test_wrong_values_are_named(seed, classes, renderer, even, got):
    with pytest.raises(UsageError, match=got):
        Recipe.of(HITS, seed, classes, renderer, even)

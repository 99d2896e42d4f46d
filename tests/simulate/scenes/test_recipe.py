"""Recipes: what a run shares, and what it refuses."""

from dataclasses import replace

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
    np.testing.assert_array_equal(one.departure.drawn, two.departure.drawn)
    other = Recipe.of(HITS, 6, CLASSES, "fourier")
    assert not np.array_equal(one.exposures.seeing, other.exposures.seeing)


def test_the_test_part_keeps_the_survey():
    recipe = Recipe.of(HITS, 0, CLASSES, "fourier", uniform_fraction=0.3)
    assert recipe.survey_of("test") is HITS
    assert recipe.survey_of("train").magnitudes.uniform_fraction == 0.3


@pytest.mark.parametrize(
    ("seed", "classes", "renderer", "uniform_fraction", "got"),
    [
        (-1, CLASSES, "fourier", 0, "got -1"),
        (0, ["quasar"], "fourier", 0, "got quasar"),
        (0, [], "fourier", 0, "got none"),
        (0, CLASSES, "povray", 0, "'povray'"),
        (0, CLASSES, "fourier", 1.5, "got 1.5"),
    ],
)
def test_wrong_values_are_named(seed, classes, renderer, uniform_fraction, got):
    with pytest.raises(UsageError, match=got):
        Recipe.of(HITS, seed, classes, renderer, uniform_fraction)


def _log(**visits):
    """HiTS under a log of fields with so many visits each, in g unless the name ends in r."""
    every = HITS.exposures(1)
    rows = [np.arange(n) for n in visits.values()]
    log = every.select(np.concatenate(rows))
    name = np.repeat(list(visits), list(visits.values()))
    band = np.where(np.char.endswith(name, "_r"), "r", "g")
    return HITS.with_log(replace(log, field=name, band=band, seeing=np.full(len(name), 1.2)))


def test_fields_too_short_to_classify_are_left_out_with_a_note(capsys):
    recipe = Recipe.of(_log(a=9, b=1, c=2, d=3), 0, CLASSES, "fourier")
    assert (recipe.visits >= 0).sum(axis=1).tolist() == [9, 3]
    assert "note: 2 of 4 fields have fewer than 3 visits: left out" in capsys.readouterr().err
    u = np.random.default_rng(0).random((50, 2))
    placed = recipe.place("train", np.arange(50), u)
    assert set(recipe.exposures.field[placed.exposure[:, 0]]) == {"a", "d"}


def test_visits_count_after_the_cut_in_band_and_seeing(capsys):
    recipe = Recipe.of(_log(a=9, b_r=9), 0, CLASSES, "fourier")
    assert len(recipe.visits) == 1
    assert "note: 1 of 2 fields has fewer than 3 visits: left out" in capsys.readouterr().err


def test_a_log_of_long_fields_is_used_without_a_word(capsys):
    recipe = Recipe.of(_log(a=9, b=3), 0, CLASSES, "fourier")
    assert len(recipe.visits) == 2
    assert not recipe.fields_left_out
    assert not capsys.readouterr().err


def test_a_log_of_short_fields_alone_is_named():
    with pytest.raises(UsageError, match=r"^log.csv: expected a field with at least 3 visits .* 2"):
        Recipe.of(_log(a=2, b=1), 0, CLASSES, "fourier", source="log.csv")
    assert len(Recipe.of(_log(a=2, b=1), 0, CLASSES, "fourier", placed=True).visits) == 2

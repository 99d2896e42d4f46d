"""Recipes that other processes read from a file."""

import pickle

import numpy as np

import surveys
from simulate.run import handover
from simulate.scenes.block import simulate_objects
from simulate.scenes.recipe import Recipe
from surveys.files.checksum import checksum


def test_a_recipe_comes_back_and_makes_the_same_movies(tmp_path):
    hits = surveys.load("hits")
    survey = hits.with_log(hits.exposures(2))
    recipe = Recipe.of(survey, 3, ("rr_lyrae", "galaxy"), "fourier")
    handover.write(recipe, tmp_path / "out", tmp_path / "job")
    back, out = handover.read(tmp_path / "job")
    assert out == tmp_path / "out"
    assert checksum(back.exposures) == checksum(recipe.exposures)
    assert back.survey.log is back.exposures  # one table, not two
    one, other = (simulate_objects(r, "train", range(4)) for r in (recipe, back))
    np.testing.assert_array_equal(one[0], other[0])
    assert one[2].equals(other[2])


def test_arrays_are_mapped_rather_than_copied(tmp_path):
    recipe = Recipe.of(surveys.load("hits"), 0, ("galaxy",), "fourier")
    handover.write(recipe, tmp_path / "out", tmp_path / "job")
    drawn = handover.read(tmp_path / "job")[0].departure.drawn
    assert not drawn.flags.writeable
    assert not drawn.flags.owndata
    assert drawn.ctypes.data % handover.ALIGNED == 0


def test_a_recipe_does_not_grow_with_detectors():
    """A table of all exposures on all detectors took 2.5 kB for each exposure and 62 detectors."""
    recipe = Recipe.of(surveys.load("hits"), 0, ("galaxy",), "fourier")
    assert len(pickle.dumps(recipe)) < 800 * len(recipe.exposures) + 100_000

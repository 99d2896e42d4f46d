"""Blocks: memory is bounded by drawing a few objects at a time, which changes nothing."""

import numpy as np

import surveys
from simulate.scenes import block
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES


def test_the_batch_in_which_an_object_is_rendered_does_not_matter(monkeypatch):
    recipe = Recipe.of(surveys.load("hits"), 2, CLASSES, "fourier")
    together = block.simulate_objects(recipe, "test", range(21))
    monkeypatch.setattr(block, "BATCH_SIZE", 4)
    apart = block.simulate_objects(recipe, "test", range(21))
    np.testing.assert_array_equal(together[0], apart[0])
    np.testing.assert_array_equal(together[1], apart[1])
    assert list(together[2]["object_id"]) == list(apart[2]["object_id"])


def test_the_renderers_record_nearly_the_same():
    survey = surveys.load("hits")
    names = ("supernova", "galaxy")
    ours, theirs = (
        block.simulate_objects(Recipe.of(survey, 2, names, name), "test", range(2))[0].astype(float)
        for name in ("fourier", "galsim")
    )
    # Equal means drawn from unlike places in one stream: stamps agree to their own mean's error.
    error = np.sqrt(2 * ours.max() / survey.camera.gain / ours[0, 0].size)
    assert np.abs((ours - theirs).mean(axis=(2, 3))).max() < 5 * error
    assert ours.max() > 200

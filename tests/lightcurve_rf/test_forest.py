"""The forest: a probability for every class at every step, the same again for the same seed."""

import numpy as np
import pytest

from lightcurve_rf.forest import ForestSettings, augment, train
from skymovie import CLASSES

SMALL = ForestSettings(trees=5, depth=4, copies=3)


@pytest.fixture
def known():
    """Features (N, T, F) that name two classes, better with each step, and their labels."""
    rng = np.random.default_rng(0)
    label = np.repeat([1, 4], 60)
    signal = (label == 4)[:, None] * np.array([0.5, 2.0, 8.0])
    return (signal[..., None] + rng.normal(size=(120, 3, 2))), label


def test_probabilities_are_in_the_order_of_the_classes(known):
    features, label = known
    probabilities = train(features, label, SMALL, np.random.default_rng(1)).predict(features)
    assert probabilities.shape == (120, 3, len(CLASSES))
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1)
    assert (probabilities[:, 2].argmax(axis=-1) == label).all()
    assert (probabilities[..., [0, 2, 3, 5, 6]] == 0).all()


def test_each_step_has_a_forest_of_its_own(known):
    features, label = known
    forest = train(features, label, SMALL, np.random.default_rng(1))
    right = (forest.predict(features).argmax(axis=-1) == label[:, None]).mean(axis=0)
    assert right[0] < right[2]
    alone = train(features[:, :1], label, SMALL, np.random.default_rng(1))
    np.testing.assert_array_equal(alone.predict(features[:, :1]), forest.predict(features)[:, :1])


def test_same_seed_same_forest(known):
    features, label = known
    one, two, other = (
        train(features, label, SMALL, np.random.default_rng(s)).predict(features) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_shape_is_that_of_the_paper_unless_told():
    forest = train(
        np.random.default_rng(0).normal(size=(40, 1, 2)),
        np.arange(40) % 2,
        ForestSettings(),
        np.random.default_rng(0),
    )
    assert (forest.steps[0].n_estimators, forest.steps[0].max_depth) == (25, 15)


def test_augmented_set_holds_every_real_one_so_often(known):
    features, label = known
    more, labels = augment(features, label, features[:2] + 100, label[:2], SMALL)
    assert len(more) == len(labels) == 120 + 2 * 3
    np.testing.assert_array_equal(more[120:123], np.repeat(features[:1] + 100, 3, axis=0))
    np.testing.assert_array_equal(labels[120:], [1] * 6)

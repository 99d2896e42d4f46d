"""Gradient boosting after any number of images, with the forest's features."""

from dataclasses import replace

import numpy as np
import pytest

from lightcurve_rf import boosting
from lightcurve_rf.boosting import BoostingSettings
from lightcurve_rf.samples import STEPS, Sample
from skymovie import CLASSES

QUICK = BoostingSettings(rounds=20, views=2, features=1.0, weight=50.0)
T = len(STEPS)


def sample(n, seed, shift=0.0):
    """Two classes that a feature tells apart, better with each image."""
    rng = np.random.default_rng(seed)
    label = np.where(np.arange(n) % 2, 4, 1)
    signal = (label == 4)[:, None] * np.linspace(0.3, 6, T) + shift
    features = np.stack([signal + rng.normal(size=(n, T)), rng.normal(size=(n, T))], axis=-1)
    return Sample(features, rng.integers(10, 23, n), label, np.array([f"o{i}" for i in range(n)]))


@pytest.fixture(scope="module")
def booster():
    return boosting.train(sample(200, 0), sample(60, 1), QUICK, [0])


def test_probabilities_are_in_the_order_of_the_classes(booster):
    asked = sample(80, 2)
    p = booster.predict(asked.features)
    assert p.shape == (80, T, len(CLASSES))
    np.testing.assert_allclose(p.sum(axis=-1), 1)
    assert (p[..., [0, 2, 3, 5, 6]] == 0).all()
    right = (p.argmax(axis=-1) == asked.label[:, None]).mean(axis=0)
    assert right[-3:].mean() > 0.9 > right[:3].mean()


def test_same_seed_same_answers(booster):
    asked = sample(20, 2).features
    again, other = (
        boosting.train(sample(200, 0), sample(60, 1), QUICK, [seed]).predict(asked)
        for seed in (0, 1)
    )
    np.testing.assert_array_equal(again, booster.predict(asked))
    assert not np.array_equal(other, again)


def test_views_are_of_images_that_there_are():
    given = sample(30, 3)
    given = replace(given, features=np.arange(30 * T, dtype=float).reshape(30, T, 1))
    flat, label = boosting.views(given, 4, np.random.default_rng(0))
    assert flat.shape == (150, 2)
    seen, value = flat[:, 1], flat[:, 0]
    rows = np.repeat(np.arange(30), 5)
    np.testing.assert_array_equal(value, rows * T + seen - STEPS.start)
    assert (seen <= given.n_images[rows]).all()
    assert (seen.reshape(30, 5)[:, -1] == given.n_images).all()
    np.testing.assert_array_equal(label, given.label[rows])


def test_real_ones_are_learnt_from():
    """Real objects lie elsewhere: without them the classes are not told apart there."""
    training, validation, real = sample(200, 0), sample(60, 1), sample(40, 4, shift=-8.0)
    asked = sample(60, 5, shift=-8.0)
    plain = boosting.train(training, validation, QUICK, [0]).predict(asked.features)
    taught = boosting.train(training, validation, QUICK, [0], real).predict(asked.features)
    right = [(p[:, -1].argmax(axis=-1) == asked.label).mean() for p in (plain, taught)]
    assert right[0] < 0.6 < 0.8 < right[1]

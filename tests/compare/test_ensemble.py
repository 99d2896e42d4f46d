"""Network and forest combined: never worse on what it was fitted to, deaf to one that guesses."""

import numpy as np
import pandas as pd
import pytest

from compare import ensemble
from skymovie import CLASSES, predictions
from skymovie.predictions import PROBABILITIES

N = 600


def table(skill, seed, classifier, sample="validation", trial=0):
    """Answers of a classifier that sees the true class through noise; calibrated by its making."""
    rng = np.random.default_rng(seed)
    label = np.arange(N) % 7
    signal = np.zeros((N, 20, 7))
    signal[np.arange(N), :, label] = skill
    score = skill * (signal + rng.normal(size=signal.shape))
    p = np.exp(score - score.max(axis=-1, keepdims=True))
    return predictions.table(
        p / p.sum(axis=-1, keepdims=True),
        4 + np.arange(N) % 19,
        np.array([f"o{i:03d}" for i in range(N)]),
        np.asarray(CLASSES)[label],
        classifier=classifier,
        sample=sample,
        trial=trial,
    )


def loss(frame):
    """Mean −ln p of the true class by movie, with the floor that the pool gives both."""
    p = frame[PROBABILITIES].to_numpy(float)
    p = (1 - 7 * ensemble.FLOOR) * p + ensemble.FLOOR
    code = pd.Categorical(frame["label"], categories=CLASSES).codes
    value = -np.log(p[np.arange(len(frame)), code])
    return pd.Series(value).groupby(frame["object_id"].to_numpy()).mean().mean()


def raw_loss(frame):
    code = pd.Categorical(frame["label"], categories=CLASSES).codes
    value = -np.log(frame[PROBABILITIES].to_numpy(float)[np.arange(len(frame)), code])
    return pd.Series(value).groupby(frame["object_id"].to_numpy()).mean().mean()


def test_two_that_see_apart_are_better_together(monkeypatch):
    network, forest = table(1.5, 1, "rcnn"), table(1.2, 2, "forest")
    pool = ensemble.fit(network, forest)
    both = pool.join(network, forest, "combined")
    assert raw_loss(both) < min(loss(network), loss(forest)) - 0.1
    np.testing.assert_allclose(both[PROBABILITIES].sum(axis=1), 1, atol=1e-6)
    # Calibrated and independent: by Bayes' theorem each counts in full.
    monkeypatch.setattr(ensemble, "FLOOR", 1e-9)
    pool = ensemble.fit(network, forest)
    assert [*pool.network, *pool.forest] == pytest.approx([1, 1, 1, 1], abs=0.2)


def test_one_that_guesses_is_not_heard():
    network, noise = table(1.5, 1, "rcnn"), table(1.5, 3, "forest")
    noise[PROBABILITIES] = np.random.default_rng(0).dirichlet(np.ones(7), len(noise))
    pool = ensemble.fit(network, noise)
    assert max(pool.forest) < 0.15
    assert min(pool.network) > 0.7


def test_one_that_grows_surer_with_images_is_heard_later():
    network, forest = table(1.5, 1, "rcnn"), table(1.5, 2, "forest")
    early = forest["n_images"] < 8
    rng = np.random.default_rng(1)
    forest.loc[early, PROBABILITIES] = rng.dirichlet(np.ones(7), early.sum()).astype(np.float32)
    pool = ensemble.fit(network, forest)
    assert pool.forest[0] < 0.5 * pool.forest[1]


def test_answers_keep_their_trial_and_the_unmatched_are_left_out():
    network = pd.concat([table(1.5, t, "rcnn_finetuned", "real", t) for t in range(2)])
    forest = pd.concat([table(1.0, 9 - t, "forest_augmented", "real", t) for t in range(2)])
    forest = forest[~((forest["trial"] == 1) & (forest["object_id"] == "o003"))]
    pool = ensemble.LogOpinionPool((1.0, 1.0), (0.0, 0.0))
    both = pool.join(network, forest.sample(frac=1, random_state=0), "combined_finetuned")
    assert list(both.columns) == predictions.COLUMNS
    assert len(both) == len(forest)
    assert set(both["classifier"]) == {"combined_finetuned"}
    # A forest without weight leaves the network's choice.
    kept = network.merge(both[["trial", "object_id", "n_images"]])
    np.testing.assert_array_equal(predictions.predicted(both), predictions.predicted(kept))
    assert not ((both["trial"] == 1) & (both["object_id"] == "o003")).any()

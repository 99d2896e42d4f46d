"""The forest's cost of one more image, measured on the forest that answers."""

import numpy as np

from lightcurve_rf import forest, samples, update
from lightcurve_rf.forest import ForestSettings
from skymovie.store import cost


def test_the_update_is_measured_and_answers_as_the_forest_does(render, monkeypatch):
    movies = render(np.full((6, 22), 19.0), np.random.default_rng(0), "rr_lyrae")
    seen = samples.observe([movies])
    label = np.arange(6) % 2
    grown = forest.train(seen.features, label, ForestSettings(3, 3), np.random.default_rng(1))
    answers = []
    inner = update._update
    monkeypatch.setattr(update, "_update", lambda *a: answers.append((a[1], inner(*a))))
    found = update.update_cost(grown, movies)
    assert [entry["n_images"] for entry in found["by_images"]] == list(cost.AFTER)
    assert found["batch"] == 6
    assert all(entry["milliseconds"] > 0 for entry in found["by_images"])
    assert len(answers) == len(cost.AFTER) * (1 + update.ROUNDS)
    every = grown.predict(seen.features)
    for n, p in answers:
        np.testing.assert_allclose(p, every[:, n - 3, :2], atol=1e-12)


def test_movies_that_are_too_short_are_not_timed(render):
    movies = render(np.full((3, 12), 19.0), np.random.default_rng(0))
    assert update.update_cost(forest.Forest([]), movies) is None

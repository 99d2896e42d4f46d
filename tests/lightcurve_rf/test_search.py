"""The grid search: scikit-learn's own scores, and the smallest forest that is as good."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from lightcurve_rf import search
from lightcurve_rf.forest import ForestSettings

DEPTHS, TREES = (2, 6), (3, 8)


@pytest.fixture(scope="module")
def data():
    """Features (N, F) and labels of two noisy classes: 90 to learn from, 60 to judge by."""
    rng = np.random.default_rng(0)
    label = np.arange(150) % 2
    features = rng.normal(size=(150, 4)) + label[:, None] * [1.0, 0.5, 0, 0]
    return features[:90], label[:90], features[90:], label[90:]


def test_scores_are_those_of_grid_search_cv(data):
    X, y, X_val, y_val = data
    found = search.search(*data, seed=3, depths=DEPTHS, trees=TREES)
    oracle = GridSearchCV(
        RandomForestClassifier(random_state=3),
        {"max_depth": DEPTHS, "n_estimators": TREES},
        cv=PredefinedSplit(np.repeat([-1, 0], [len(y), len(y_val)])),
        refit=False,
    ).fit(np.concatenate([X, X_val]), np.concatenate([y, y_val]))
    theirs = {
        (p["n_estimators"], p["max_depth"]): score
        for p, score in zip(
            oracle.cv_results_["params"], oracle.cv_results_["mean_test_score"], strict=True
        )
    }
    assert {(g["trees"], g["depth"]): g["accuracy"] for g in found.grid} == pytest.approx(theirs)


def test_all_else_is_kept(data):
    found = search.search(*data, seed=3, settings=ForestSettings(copies=7), depths=(2,), trees=(3,))
    assert found.settings == ForestSettings(trees=3, depth=2, copies=7)


def test_the_smallest_that_is_not_worse_is_taken():
    best = np.ones(100, bool)
    near, worse = best.copy(), best.copy()
    near[:1] = False  # 0.01 behind, and the standard error is 0.00995: just worse
    worse[:30] = False
    choose = search.smallest_of_the_best
    assert choose({(10, 5): worse, (10, 9): near, (50, 5): best}) == (50, 5)
    assert choose({(10, 5): worse, (10, 9): best, (50, 5): best}) == (10, 9)
    mixed = best.copy()
    mixed[0] = False
    other = best.copy()
    other[1] = False
    assert choose({(10, 5): mixed, (50, 5): other}) == (10, 5)

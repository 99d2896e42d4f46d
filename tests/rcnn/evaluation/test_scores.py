import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rcnn.evaluation import scores
from skymovie import predictions
from skymovie.classes import CLASSES


def test_recalls_weigh_classes_alike(made):
    answers = made([0] * 8 + [4, 4], [0] * 8 + [4, 5])
    found = scores.recall(answers)
    assert found["by_class"]["non_variable"]["recall"] == 1
    assert found["by_class"]["supernova"]["recall"] == 0.5
    assert found["mean"] == 0.75
    assert set(found["by_class"]) == {"non_variable", "supernova"}


def test_bootstrap_errors_are_binomial(made):
    """√(p(1 − p)/n) for a class; √(Σ of these squared)/K for the mean of K classes."""
    label = np.repeat([1, 3, 4], [60, 40, 20])
    named = label.copy()
    named[:12], named[60:70], named[100:108] = 0, 2, 5
    found = scores.recall(made(label, named))
    p = np.array([48 / 60, 30 / 40, 12 / 20])
    expected = np.sqrt(p * (1 - p) / [60, 40, 20])
    errors = [found["by_class"][CLASSES[k]]["error"] for k in (1, 3, 4)]
    np.testing.assert_allclose(errors, expected, rtol=0.07)
    assert found["error"] == pytest.approx(np.sqrt((expected**2).sum()) / 3, rel=0.07)


def test_confusion_has_the_true_class_in_rows(made):
    answers = made([4, 4, 4, 0], [4, 5, 5, 6])
    matrix = scores.confusion(answers)
    assert matrix[4, 5] == 2
    assert matrix[4, 4] == 1
    assert matrix[0, 6] == 1
    assert matrix.sum() == 4


def test_recall_after_few_images_is_that_of_the_table(made):
    rng = np.random.default_rng(1)
    label, named = rng.integers(7, size=90), rng.integers(7, size=(90, 20))
    named[:, 8:] = label[:, None]
    answers = made(label, named, n_images=rng.integers(3, 23, 90))
    for n in (3, 9, 22):
        rows = predictions.at_most(answers.table(), n)
        found = {k: v["recall"] for k, v in scores.recall(answers, n)["by_class"].items()}
        assert found == pytest.approx(predictions.recall(rows))


@settings(max_examples=30)
@given(st.lists(st.floats(10, 30), min_size=1, max_size=40), st.integers(0, 40))
def test_bins_of_magnitude_hold_every_measured_object_once(made, magnitude, missing):
    magnitude = np.array(magnitude)
    magnitude[:missing] = np.nan
    label = np.arange(len(magnitude)) % 7
    bins = scores.by_magnitude(made(label, label, magnitude=magnitude))
    assert sum(b["n"] for b in bins) == np.isfinite(magnitude).sum()
    assert all(np.sum(b["confusion"]) == b["n"] for b in bins)


def test_a_score_is_json(made):
    label = np.arange(70) % 7
    found = scores.score(made(label, np.roll(label, 3), temperature=1.3))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["calibration"]["temperature"] == 1.3
    assert [line["n_images"] for line in again["by_images"]] == list(range(3, 23))
    assert set(again["confusion"]["by_images"]) == {"3", "5", "10", "15", "22"}

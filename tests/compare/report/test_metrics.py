import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.report.metrics import PAIRS, by_magnitude, calibration, metrics, paired, score
from compare.report.paper import NUMBERS
from compare.report.predictions import IMAGES, answers
from skymovie import predictions
from skymovie.classes import CLASSES


def rows(*lines, classifier="rcnn", sample="real"):
    """A prediction table from (trial, object, label, images, class named, its probability)."""
    frame = pd.DataFrame(
        [(classifier, sample, t, o, label, n) for t, o, label, n, _, _ in lines],
        columns=predictions.COLUMNS[:6],
    )
    p = np.array([[(1 - sure) / 6] * 7 for *_, sure in lines])
    for i, (*_, named, sure) in enumerate(lines):
        p[i, CLASSES.index(named)] = sure
    frame[predictions.PROBABILITIES] = p
    return frame


TINY = rows(
    (0, "a", "supernova", 3, "galaxy", 0.5),
    (0, "a", "supernova", 4, "supernova", 0.6),
    (0, "b", "supernova", 3, "supernova", 0.9),
    (0, "b", "supernova", 22, "asteroid", 0.7),
    (0, "c", "galaxy", 3, "galaxy", 0.8),
)


def test_one_trial_by_hand():
    got = score(answers(TINY), "recall")
    assert got["by_class"] == {"supernova": 0.5, "galaxy": 1.0}
    assert got["mean"] == 0.75
    # Bootstrap: supernovae vary by √(½·½/2), galaxies not at all; half of that is the mean's.
    assert got["std"] == pytest.approx(np.sqrt(0.25 / 2) / 2)
    assert (got["std_is"], got["n_trials"], got["n_objects"]) == ("bootstrap", 1, 3)
    means = [step["mean"] for step in got["by_images"]]
    assert means == [0.75] + [1.0] * 18 + [0.75]  # b is right until its 22nd image
    assert got["confusion"]["supernova"]["asteroid"] == 0.5
    assert got["by_class_n"] == {"supernova": 2, "galaxy": 1}


def test_accuracy_weighs_objects_and_recall_classes():
    assert score(answers(TINY), "accuracy")["mean"] == pytest.approx(2 / 3)
    assert score(answers(TINY), "accuracy")["std"] == pytest.approx(np.sqrt(2 / 9 / 3))


def test_trials_by_hand():
    table = rows(
        (0, "a", "supernova", 3, "supernova", 0.9),
        (0, "b", "galaxy", 3, "galaxy", 0.9),
        (1, "a", "supernova", 3, "asteroid", 0.9),
        (1, "c", "galaxy", 3, "galaxy", 0.9),
    )
    got = score(answers(table), "recall")
    assert got["mean"] == 0.75
    assert got["std"] == pytest.approx(np.std([1.0, 0.5], ddof=1))
    assert (got["std_is"], got["n_trials"], got["n_objects"]) == ("trials", 2, 3)
    assert got["by_class_std"] == pytest.approx({"supernova": np.sqrt(0.5), "galaxy": 0})
    assert got["confusion"]["supernova"]["asteroid"] == 0.5


def test_calibration_by_hand():
    got = calibration(answers(TINY))
    assert [b["n"] for b in got["bins"]] == [1, 1, 1]
    assert got["error"] == pytest.approx((0.4 + 0.7 + 0.2) / 3)


def test_magnitude_bins_leave_out_the_few_and_the_unknown():
    names = [f"o{i:02d}" for i in range(30)]
    lines = [
        (0, n, "galaxy", 3, "galaxy" if i % 2 else "asteroid", 0.9) for i, n in enumerate(names)
    ]
    magnitude = {n: 20.5 if i < 20 else 21.5 for i, n in enumerate(names[:25])}
    (only,) = by_magnitude(answers(rows(*lines)), magnitude)
    assert (only["from"], only["to"], only["n"], only["mean"]) == (20, 21, 20, 0.5)


@given(st.integers(0, 2**32), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_answers_agree_with_at_most(seed, n):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 25, n)
    p = rng.dirichlet(np.ones(7), (n, 22))
    names = np.array([f"o{i}" for i in range(n)])
    table = pd.concat(
        predictions.table(
            p, lengths, names, rng.choice(CLASSES, n), classifier="forest", sample="real", trial=t
        )
        for t in range(2)
    ).sample(frac=1, random_state=seed % 2**32)
    got = answers(table)
    for step, images in enumerate(IMAGES):
        last = predictions.at_most(table, int(images)).sort_values(["trial", "object_id"])
        assert [CLASSES[c] for c in got.named[:, step]] == list(predictions.predicted(last))


@given(st.integers(0, 2**32), st.integers(2, 60))
@settings(max_examples=15, deadline=None)
def test_the_closed_bootstrap_is_the_resampled_one(seed, n):
    rng = np.random.default_rng(seed)
    hit = rng.random(n) < rng.random()
    lines = [
        (0, f"o{i}", "galaxy", 3, "galaxy" if h else "asteroid", 0.9) for i, h in enumerate(hit)
    ]
    resampled = rng.choice(hit, (4000, n)).mean(axis=1).std()
    for measure in ("accuracy", "recall"):
        assert score(answers(rows(*lines)), measure)["std"] == pytest.approx(resampled, rel=0.1)


def test_keys_stand_even_for_what_was_not_measured(found):
    got = metrics({key: found[key] for key in found if not key[1].startswith("rcnn_")})
    assert got["real"]["recall"]["rcnn_finetuned"] is None
    assert got["paper"]["real"]["recall"]["rcnn_finetuned"]["difference"] is None
    json.dumps(got, allow_nan=False)


def test_differences_from_the_paper(found, magnitude):
    got = metrics(found, magnitude)
    for (sample, classifier), paper in NUMBERS.items():
        measure = {"simulated": "accuracy", "real": "recall"}[sample]
        ours = got[sample][measure][classifier]
        beside = got["paper"][sample][measure][classifier]
        assert beside["difference"] == pytest.approx(ours["mean"] - paper.mean)
        assert [s["n_images"] for s in ours["by_images"]] == list(range(3, 23))
        assert ours["mean"] == ours["by_images"][-1]["mean"]
    assert got["simulated"]["accuracy"]["rcnn"]["by_magnitude"]


def test_errors_of_seeds_and_of_objects(found):
    got = metrics(found)
    forest, rcnn = (got["simulated"]["accuracy"][name] for name in ("forest", "rcnn"))
    assert (forest["std_is"], forest["n_trials"], forest["n_objects"]) == ("seeds", 5, 420)
    assert got["real"]["recall"]["forest"]["std_is"] == "seeds"
    assert got["real"]["recall"]["forest_augmented"]["std_is"] == "trials"
    assert rcnn["std_objects"] == pytest.approx(rcnn["std"])
    real = got["real"]["recall"]["rcnn"]
    assert real["std_objects"] == pytest.approx(real["std"])


@pytest.mark.parametrize("measure", ["accuracy", "recall"])
@pytest.mark.parametrize("sample", list(PAIRS))
def test_a_difference_is_that_of_the_means(found, sample, measure):
    one, other = found[sample, "rcnn"], found[sample, "forest"]
    got = paired(one, other, measure)
    ours, theirs = score(one, measure), score(other, measure)
    assert got["mean"] == pytest.approx(ours["mean"] - theirs["mean"])
    assert got["n_objects"] == ours["n_objects"]
    assert 0 < got["std"] <= ours["std_objects"] + theirs["std_objects"]
    assert paired(one, one, measure) == {"mean": 0, "std": 0, "n_objects": len(one)}


def test_a_difference_by_hand():
    other = rows(
        (0, "a", "supernova", 3, "galaxy", 0.5),
        (0, "b", "supernova", 3, "supernova", 0.9),
        (0, "c", "galaxy", 3, "galaxy", 0.8),
    )
    got = paired(answers(TINY), answers(other), "recall")
    # Of the supernovae one is won, one lost: mean 0, each off by one; the galaxy is even.
    assert got["mean"] == 0
    assert got["std"] == pytest.approx(np.sqrt(1 / 2) / 2)

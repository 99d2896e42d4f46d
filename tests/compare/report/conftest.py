"""Prediction tables of plausible classifiers, without any classifier."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from skymovie import predictions
from skymovie.classes import CLASSES

SKILL = {
    "rcnn": 0.80,
    "rcnn_finetuned": 0.93,
    "forest": 0.74,
    "forest_augmented": 0.92,
    "boosting": 0.78,
    "boosting_augmented": 0.92,
    "combined": 0.9,
    "combined_finetuned": 0.97,
}
REAL = {"non_variable": 256, "rr_lyrae": 55, "eclipsing_binary": 38, "supernova": 41}
NEIGHBOUR = {
    "non_variable": "eclipsing_binary",
    "rr_lyrae": "cepheid",
    "cepheid": "rr_lyrae",
    "eclipsing_binary": "rr_lyrae",
    "supernova": "rr_lyrae",
    "asteroid": "supernova",
    "galaxy": "non_variable",
}


def predict(
    classifier: str,
    sample: str,
    counts: dict[str, int],
    *,
    skill: float,
    trial: int = 0,
    drop: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """Softmax of a noisy score that favours the true class more with every image.

    `drop` objects of each class are left out, others in each trial.
    """
    rng = np.random.default_rng([seed, trial, len(classifier)])
    label = np.repeat(list(counts), list(counts.values()))
    names = np.array([f"{sample}{i:05d}" for i in range(len(label))])
    if drop:
        draw = np.random.default_rng(trial)
        out = [draw.choice(np.flatnonzero(label == c), drop, replace=False) for c in counts]
        keep = np.setdiff1d(np.arange(len(label)), np.concatenate(out))
        label, names = label[keep], names[keep]
    code = np.array([CLASSES.index(c) for c in label])
    near = np.array([CLASSES.index(NEIGHBOUR[c]) for c in label])
    steps = np.arange(20)
    rows = np.arange(len(label))
    score = rng.normal(0, 1, (len(label), 1, 7)) + rng.normal(0, 0.3, (len(label), 20, 7))
    score[rows, :, code] += 4.6 * skill * (1 - 0.6 * np.exp(-steps / 6))
    score[rows, :, near] += 1.6
    score *= 1.4
    p = np.exp(score - score.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    n_images = np.random.default_rng(5).integers(14, 23, 20_000)[[int(name[-5:]) for name in names]]
    return predictions.table(
        p, n_images, names, label, classifier=classifier, sample=sample, trial=trial
    )


def simulated(classifier: str, each: int = 60, seeds: int = 1) -> pd.DataFrame:
    counts, skill = dict.fromkeys(CLASSES, each), SKILL[classifier]
    return pd.concat(
        [predict(classifier, "simulated", counts, skill=skill, trial=t) for t in range(seeds)],
        ignore_index=True,
    )


def real(classifier: str, trials: int = 1, drop: int = 0) -> pd.DataFrame:
    return pd.concat(
        [
            predict(classifier, "real", REAL, skill=SKILL[classifier] - 0.1, trial=t, drop=drop)
            for t in range(trials)
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    """What a training run, a fine-tuning run and the forests would have written."""
    return {
        "rcnn": simulated("rcnn"),
        "finetuned": pd.concat([real("rcnn"), real("rcnn_finetuned", 5, 10)], ignore_index=True),
        "forest": pd.concat(
            [simulated("forest", seeds=5), real("forest", 5), real("forest_augmented", 5, 10)],
            ignore_index=True,
        ),
        "more": pd.concat(
            [
                *(make(name) for make in (simulated, real) for name in ("boosting", "combined")),
                *(real(name, 5, 10) for name in ("boosting_augmented", "combined_finetuned")),
            ],
            ignore_index=True,
        ),
    }


@pytest.fixture(scope="session")
def found(tables):
    from compare.report.metrics import CLASSIFIERS
    from compare.report.tables import pick

    keys = [(s, c) for s, names in CLASSIFIERS.items() for c in names]
    return pick(pd.concat(tables.values(), ignore_index=True), tuple(keys), "all.parquet")


@pytest.fixture(scope="session")
def magnitude(found) -> dict[str, float]:
    names = found["simulated", "rcnn"].object_id.tolist()
    values = 23.5 - np.random.default_rng(3).exponential(1.6, len(names))
    return dict(zip(names, values.tolist(), strict=True))


@pytest.fixture(scope="session")
def notes() -> dict[str, Any]:
    """What `lightcurve_rf.run` tells of the forest, and `compare.ensemble` of its weights."""
    grid = [{"trees": n, "depth": d, "accuracy": 0.7 + n / 500} for n in (10, 25) for d in (5, 15)]
    important = [{"feature": f"F{k:02d}", "mean": 0.1 / (k + 1), "std": 0.01} for k in range(20)]
    return {
        "forest": {"trees": 25, "depth": 5, "grid": grid},
        "importance": important,
        "combined": {"network": (0.8, 1.0), "forest": (0.5, 0.3)},
        "embedding": _embedding(),
        "cost": {"rcnn": _cost(0.2, 0.2), "forest": _cost(0.1, 0.15)},
    }


def _embedding() -> dict[str, Any]:
    """Each class in a heap of its own."""
    rng = np.random.default_rng(6)
    points = {}
    for sample, counts in (
        ("simulated", dict.fromkeys(CLASSES, 30)),
        ("real", REAL),
        ("taught", dict.fromkeys(REAL, 10)),
    ):
        label = np.repeat(list(counts), list(counts.values()))
        centre = np.array([CLASSES.index(c) for c in label])
        x, y = rng.normal(0, 0.3, (2, len(label)))
        points[sample] = {
            "x": (x + 2 * centre).tolist(),
            "y": (y + centre % 2).tolist(),
            "label": label.tolist(),
        }
    near = {"own_class": 0.9, "own_class_simulated": 1.0, "real": 0.5, "real_if_mixed": 0.4}
    features = [f"F{k:02d}" for k in range(6)]
    return {"features": features, "points": points, "neighbours": dict.fromkeys(REAL, near)}


def _cost(*milliseconds: float) -> dict[str, Any]:
    from skymovie.store import cost

    seconds = [[(0.256 * ms, 0.512 * ms), (1.0, 1.0)] for ms in milliseconds]
    return cost.record(seconds, 256) | {"machine": "x86_64, 2 processors"}


@pytest.fixture(scope="session")
def real_supernovae(tables, render):
    """The real supernovae of the tables as movies, and the three that are shown."""
    from compare.report import supernovae

    of = {
        name: rows[(rows["sample"] == "real") & (rows["classifier"] == name) & (rows["trial"] == 0)]
        for name, rows in (("rcnn", tables["finetuned"]), ("forest", tables["forest"]))
    }
    asked = of["rcnn"].groupby("object_id").agg({"label": "first", "n_images": "max"})
    asked = asked[asked["label"] == "supernova"]
    epoch = np.arange(22)
    brightness = np.where(epoch < 5, 40.0, 23 - 0.1 * epoch)
    movies = render(np.tile(brightness, (len(asked), 1)), np.random.default_rng(8), "supernova")
    exposure = np.where(epoch < asked["n_images"].to_numpy()[:, None], movies.exposure, -1)
    truth = movies.truth.assign(object_id=asked.index, first_alert=5)
    movies = replace(movies, exposure=exposure.astype(np.int32), truth=truth)
    return movies, of, supernovae.choose(of["rcnn"], of["forest"], movies)


@pytest.fixture(scope="session")
def setting():
    from compare.report import Setting

    return Setting(
        simulated="simulated as HiTS 2015A would see them",
        real="real HiTS 2015A stamps",
        stand_in=False,
        n_training=2048,
        real_samples=10,
        trials=5,
        made=(
            ("Data", (("movie store", "demo/movies"), ("real movies", "hits"))),
            (
                "Commands",
                (("compare-rf", "compare-rf demo/movies --rcnn demo/rcnn --real hits --seed 0"),),
            ),
            ("Versions", (("skymovie", "0.1.0"), ("scikit-learn", "1.9.1"))),
        ),
    )

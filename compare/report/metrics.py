"""Every number of the report: ``metrics.json``, whose keys docs/reference/metrics.md describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compare.report.paper import NUMBERS, SOURCE
from compare.report.predictions import IMAGES, Answers
from skymovie.classes import CLASSES

MEASURE = {"simulated": "accuracy", "real": "recall"}
CLASSIFIERS = {
    "simulated": ("rcnn", "forest", "boosting", "combined"),
    "real": (
        "rcnn",
        "rcnn_finetuned",
        "forest",
        "forest_augmented",
        "boosting",
        "boosting_augmented",
        "combined",
        "combined_finetuned",
    ),
}
SEEDED = ("forest",)
"""Classifiers whose trials are trainings with other seeds, not draws of real movies."""

PAIRS = {
    "simulated": (
        ("rcnn", "forest"),
        ("boosting", "forest"),
        ("combined", "rcnn"),
        ("combined", "forest"),
    ),
    "real": (
        ("rcnn", "forest"),
        ("boosting", "forest"),
        ("combined", "rcnn"),
        ("combined", "forest"),
        ("rcnn_finetuned", "forest_augmented"),
        ("boosting_augmented", "forest_augmented"),
        ("combined_finetuned", "rcnn_finetuned"),
        ("combined_finetuned", "forest_augmented"),
    ),
}
"""Classifiers whose difference on the same objects is given: the first less the second."""

CONFIDENCE_BINS = 10
FEWEST_IN_BIN = 10
"""Bins with fewer objects are not shown: their accuracy says nothing."""

Key = tuple[str, str]
"""A sample and a classifier."""


def metrics(
    answers: Mapping[Key, Answers], magnitude: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """All that is measured from the answers, laid out as in ``metrics.json``.

    Parameters
    ----------
    answers : mapping of (sample, classifier) to Answers
        A pair that is missing becomes ``None``.
    magnitude : mapping, optional
        Magnitude of each simulated object, by name.
    """
    result: dict[str, Any] = {"images": int(IMAGES[-1]), "paper": {"source": SOURCE}}
    for sample, measure in MEASURE.items():
        ours, theirs = {}, {}
        for classifier in CLASSIFIERS[sample]:
            given = answers.get((sample, classifier))
            measured = None if given is None else score(given, measure)
            if measured and classifier in SEEDED and measured["n_trials"] > 1:
                measured["std_is"] = "seeds"
            if given is not None and measured and sample == "simulated" and magnitude is not None:
                measured["by_magnitude"] = by_magnitude(given, magnitude)
            ours[classifier] = measured
            if (sample, classifier) in NUMBERS:
                theirs[classifier] = _beside(measured, sample, classifier)
        apart = {
            f"{one}_less_{other}": paired(answers[sample, one], answers[sample, other], measure)
            if (sample, one) in answers and (sample, other) in answers
            else None
            for one, other in PAIRS[sample]
        }
        result[sample] = {measure: ours, "difference": apart}
        result["paper"][sample] = {measure: theirs}
    return result


def score(answers: Answers, measure: str) -> dict[str, Any]:
    """Mean, error and break-downs of one classifier; `measure` is ``accuracy`` or ``recall``."""
    share, count = by_trial(answers)  # (trials, C, T) and (trials, C)
    occurs = count.sum(axis=0) > 0
    many = len(count) > 1
    weight = _weight(count, measure)
    per_trial = np.einsum("nc,nct->nt", weight, np.nan_to_num(share))
    mean = per_trial.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        class_variance = share[0] * (1 - share[0]) / count[0][:, None]
    if many:
        std = per_trial.std(axis=0, ddof=1)
        class_std = np.array([_spread(share[:, c, -1]) for c in range(len(CLASSES))])
    else:
        class_std = np.sqrt(class_variance[:, -1])
        if measure == "accuracy":
            std = np.sqrt(mean * (1 - mean) / count.sum())
        else:
            std = np.sqrt(np.einsum("c,ct->t", weight[0] ** 2, np.nan_to_num(class_variance)))
    names = [(c, name) for c, name in enumerate(CLASSES) if occurs[c]]
    unique = {c: len(np.unique(answers.object_id[answers.label == c])) for c, _ in names}
    return {
        "mean": float(mean[-1]),
        "std": float(std[-1]),
        "std_is": "trials" if many else "bootstrap",
        "std_objects": _std_objects(_hits(answers), measure),
        "n_trials": len(count),
        "n_objects": sum(unique.values()),
        "by_class": {name: float(np.nanmean(share[:, c, -1])) for c, name in names},
        "by_class_std": {name: float(class_std[c]) for c, name in names},
        "by_class_n": {name: unique[c] for c, name in names},
        "by_images": [
            {"n_images": int(n), "mean": float(m), "std": float(s)}
            for n, m, s in zip(IMAGES, mean, std, strict=True)
        ],
        "confusion": confusion(answers),
        "calibration": calibration(answers),
    }


def paired(one: Answers, other: Answers, measure: str) -> dict[str, Any]:
    """Difference of two classifiers on the objects of both, after the last image.

    Returns
    -------
    dict
        ``mean``, and its ``std`` under resampling of objects: smaller than those of the two, since
        an object that is hard for one mostly is for the other.
    """
    a, b = _hits(one), _hits(other)
    apart = a.assign(hit=a["hit"] - b["hit"]).dropna()  # matched by object
    groups = apart.groupby("label")["hit"].agg(["mean", "size"])
    weight = _weight(groups["size"].to_numpy()[None], measure)[0]
    return {
        "mean": float(weight @ groups["mean"].to_numpy()),
        "std": _std_objects(apart, measure),
        "n_objects": len(apart),
    }


def _hits(answers: Answers) -> pd.DataFrame:
    """By object, its ``label`` and ``hit``: the share of its trials that name it rightly."""
    last = {"id": answers.object_id, "label": answers.label, "hit": answers.hit[:, -1]}
    return pd.DataFrame(last).groupby("id").agg({"label": "first", "hit": "mean"})


def _std_objects(hits: pd.DataFrame, measure: str) -> float:
    """Standard deviation of a mean of ``hit`` under resampling of objects, in closed form."""
    if measure == "accuracy":
        return float(hits["hit"].std(ddof=0) / np.sqrt(len(hits)))
    groups = hits.groupby("label")["hit"]
    variance = (groups.std(ddof=0) ** 2 / groups.size()).to_numpy()
    return float(np.sqrt(variance.sum()) / len(variance))


def _weight(count: NDArray[np.int64], measure: str) -> NDArray[np.float64]:
    """Of each class in the mean, shape (trials, C), from the objects judged."""
    there = count if measure == "accuracy" else count > 0
    return np.asarray(there / there.sum(axis=1, keepdims=True), np.float64)


def by_trial(answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Recall of each class in each trial after each number of images.

    Returns
    -------
    share : array, shape (trials, C, T)
        NaN where a class does not occur.
    count : int array, shape (trials, C)
        Objects judged.
    """
    trials, trial = np.unique(answers.trial, return_inverse=True)
    count = np.zeros((len(trials), len(CLASSES)), np.int64)
    np.add.at(count, (trial, answers.label), 1)
    hits = np.zeros((*count.shape, len(IMAGES)))
    np.add.at(hits, (trial, answers.label), answers.hit)
    share = np.full_like(hits, np.nan)
    np.divide(hits, count[:, :, None], out=share, where=count[:, :, None] > 0)
    return share, count


def confusion(answers: Answers) -> dict[str, dict[str, float]]:
    """Share of each true class that is given each name after the last image, mean over trials."""
    result = {}
    for c, true in enumerate(CLASSES):
        of_class = answers.label == c
        trials = np.unique(answers.trial[of_class])
        if len(trials):
            named = [answers.named[of_class & (answers.trial == t), -1] for t in trials]
            shares = [np.bincount(n[n >= 0], minlength=len(CLASSES)) / len(n) for n in named]
            result[true] = dict(zip(CLASSES, np.mean(shares, axis=0).tolist(), strict=True))
    return result


def calibration(answers: Answers) -> dict[str, Any]:
    """Confidence against accuracy after the last image, in equal bins of confidence."""
    which = np.minimum((answers.confidence * CONFIDENCE_BINS).astype(int), CONFIDENCE_BINS - 1)
    hit = answers.hit[:, -1]
    bins = []
    for b in np.unique(which):
        inside = which == b
        bins.append(
            {
                "confidence": float(answers.confidence[inside].mean()),
                "accuracy": float(hit[inside].mean()),
                "n": int(inside.sum()),
            }
        )
    error = sum(b["n"] * abs(b["confidence"] - b["accuracy"]) for b in bins) / len(answers)
    return {"error": float(error), "bins": bins}


def by_magnitude(answers: Answers, magnitude: Mapping[str, float]) -> list[dict[str, Any]]:
    """Accuracy after the last image in bins of one magnitude; objects without one are left out."""
    values = np.array([magnitude.get(name, np.nan) for name in answers.object_id.tolist()])
    known = np.isfinite(values)
    floor = np.floor(values[known]).astype(int)
    hit = answers.hit[known, -1]
    bins = []
    for low in np.unique(floor).tolist():
        inside = floor == low
        n, mean = int(inside.sum()), float(hit[inside].mean())
        if n >= FEWEST_IN_BIN:
            std = float(np.sqrt(mean * (1 - mean) / n))
            bins.append({"from": low, "to": low + 1, "n": n, "mean": mean, "std": std})
    return bins


def _spread(values: NDArray[np.float64]) -> float:
    """Sample standard deviation of what is finite; 0 for a single value."""
    finite = values[np.isfinite(values)]
    return float(finite.std(ddof=1)) if len(finite) > 1 else 0.0


def _beside(ours: dict[str, Any] | None, sample: str, classifier: str) -> dict[str, Any]:
    paper = NUMBERS[sample, classifier]
    difference = None if ours is None else ours["mean"] - paper.mean
    return {
        "mean": paper.mean,
        "std": paper.std,
        "by_class": dict(paper.by_class),
        "difference": difference,
    }

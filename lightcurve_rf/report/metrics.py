"""Every number of the report, and the keys of ``metrics.json``.

The file is one object. Shares lie between 0 and 1; whatever was not measured is ``null``.

``skymovie``
    Version that wrote the file.
``images``
    Largest number of images an object was judged on (22; shorter movies on all they have).
``simulated.accuracy.rcnn``, ``simulated.accuracy.forest``
    Share of the simulated test movies that are named rightly.
``real.recall.rcnn``, ``real.recall.rcnn_finetuned``, ``real.recall.forest``,
``real.recall.forest_augmented``
    Recall on real movies, averaged over the classes that occur. The fine-tuned network and the
    augmented forest are judged, in each trial, on the movies that were held out in it.
``real.stand_in``
    True where simulated movies took the place of real ones; ``real.origin`` and
    ``simulated.origin`` say in words where the movies come from.
``paper.source``, ``paper.simulated.accuracy.<classifier>``, ``paper.real.recall.<classifier>``
    The published ``mean``, ``std`` and ``by_class``, and ``difference``: ours less the paper's.

Each classifier's object holds

``mean``, ``std``
    After the last image, and its standard deviation.
``std_is``
    ``"trials"``: sample standard deviation over trials. ``"bootstrap"``: where there is one trial,
    the standard deviation under resampling of objects with replacement (of the objects of each
    class, for a mean over classes), in closed form: the limit of infinitely many resamples. It
    knows nothing of the scatter between trainings.
``n_trials``, ``n_objects``
    `n_objects` counts different objects over all trials.
``by_class``, ``by_class_std``, ``by_class_n``
    Recall of each class that occurs, its standard deviation, and its number of objects.
``by_images``
    A list of ``{"n_images", "mean", "std"}`` for 3, 4, … 22 images.
``confusion``
    ``confusion[true][named]``: share of the true class's objects, averaged over trials.
``by_magnitude`` (simulated)
    A list of ``{"from", "to", "n", "mean", "std"}`` in bins of the mean or peak magnitude.
``calibration``
    ``error``, the mean absolute difference between confidence and accuracy (Naeini et al. 2015,
    ten equal bins), and ``bins``, a list of ``{"confidence", "accuracy", "n"}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightcurve_rf.report.answers import IMAGES, Answers
from lightcurve_rf.report.paper import NUMBERS, SOURCE
from movies.classes import CLASSES

MEASURE = {"simulated": "accuracy", "real": "recall"}
CLASSIFIERS = {
    "simulated": ("rcnn", "forest"),
    "real": ("rcnn", "rcnn_finetuned", "forest", "forest_augmented"),
}
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
            if given is not None and measured and sample == "simulated" and magnitude is not None:
                measured["by_magnitude"] = by_magnitude(given, magnitude)
            ours[classifier] = measured
            theirs[classifier] = _beside(measured, sample, classifier)
        result[sample] = {measure: ours}
        result["paper"][sample] = {measure: theirs}
    return result


def score(answers: Answers, measure: str) -> dict[str, Any]:
    """Mean, error and break-downs of one classifier; `measure` is ``accuracy`` or ``recall``."""
    share, count = by_trial(answers)  # (trials, C, T) and (trials, C)
    occurs = count.sum(axis=0) > 0
    many = len(count) > 1
    if measure == "accuracy":
        weight = count / count.sum(axis=1, keepdims=True)
    else:
        weight = (count > 0) / (count > 0).sum(axis=1, keepdims=True)
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

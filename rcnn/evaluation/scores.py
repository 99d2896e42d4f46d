"""Recall, confusion and calibration of answers, as numbers for a JSON file.

Classes weigh alike throughout: real samples are as nature and surveys' selections made them, and
that most of them are non-variable says nothing of a classifier.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcnn.evaluation.predictions import Answers, losses
from rcnn.model import calibration
from rcnn.model.calibration import Reliability
from skymovie import CLASSES
from skymovie.movies import MAX_IMAGES
from skymovie.predictions import FIRST_PREDICTION

DRAWS = 2000
"""Bootstrap samples: errors are then good to 2 % of themselves."""

IMAGES = (3, 5, 10, 15, 22)
"""Numbers of images after which confusion matrices are given."""

MAGNITUDES = (17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0)
"""Edges of the bins of magnitude; the first and the last bin are open."""


def score(answers: Answers, seed: int = 0) -> dict[str, Any]:
    """Everything that is said of one sample.

    Returns
    -------
    dict
        ``n`` objects; ``recall``, see `recall`, after the last image; ``loss``, the mean over the
        classes of −ln p; ``calibration``, see `calibrated`; ``by_images``: the recall after 3 … 22
        images; ``classes``, the order of rows and columns of ``confusion`` matrices (counts, true
        class by named class): one after each number of `IMAGES`, one a bin of magnitude.
    """
    return {
        "n": len(answers),
        "recall": recall(answers, seed=seed),
        "loss": float(np.average(losses(answers), weights=answers.class_weight())),
        "calibration": calibrated(answers),
        "by_images": [
            {"n_images": n, **recall(answers, n, seed)}
            for n in range(FIRST_PREDICTION, MAX_IMAGES + 1)
        ],
        "classes": list(CLASSES),
        "confusion": {
            "by_images": {str(n): confusion(answers, n).tolist() for n in IMAGES},
            "by_magnitude": by_magnitude(answers),
        },
    }


def recall(answers: Answers, n_images: int = MAX_IMAGES, seed: int = 0) -> dict[str, Any]:
    """Recall of each class that occurs and their mean, with errors, after `n_images` images.

    Errors are standard deviations over bootstrap samples of the objects, drawn within each class.

    Returns
    -------
    dict
        ``mean``, ``error``; ``by_class``: name → ``recall``, ``error``, ``n``.
    """
    hit = answers.after(n_images).argmax(axis=1) == answers.code
    rng = np.random.default_rng(seed)
    by_class, drawn = {}, []
    for name in answers.classes:
        hits = hit[answers.label == name]
        # A bootstrap sample of n yes-or-no answers is a binomial draw.
        draws = rng.binomial(len(hits), hits.mean(), DRAWS) / len(hits)
        drawn.append(draws)
        by_class[name] = {
            "recall": float(hits.mean()),
            "error": float(draws.std()),
            "n": len(hits),
        }
    return {
        "mean": float(np.mean([entry["recall"] for entry in by_class.values()])),
        "error": float(np.mean(drawn, axis=0).std()),
        "by_class": by_class,
    }


def confusion(
    answers: Answers, n_images: int = MAX_IMAGES, rows: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """How many objects of each true class (rows) are named each class (columns), shape (C, C)."""
    named = answers.after(n_images).argmax(axis=1)
    chosen = slice(None) if rows is None else rows
    C = len(CLASSES)
    pairs = answers.code[chosen] * C + named[chosen]
    return np.bincount(pairs, minlength=C * C).reshape(C, C)


def magnitude_bins() -> list[tuple[float, float]]:
    """Lower and upper edges of the bins of magnitude."""
    edges = (-np.inf, *MAGNITUDES, np.inf)
    return list(pairwise(edges))


def by_magnitude(answers: Answers) -> list[dict[str, Any]]:
    """Confusion after the last image in each bin of magnitude that holds objects.

    Returns
    -------
    list of dict
        ``from``, ``to`` (None where open), ``n``, ``confusion``.
    """
    out = []
    for low, high in magnitude_bins():
        rows = (answers.magnitude >= low) & (answers.magnitude < high)
        if rows.any():
            out.append(
                {
                    "from": float(low) if np.isfinite(low) else None,
                    "to": float(high) if np.isfinite(high) else None,
                    "n": int(rows.sum()),
                    "confusion": confusion(answers, rows=rows).tolist(),
                }
            )
    return out


def reliability(
    answers: Answers, temperature: float | None = None, n_images: int = MAX_IMAGES
) -> Reliability:
    """Confidence and accuracy of the answers after `n_images` images, classes weighing alike."""
    t = answers.temperature if temperature is None else temperature
    p = calibration.probabilities(answers.logits_after(n_images), t, answers.prior)
    return calibration.reliability(p, answers.code, answers.class_weight())


def calibrated(answers: Answers) -> dict[str, Any]:
    """How well confidence tells accuracy, as the network gave it and with its temperature.

    Where the network has a prior, both are shifted by it.

    Returns
    -------
    dict
        ``temperature`` of the model, ``best_temperature`` for this sample; the expected calibration
        error (`rcnn.model.calibration.Reliability.error`) ``before`` and ``after``, and what
        ``noise`` alone would make it (`rcnn.model.calibration.noise`); ``by_images``: the same
        after each number of `IMAGES`.
    """

    def at(n: int) -> dict[str, float]:
        logits = answers.logits_after(n)
        return {
            "best_temperature": calibration.fit(
                logits, answers.code, answers.class_weight(), answers.prior
            ),
            "before": reliability(answers, 1.0, n).error,
            "after": reliability(answers, n_images=n).error,
            "noise": calibration.noise(answers.after(n), answers.class_weight()),
        }

    return {
        "temperature": answers.temperature,
        **at(MAX_IMAGES),
        "by_images": [{"n_images": n, **at(n)} for n in IMAGES],
    }

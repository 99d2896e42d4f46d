"""Recalls before and after a fine-tuning, from its prediction table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rcnn.evaluation.tables import calibration_error
from skymovie import predictions
from skymovie.movies import MAX_IMAGES


def _recalls(table: pd.DataFrame, n_images: int) -> list[dict[str, float]]:
    """Recall by class after at most `n_images` images, one entry a trial."""
    last = predictions.at_most(table, n_images)
    return [predictions.recall(rows) for _, rows in last.groupby("trial")]


def _mean(recall: dict[str, float]) -> float:
    return float(np.mean(list(recall.values())))


def _spread(values: list[float]) -> float:
    """Sample standard deviation; zero where there is but one value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def summarize(table: pd.DataFrame, n_images: int = MAX_IMAGES) -> dict[str, Any]:
    """Recalls before and after, as `rcnn.finetuning.finetune.finetune` returns them."""
    as_it_was = table[table["classifier"] == "rcnn"]
    tuned = table[table["classifier"] == "rcnn_finetuned"]
    before, after = _recalls(as_it_was, n_images)[0], _recalls(tuned, n_images)
    means = [_mean(recall) for recall in after]
    same = [_mean(recall) for recall in _recalls(on_the_same(as_it_was, tuned), n_images)]
    return {
        "before": {
            "mean": _mean(before),
            "by_class": before,
            "calibration_error": calibration_error(as_it_was, n_images),
            "mean_on_the_same": float(np.mean(same)),
        },
        "after": {
            "mean": float(np.mean(means)),
            "std": _spread(means),
            "by_class": {name: float(np.mean([r[name] for r in after])) for name in after[0]},
            "calibration_error": calibration_error(tuned, n_images),
        },
        "n_real": int(as_it_was["object_id"].nunique()),
        "trials": len(after),
    }


def on_the_same(as_it_was: pd.DataFrame, tuned: pd.DataFrame) -> pd.DataFrame:
    """What the network said before about the movies by which each trial is judged after."""
    parts = []
    for trial, rows in tuned.groupby("trial"):
        judged = as_it_was["object_id"].isin(rows["object_id"].unique())
        parts.append(as_it_was[judged].assign(trial=trial))
    return pd.concat(parts)


def by_images(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The summary after each number of images from the third on."""
    lines = []
    for n in range(predictions.FIRST_PREDICTION, MAX_IMAGES + 1):
        summary = summarize(table, n)
        lines.append({"n_images": n, "before": summary["before"], "after": summary["after"]})
    return lines

"""How far confidence is from accuracy, from a prediction table alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcnn.model import calibration
from skymovie import CLASSES, predictions
from skymovie.movies import MAX_IMAGES


def calibration_error(
    table: pd.DataFrame, n_images: int = MAX_IMAGES, temperature: float = 1.0
) -> float:
    """Expected calibration error after at most `n_images` images, classes weighing alike.

    Parameters
    ----------
    table : DataFrame
        Predictions of one classifier on one sample; see `skymovie.predictions`. Of several trials
        the mean is taken.
    temperature : float
        By which the logits had been divided, to be undone: 1 to take the probabilities as they are.
    """
    last = predictions.at_most(table, n_images)
    errors = []
    for _, rows in last.groupby("trial"):
        p = rows[predictions.PROBABILITIES].to_numpy(np.float64)
        # ln p is the logits over the temperature but for a constant, which softmax ignores.
        p = calibration.softmax(np.log(np.maximum(p, 1e-30)), 1 / temperature)
        label = _codes(rows)
        weight = 1.0 / np.bincount(label, minlength=len(CLASSES))[label]
        errors.append(calibration.reliability(p, label, weight).error)
    return float(np.mean(errors))


def _codes(rows: pd.DataFrame) -> NDArray[np.int64]:
    return pd.Index(CLASSES).get_indexer(pd.Index(rows["label"])).astype(np.int64)

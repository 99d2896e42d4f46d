"""Prediction tables: what every classifier writes and the report reads.

One row is one object as seen after some number of images, by one classifier in one trial.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.classes import CLASSES
from surveys.errors import SkymovieError
from surveys.exposures import MIN_VISITS
from surveys.files import atomic
from surveys.files.paths import local

PROBABILITIES = [f"p_{name}" for name in CLASSES]
COLUMNS = ["classifier", "sample", "trial", "object_id", "label", "n_images", *PROBABILITIES]
FILE = "predictions.parquet"
VALIDATION_FILE = "validation_predictions.parquet"
"""Of the simulated movies by which classifiers are combined."""

FIRST_PREDICTION = MIN_VISITS
"""Images that must have been seen before the first prediction: one stack of n_w = 3."""


def table(
    probabilities: NDArray[Any],
    n_images: NDArray[Any],
    object_id: NDArray[Any],
    label: NDArray[Any],
    *,
    classifier: str,
    sample: str,
    trial: int = 0,
) -> pd.DataFrame:
    """Lay a batch of predictions out as rows.

    Parameters
    ----------
    probabilities : array, shape (N, T, C)
        Step t was made after ``t + FIRST_PREDICTION`` images.
    n_images : int array, shape (N,)
        Images each object has; later steps are padding and left out.
    object_id, label : str arrays, shape (N,)
    classifier : str
        Such as ``rcnn``, ``rcnn_finetuned``, ``forest``, ``forest_augmented``.
    sample : str
        ``simulated`` (the test part), ``validation`` or ``real``.
    trial : int
        Which random draw of real training movies, or which seed of the training (0 where there is
        only one).
    """
    N, T, _ = probabilities.shape
    seen = np.broadcast_to(np.arange(T) + FIRST_PREDICTION, (N, T))
    real = seen <= np.asarray(n_images)[:, None]
    row = np.broadcast_to(np.arange(N)[:, None], (N, T))[real]
    frame = pd.DataFrame(
        {
            "classifier": classifier,
            "sample": sample,
            "trial": trial,
            "object_id": np.asarray(object_id)[row],
            "label": np.asarray(label)[row],
            "n_images": seen[real],
        }
    )
    frame[PROBABILITIES] = probabilities[real].astype(np.float32)
    return frame


def write(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a table to a Parquet file, whole or not at all."""
    with atomic.replacing(path) as part, part.open("wb") as file:
        frame[COLUMNS].to_parquet(file, index=False)


def read(path: Path | str) -> pd.DataFrame:
    """Read a table.

    Raises
    ------
    SkymovieError
        If the file is not there, is no Parquet file, or lacks a column.
    """
    path = local(path)
    try:
        with path.open("rb") as file:  # Arrow takes names of files for UTF-8
            frame = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SkymovieError(
            f"{path}: expected a prediction table, got {reason}; run the classifier again"
        ) from error
    missing = [c for c in COLUMNS if c not in frame.columns]
    if missing:
        raise SkymovieError(
            f"{path}: expected the columns {', '.join(COLUMNS)}; {', '.join(missing)} not there; "
            "run the classifier again with this version"
        )
    return frame


def predicted(frame: pd.DataFrame) -> NDArray[Any]:
    """Name of the most probable class of each row."""
    return np.asarray(CLASSES)[frame[PROBABILITIES].to_numpy().argmax(axis=1)]


def at_most(frame: pd.DataFrame, n_images: int) -> pd.DataFrame:
    """Each object's last prediction made from at most `n_images` images.

    An object whose movie is shorter keeps the answer it got with its last image.
    """
    keys = ["classifier", "sample", "trial", "object_id"]
    rows = frame[frame["n_images"] <= n_images].sort_values("n_images", kind="stable")
    return rows.groupby(keys, sort=False).tail(1)


def recall(frame: pd.DataFrame) -> dict[str, float]:
    """Share of each class that is named rightly, for the classes that occur."""
    hit = predicted(frame) == frame["label"].to_numpy(dtype=str)
    shares = pd.Series(hit).groupby(frame["label"].to_numpy(dtype=str)).mean()
    return {name: float(shares[name]) for name in CLASSES if name in shares.index}

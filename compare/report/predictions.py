"""What a classifier said of each object after every image: prediction tables turned into arrays.

An object whose movie is shorter than the others keeps the answer that it got with its last image,
as `skymovie.predictions.at_most` has it, so that every number of images is judged on all objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.classes import CLASSES
from skymovie.movies import MAX_IMAGES
from skymovie.predictions import FIRST_PREDICTION, PROBABILITIES

IMAGES = np.arange(FIRST_PREDICTION, MAX_IMAGES + 1)
"""Numbers of images after which a classifier is judged, shape (T,)."""


@dataclass(frozen=True)
class Answers:
    """The answers of one classifier to K questions: one object in one trial is one question.

    Attributes
    ----------
    trial, label : int arrays, shape (K,)
        `label` is the index of the true class in `CLASSES`.
    object_id : str array, shape (K,)
    named : int array, shape (K, T)
        Index of the most probable class after each of `IMAGES`; −1 before the first prediction.
    confidence : array, shape (K,)
        Probability of the class that is named last.
    last : int array, shape (K,)
        Number of images that the last answer was made from.
    """

    trial: NDArray[np.int64]
    label: NDArray[np.int64]
    object_id: NDArray[Any]
    named: NDArray[np.int64]
    confidence: NDArray[np.float64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.trial)

    @property
    def hit(self) -> NDArray[np.bool_]:
        """Whether the true class was named after each number of images, shape (K, T)."""
        return self.named == self.label[:, None]


def answers(table: pd.DataFrame) -> Answers:
    """Gather the rows of one classifier on one sample.

    Parameters
    ----------
    table : pandas.DataFrame
        A prediction table (see `skymovie.predictions`) of a single classifier and sample.
    """
    rows = table[table["n_images"] <= MAX_IMAGES].sort_values("n_images", kind="stable")
    probability = rows[PROBABILITIES].to_numpy(np.float64)
    seen = rows["n_images"].to_numpy(np.int64)
    question = rows.groupby(["trial", "object_id"], sort=True).ngroup().to_numpy()
    K = question.max(initial=-1) + 1

    last_row = np.zeros(K, np.int64)
    last_row[question] = np.arange(len(rows))  # rows are in order of images: the last one stays
    step = np.full((K, len(IMAGES)), -1)
    step[question, seen - FIRST_PREDICTION] = np.arange(len(rows))
    step = np.maximum.accumulate(step, axis=1)  # carry the last answer on
    choice = probability.argmax(axis=1)
    last = rows.iloc[last_row]
    return Answers(
        trial=last["trial"].to_numpy(np.int64),
        label=pd.Categorical(last["label"], categories=CLASSES).codes.astype(np.int64),
        object_id=last["object_id"].to_numpy(dtype=np.str_),
        named=np.where(step < 0, -1, choice[step]),
        confidence=probability[last_row].max(axis=1),
        last=seen[last_row],
    )

"""Network and forest as one classifier: their probabilities multiplied, each with a weight.

A logarithmic opinion pool (Genest & Zidek 1986, Statistical Science 1, 114, §2): after n images

    p_c ∝ r_c^u(n) f_c^v(n),    u(n) = u₃ (1 − s) + u₂₂ s,    s = ln(n/3) / ln(22/3),

with the network's r and the forest's f, and v(n) as u(n). The four weights, none below zero, are
those of the smallest negative log-likelihood of the simulated validation movies, from which neither
classifier learnt its trees or weights. So few cannot learn what is peculiar to simulated movies;
classifiers that real movies have taught are joined with the same weights.

A forest of 25 trees often gives a class a probability of exactly zero, which would be a veto: both
classifiers' probabilities are mixed with 1 % of each class first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from skymovie.classes import CLASSES
from skymovie.movies import MAX_IMAGES
from skymovie.predictions import COLUMNS, FIRST_PREDICTION, PROBABILITIES

FLOOR = 0.01
JOINED = (
    ("simulated", "rcnn", "forest", "combined"),
    ("real", "rcnn", "forest", "combined"),
    ("real", "rcnn_finetuned", "forest_augmented", "combined_finetuned"),
)
"""Sample, the two that are joined, and what they make."""

KEYS = ["trial", "object_id", "n_images"]


@dataclass(frozen=True)
class LogOpinionPool:
    """The weights.

    Attributes
    ----------
    network, forest : tuple of two floats
        After 3 and after 22 images.
    """

    network: tuple[float, float]
    forest: tuple[float, float]

    def join(self, network: pd.DataFrame, forest: pd.DataFrame, name: str) -> pd.DataFrame:
        """What both say together.

        Parameters
        ----------
        network, forest : DataFrame
            Prediction tables, each of one classifier and sample. Answers that stand in one of the
            two alone are left out.
        name : str
            Of the classifier in the new table.

        Returns
        -------
        DataFrame
            A prediction table (see `skymovie.predictions`).
        """
        both = _matched(network, forest)
        logarithms = _logarithms(both)
        seen = both["n_images"].to_numpy(np.float64)
        scores = np.einsum("kjc,kj->kc", logarithms, _weights(seen, self._flat))
        out = both[COLUMNS[:6]].assign(classifier=name)
        out[PROBABILITIES] = softmax(scores, axis=1).astype(np.float32)
        return out

    @property
    def _flat(self) -> NDArray[np.float64]:
        return np.array([*self.network, *self.forest])


def fit(network: pd.DataFrame, forest: pd.DataFrame) -> LogOpinionPool:
    """The weights that serve best on the answers that both tables hold.

    Parameters
    ----------
    network, forest : DataFrame
        Prediction tables of the same simulated movies, which neither learnt from; each of one
        classifier. Every movie weighs alike, whatever its length.
    """
    both = _matched(network, forest)
    logarithms = _logarithms(both)
    seen = both["n_images"].to_numpy(np.float64)
    label = pd.Categorical(both["label"], categories=CLASSES).codes.astype(np.int64)
    share = 1 / both.groupby("object_id")["n_images"].transform("size").to_numpy(np.float64)
    share /= share.sum()
    slope = np.stack([1 - _position(seen), _position(seen)], axis=1)  # (K, 2)
    rows = np.arange(len(label))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.einsum("kjc,kj->kc", logarithms, _weights(seen, flat))
        logs = log_softmax(scores, axis=1)
        pull = np.exp(logs)
        pull[rows, label] -= 1
        by_weight = np.einsum("kc,kjc->kj", pull, logarithms) * share[:, None]
        return float(-(share * logs[rows, label]).sum()), np.einsum(
            "kj,ki->ji", by_weight, slope
        ).ravel()

    best = minimize(loss, np.full(4, 0.5), jac=True, method="L-BFGS-B", bounds=[(0, None)] * 4)
    u, v = best.x.reshape(2, 2).tolist()
    return LogOpinionPool((u[0], u[1]), (v[0], v[1]))


def answers(
    pool: LogOpinionPool, network: Mapping[tuple[str, str], pd.DataFrame], forest: pd.DataFrame
) -> pd.DataFrame:
    """All that can be joined, as one prediction table.

    Parameters
    ----------
    network : mapping of (sample, classifier) to DataFrame
        The network's prediction tables.
    forest : DataFrame
        The forests' prediction table; where one was grown with several seeds, the first is joined.
    """
    parts = []
    for sample, one, other, name in JOINED:
        if (sample, one) in network:
            rows = (
                first_seed(forest, sample, other) if one == "rcnn" else _of(forest, sample, other)
            )
            parts.append(pool.join(network[sample, one], rows, name))
    return pd.concat(parts, ignore_index=True)


def fit_to(validation: pd.DataFrame, forest: pd.DataFrame) -> LogOpinionPool:
    """`fit` to the network's table of the validation part and the forests' table."""
    return fit(_of(validation, "validation", "rcnn"), first_seed(forest, "validation", "forest"))


def _of(table: pd.DataFrame, sample: str, classifier: str) -> pd.DataFrame:
    return table[(table["sample"] == sample) & (table["classifier"] == classifier)]


def first_seed(table: pd.DataFrame, sample: str, classifier: str) -> pd.DataFrame:
    """What a classifier that was trained with several seeds said with the first."""
    rows = _of(table, sample, classifier)
    return rows[rows["trial"] == 0]


def _matched(network: pd.DataFrame, forest: pd.DataFrame) -> pd.DataFrame:
    wanted = forest[[*KEYS, *PROBABILITIES]]
    return network.merge(wanted, on=KEYS, suffixes=("", "_forest"), validate="one_to_one")


def _logarithms(both: pd.DataFrame) -> NDArray[np.float64]:
    """Shape (K, 2, C)."""
    forest = [f"{name}_forest" for name in PROBABILITIES]
    p = np.stack([both[PROBABILITIES].to_numpy(float), both[forest].to_numpy(float)], axis=1)
    return np.log((1 - len(CLASSES) * FLOOR) * p + FLOOR)


def _position(n_images: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 after 3 images, 1 after 22 and more."""
    s = np.log(n_images / FIRST_PREDICTION) / np.log(MAX_IMAGES / FIRST_PREDICTION)
    return np.clip(s, 0, 1)


def _weights(n_images: NDArray[np.float64], flat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of network and forest, shape (K, 2)."""
    s = _position(n_images)[:, None]
    first, last = flat.reshape(2, 2).T
    return first * (1 - s) + last * s

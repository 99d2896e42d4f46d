"""Gradient boosting on the forest's features: what an expert would try first today.

scikit-learn's histogram booster, which follows LightGBM (Ke et al. 2017). It adds trees until the
loss on validation objects falls no more. One booster answers after any number of images: the number
is a feature, and a training object enters as it was after a few numbers of images drawn at random
and after its last. Real light curves enter with the weight of the copies that the forest gets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from lightcurve_rf.samples import STEPS, Sample
from skymovie.classes import CLASSES


@dataclass(frozen=True)
class BoostingSettings:
    """Shape of a booster.

    Attributes
    ----------
    rounds : int
        Trees a class at most.
    patience : int
        Rounds without a smaller validation loss after which it ends.
    leaves : int
        Of a tree.
    features : float
        Share of the features that is looked at for a split.
    views : int
        Random numbers of images after which each training object enters, beside its last.
    weight : float
        Of a real light curve, where a simulated one has 1: the forest's number of copies.
    """

    rounds: int = 200
    patience: int = 10
    leaves: int = 15
    features: float = 0.3
    views: int = 3
    weight: float = 100.0


@dataclass(frozen=True)
class Booster:
    """A trained booster."""

    model: HistGradientBoostingClassifier

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Class probabilities, shape (N, T, C), from features after each of `STEPS`, (N, T, F)."""
        N, T, _ = features.shape
        steps = np.broadcast_to(np.arange(T), (N, T))
        out = np.zeros((N, T, len(CLASSES)))
        flat = _with_number(features.reshape(N * T, -1), steps.ravel())
        out[..., self.model.classes_] = self.model.predict_proba(flat).reshape(N, T, -1)
        return out


def train(
    training: Sample,
    validation: Sample,
    settings: BoostingSettings,
    seed: list[int],
    real: Sample | None = None,
) -> Booster:
    """Boost until the validation loss falls no more.

    Parameters
    ----------
    training, validation : Sample
        Simulated.
    seed : list of int
        Of the numbers of images that are drawn and of the booster.
    real : Sample, optional
        Real movies that are learnt from as well.
    """
    rng = np.random.default_rng(seed)
    X, y = views(training, settings.views, rng)
    weight = np.ones(len(y))
    if real is not None:
        more, label = views(real, settings.views, rng)
        X, y = np.concatenate([X, more]), np.concatenate([y, label])
        weight = np.concatenate([weight, np.full(len(label), settings.weight)])
    X_val, y_val = views(validation, settings.views, rng)
    known = np.isin(y_val, y)  # a class that is not trained on has no loss
    model = HistGradientBoostingClassifier(
        max_iter=settings.rounds,
        max_leaf_nodes=settings.leaves,
        max_features=settings.features,
        early_stopping=True,
        n_iter_no_change=settings.patience,
        random_state=int(rng.integers(2**31)),
    )
    model.fit(X, y, weight, X_val=X_val[known], y_val=y_val[known])
    return Booster(model)


def views(
    sample: Sample, n: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Each object after `n` random numbers of images and after its last.

    Returns
    -------
    features : array, shape (N (n + 1), F + 1)
        The last column is the number of images.
    label : int array, shape (N (n + 1),)
    """
    last = np.clip(sample.n_images - STEPS.start, 0, len(STEPS) - 1)
    drawn = rng.integers(0, last[:, None] + 1, (len(sample), n))
    step = np.concatenate([drawn, last[:, None]], axis=1)
    rows = np.repeat(np.arange(len(sample)), n + 1)
    flat = _with_number(sample.features[rows, step.ravel()], step.ravel())
    return flat, sample.label[rows]


def _with_number(features: NDArray[np.float64], step: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.column_stack([features, STEPS.start + step])

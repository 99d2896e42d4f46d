"""The paper's light-curve classifier: a random forest on FATS features.

Carrasco-Davis et al. (2018, arXiv:1807.03869) found 25 trees of depth 15 best, and also trained on
a set to which ten real light curves a class were added, each copied 100 times.

There is a forest for each number of images, because the value of most features depends on how many
points there are: the one that answers after n images was grown on the features of the training
objects after n images. A training object with fewer enters with the features of its last. (A single
forest on the features of all steps is better by 0.02 in accuracy from 600 training objects, no
better from 5,000 and worse by 0.01 from 10,000; one grown on whole light curves alone knows 27 % of
the objects after three images instead of 54 %.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils.parallel import Parallel, delayed

from skymovie.classes import CLASSES


@dataclass(frozen=True)
class ForestSettings:
    """Shape of a forest.

    Attributes
    ----------
    trees, depth : int
        Best of the paper's grid search (Carrasco-Davis et al. 2018); ours is in
        `lightcurve_rf.search`.
    copies : int
        How often each real light curve enters the augmented training set (ibid.).
    """

    trees: int = 25
    depth: int = 15
    copies: int = 100


@dataclass(frozen=True)
class Forest:
    """T random forests, one for each number of images."""

    steps: list[RandomForestClassifier]

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Class probabilities.

        Parameters
        ----------
        features : array, shape (N, T, F)
            After as many images as in training, step by step.

        Returns
        -------
        array, shape (N, T, C)
            In the order of `CLASSES`; 0 for a class that was not trained on.
        """
        out = np.zeros((*features.shape[:2], len(CLASSES)))
        for t, forest in enumerate(self.steps):
            out[:, t, forest.classes_] = forest.predict_proba(features[:, t])
        return out


def train(
    features: NDArray[np.float64],
    label: NDArray[np.int64],
    settings: ForestSettings,
    rng: np.random.Generator,
) -> Forest:
    """Grow a forest for each step.

    Parameters
    ----------
    features : array, shape (N, T, F)
    label : int array, shape (N,)
        Index of the class in `CLASSES`.
    """
    forests = [
        RandomForestClassifier(
            n_estimators=settings.trees,
            max_depth=settings.depth,
            random_state=int(rng.integers(2**31)),
        )
        for _ in range(features.shape[1])
    ]
    fits = (delayed(f.fit)(features[:, t], label) for t, f in enumerate(forests))
    return Forest(Parallel(n_jobs=-1, prefer="threads")(fits))


def augment(
    features: NDArray[np.float64],
    label: NDArray[np.int64],
    real_features: NDArray[np.float64],
    real_label: NDArray[np.int64],
    settings: ForestSettings,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Simulated and real light curves as one training set, each real one copied many times."""
    return (
        np.concatenate([features, np.repeat(real_features, settings.copies, axis=0)]),
        np.concatenate([label, np.repeat(real_label, settings.copies)]),
    )

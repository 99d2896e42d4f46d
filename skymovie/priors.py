"""How common the classes are: what a classifier was taught, and what labelled real movies say.

A classifier answers as if the classes were as common as in its training (Saerens, Latinne &
Decaestecker 2002, Neural Computation 14, 21). Simulated movies hold all seven equally, whatever a
survey's sample holds. A few labelled real movies know better: what does not occur among forty
objects is not common among the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skymovie.classes import CLASSES


def shares(label: NDArray[Any], weight: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Share of each class in a training set, shape (C,).

    Parameters
    ----------
    label : int array, shape (N,)
        Codes of the classes.
    weight : array, shape (N,), optional
        Of each object; one by default.
    """
    counts = np.bincount(label, weight, minlength=len(CLASSES))
    return np.asarray(counts / counts.sum(), float)


def of_sample(label: NDArray[Any]) -> NDArray[np.float64]:
    """How common the classes are, judged by a small sample: (n_c + 1) / (N + C), shape (C,).

    Laplace's rule of succession (1814): the mean of what is likely if all shares were as likely
    before. A class that was not found is rare, never impossible.

    Parameters
    ----------
    label : int array, shape (N,)
        Codes of the classes.
    """
    return shares(np.concatenate([label, np.arange(len(CLASSES))]))


def shifted(
    probabilities: NDArray[Any], taught: NDArray[Any], wanted: NDArray[Any]
) -> NDArray[np.float64]:
    """Probabilities of a classifier where classes are as common as `wanted` (ibid., Eq. 2.4).

    Parameters
    ----------
    probabilities : array, shape (…, C)
    taught, wanted : array, shape (C,)
        Shares of the classes in training, and where it answers. An answer of nothing but classes
        that were not taught stays as it is.
    """
    ratio = np.divide(wanted, taught, out=np.zeros(len(CLASSES)), where=np.asarray(taught) > 0)
    moved = np.asarray(probabilities, float) * ratio
    total = moved.sum(axis=-1, keepdims=True)
    return np.divide(moved, total, out=np.array(probabilities, float), where=total > 0)

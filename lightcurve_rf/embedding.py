"""The six most important features on a plane: do real light curves lie where simulated ones do?

t-SNE (van der Maaten & Hinton 2008, JMLR 9, 2579) of what the forest looks at, as Figure 14 of
Carrasco-Davis et al. (2018). Features differ in units and tails by orders of magnitude, so that
each is first given the normal deviate of its rank. A plane keeps neighbours, not distances: what is
told of it in numbers is who the neighbours are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import QuantileTransformer

from lightcurve_rf.samples import Sample
from skymovie.classes import CLASSES

DIMENSIONS = 6
"""Features that are laid out: as many as in the paper."""

EACH = 90
"""Simulated objects of each class at most."""

PERPLEXITY = 30.0
NEIGHBOURS = 10

SIMULATED, REAL, TAUGHT = "simulated", "real", "taught"
"""Samples; the last are the real objects that the augmented forest learns from in trial 0."""


def embed(
    simulated: Sample,
    real: Sample,
    taught: NDArray[np.int64],
    names: Sequence[str],
    important: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Lay simulated and real objects out by their features after the last image.

    Parameters
    ----------
    simulated, real : Sample
    taught : int array
        Rows of the real objects that are learnt from.
    names : sequence of F str
        Of the features.
    important : sequence of str
        Their names, the most important first.
    seed : int

    Returns
    -------
    dict
        ``features`` that were used; ``points`` of each sample (``x``, ``y`` and ``label``);
        ``neighbours``: see `neighbours`.
    """
    chosen = list(important[:DIMENSIONS])
    columns = [list(names).index(name) for name in chosen]
    rows = _some_of_each(simulated.label)
    features = np.concatenate(
        [s.features[r, -1][:, columns] for s, r in ((simulated, rows), (real, slice(None)))]
    )
    label = np.concatenate([simulated.label[rows], real.label])
    sample = np.array([SIMULATED] * len(rows) + [REAL] * len(real))
    sample[len(rows) + taught] = TAUGHT
    N = len(label)
    ranks = QuantileTransformer(n_quantiles=min(1000, N), output_distribution="normal")
    plane = TSNE(perplexity=min(PERPLEXITY, (N - 1) / 3), init="pca", random_state=seed)
    place = plane.fit_transform(ranks.fit_transform(features)).astype(np.float64)
    return {
        "features": chosen,
        "points": {
            name: {
                "x": place[sample == name, 0].round(2).tolist(),
                "y": place[sample == name, 1].round(2).tolist(),
                "label": [CLASSES[code] for code in label[sample == name]],
            }
            for name in (SIMULATED, REAL, TAUGHT)
        },
        "neighbours": neighbours(place, label, sample != SIMULATED),
    }


def neighbours(
    place: NDArray[np.float64], label: NDArray[np.int64], real: NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    """Of whom the `NEIGHBOURS` nearest are, mean over the real objects of each class.

    Parameters
    ----------
    place : array, shape (N, 2)
    label : int array, shape (N,)
        Index in `CLASSES`.
    real : bool array, shape (N,)

    Returns
    -------
    dict
        By class that occurs among the real objects: ``own_class``, the share of its nearest
        simulated objects that are of its class; ``own_class_simulated``, the same of a simulated
        object's; ``real``, the share of real ones among its nearest of its own class, and
        ``real_if_mixed``, what that would be if real and simulated ones were mixed at random.
    """
    found = {}
    for code in np.unique(label[real]):
        own = label == code
        n, n_real = int(own.sum()), int((own & real).sum())
        among = _nearest(place, own & real, ~real)
        simulated = _nearest(place, own & ~real, ~real)
        mixed = _nearest(place, own & real, own)
        found[CLASSES[code]] = {
            "own_class": _mean(own[among]),
            "own_class_simulated": _mean(own[simulated]),
            "real": _mean(real[mixed]),
            "real_if_mixed": (n_real - 1) / (n - 1) if n > 1 else 0.0,
        }
    return found


def _nearest(
    place: NDArray[np.float64], of: NDArray[np.bool_], among: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rows of the objects nearest to each of some, itself not counted; shape (M, K)."""
    rows, asked = np.flatnonzero(among), np.flatnonzero(of)
    k = min(NEIGHBOURS + 1, len(rows))
    if not k or not len(asked):
        return np.zeros((0, 0), np.int64)
    near = NearestNeighbors(n_neighbors=k).fit(place[rows])
    nearest = rows[near.kneighbors(place[asked], return_distance=False)]
    # Itself, where it is among them, else the farthest, goes.
    gone = nearest == asked[:, None]
    gone[~gone.any(axis=1), -1] = True
    return nearest[~gone].reshape(len(asked), k - 1)


def _some_of_each(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first `EACH` objects of each class."""
    return np.concatenate([np.flatnonzero(label == code)[:EACH] for code in np.unique(label)])


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else 0.0

"""How deep and how many: the forest's shape by its accuracy on validation objects.

Every pair of `DEPTHS` and `TREES` is grown on the training objects and judged on the validation
objects, after their last image. More trees are never worse but for chance, so the best of all would
mostly be the largest. Taken is the smallest forest that is no worse than the best by more than one
standard error of their difference on the same objects (the rule of Breiman et al. 1984,
Classification and Regression Trees, §3.4.3, with paired errors). Trees are nested: a forest of 50
is one of 25 with 25 more, so that each depth is grown once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from lightcurve_rf.forest import ForestSettings

DEPTHS = (5, 10, 15, 20)
TREES = (10, 25, 50, 100)

MOST = 50_000
"""Training objects that the search looks at."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes
    ----------
    settings : ForestSettings
    grid : list of dict
        ``trees``, ``depth``, ``accuracy`` of each forest that was tried, smallest first.
    """

    settings: ForestSettings
    grid: list[dict[str, Any]]


def search(
    features: NDArray[np.float64],
    label: NDArray[np.int64],
    validation_features: NDArray[np.float64],
    validation_label: NDArray[np.int64],
    *,
    seed: int,
    settings: ForestSettings | None = None,
    depths: tuple[int, ...] | None = None,
    trees: tuple[int, ...] | None = None,
) -> Found:
    """Choose depth and number of trees.

    Parameters
    ----------
    features, validation_features : arrays, shapes (N, F) and (M, F)
        After the last image.
    label, validation_label : int arrays, shapes (N,) and (M,)
        Indices in `CLASSES`.
    seed : int
        Of the trees.
    settings : ForestSettings, optional
        Gives all else.
    depths, trees : tuples of int, optional
        By default `DEPTHS` and `TREES`.
    """
    right = {}
    for depth in sorted(depths or DEPTHS):
        forest = RandomForestClassifier(
            max_depth=depth, warm_start=True, random_state=seed, n_jobs=-1
        )
        for number in sorted(trees or TREES):
            forest.set_params(n_estimators=number).fit(features[:MOST], label[:MOST])
            right[number, depth] = forest.predict(validation_features) == validation_label
    settings = settings or ForestSettings()
    trees_, depth = smallest_of_the_best(right)
    grid = [
        {"trees": n, "depth": d, "accuracy": float(hit.mean())}
        for (n, d), hit in sorted(right.items())
    ]
    return Found(replace(settings, trees=trees_, depth=depth), grid)


def smallest_of_the_best(right: dict[tuple[int, int], NDArray[np.bool_]]) -> tuple[int, int]:
    """The smallest (trees, depth) no worse than the best by more than a paired standard error.

    Parameters
    ----------
    right : dict of bool arrays, shape (M,)
        Whether each object was named rightly, by (trees, depth).
    """
    best = max(sorted(right), key=lambda shape: right[shape].mean())
    for shape in sorted(right):
        behind = right[best].astype(float) - right[shape]
        if behind.mean() <= behind.std() / np.sqrt(len(behind)):
            return shape
    return best

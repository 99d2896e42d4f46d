"""What a forest looks at: how much worse it gets when a feature is shuffled among the objects.

Permutation importance (Breiman 2001, Machine Learning 45, 5, §10) on validation objects, after
their last image. Of two features that tell the same, each alone seems unimportant: the forest has
the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance

MOST = 2000
"""Objects that are looked at."""

REPEATS = 5


def importance(
    forest: RandomForestClassifier,
    features: NDArray[np.float64],
    label: NDArray[np.int64],
    names: tuple[str, ...],
    seed: int,
) -> list[dict[str, Any]]:
    """Loss of accuracy by feature, the most important first.

    Parameters
    ----------
    features : array, shape (N, F)
    label : int array, shape (N,)
    names : tuple of F str

    Returns
    -------
    list of dict
        ``feature``; ``mean`` and ``std`` of the loss over `REPEATS` shuffles.
    """
    found = permutation_importance(
        forest,
        features[:MOST],
        label[:MOST],
        scoring="accuracy",
        n_repeats=REPEATS,
        random_state=seed,
    )
    order = np.argsort(-found.importances_mean, kind="stable")
    return [
        {
            "feature": names[k],
            "mean": float(found.importances_mean[k]),
            "std": float(found.importances[k].std(ddof=1)),
        }
        for k in order
    ]

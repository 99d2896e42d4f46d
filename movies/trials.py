"""Which real movies train and which are held out, the same for every classifier."""

import numpy as np
from numpy.typing import NDArray

from movies.classes import CLASSES, check_known
from movies.movie import Movies
from surveys.errors import UsageError


def draw(movies: Movies, per_class: int, trials: int, seed: int = 0) -> list[NDArray[np.int64]]:
    """Choose `per_class` movies of every class that occurs, anew for each trial.

    The draw depends on the object names alone, not on the order of the files.

    Returns
    -------
    list of int arrays
        Rows of `movies` to train on; all other rows are for evaluation.

    Raises
    ------
    UsageError
        If a class has `per_class` movies or fewer, so that none is left to evaluate, or is none
        that the classifiers know.
    """
    if per_class < 1 or trials < 1:
        raise UsageError(
            f"expected at least one real movie a class and one trial, came {per_class} and {trials}"
        )
    check_known(movies.truth["label"], movies.origin or "real movies")
    names, label = movies.object_id, movies.label
    groups = [
        rows[np.argsort(names[rows])]
        for code in range(len(CLASSES))
        if len(rows := np.flatnonzero(label == code))
    ]
    for rows in groups:
        if len(rows) <= per_class:
            raise UsageError(
                f"expected more than {per_class} real movies of each class, came {len(rows)} of "
                f"{CLASSES[label[rows[0]]]}; use a smaller --real-samples or add movies"
            )
    chosen = []
    for trial in range(trials):
        rng = np.random.default_rng([seed, trial])
        picks = [rng.choice(rows, per_class, replace=False) for rows in groups]
        chosen.append(np.sort(np.concatenate(picks)))
    return chosen

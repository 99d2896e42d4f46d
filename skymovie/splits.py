"""Which real movies train and which are held out, the same for every classifier."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from skymovie.classes import CLASSES, check_known
from skymovie.movies import Movies
from surveys.errors import UsageError

PARTS = ("all", "tuning", "held-out")
"""Real movies to judge by: every one; those that settings are chosen by; those that nothing is."""


def in_part(names: NDArray[np.str_], part: str) -> NDArray[np.bool_]:
    """Which objects belong to a part of the real movies, shape (N,).

    One bit of a hash of the name decides, so that an object is on the same side for good, whatever
    other objects there are.

    Raises
    ------
    UsageError
        If there is no such part.
    """
    if part not in PARTS:
        raise UsageError(f"expected a part among {', '.join(PARTS)}; got {part!r}")
    if part == "all":
        return np.ones(len(names), bool)
    held_out = [hashlib.sha256(str(name).encode()).digest()[0] % 2 == 1 for name in names]
    return np.array(held_out, bool) == (part == "held-out")


def draw(
    movies: Movies, per_class: int, trials: int, seed: int = 0, part: str = "all"
) -> list[NDArray[np.int64]]:
    """Choose `per_class` movies of every class that occurs to train on, anew for each trial.

    The draw depends on the object names alone, not on the order of the files. Of the part
    ``held-out`` nothing is trained on: its movies judge what ten a class of ``tuning`` have taught.

    Returns
    -------
    list of int arrays
        Rows of `movies` to train on; those of the part that are not among them judge.

    Raises
    ------
    UsageError
        If a class has so few movies that none is left to judge by, or is none that the classifiers
        know.
    """
    if per_class < 1 or trials < 1:
        raise UsageError(
            f"expected at least one real movie a class and one trial, got {per_class} and {trials}"
        )
    check_known(movies.truth["label"], movies.origin or "real movies")
    names, label = movies.object_id, movies.label
    judged = in_part(names, part)
    trained = in_part(names, "tuning") if part == "held-out" else judged
    spared = 0 if part == "held-out" else per_class
    groups = []
    for code in np.unique(label):
        rows = np.flatnonzero(trained & (label == code))
        if len(rows) < per_class or (judged & (label == code)).sum() <= spared:
            raise UsageError(
                f"expected more than {per_class} real movies of each class, got {len(rows)} of "
                f"{CLASSES[code]}{'' if part == 'all' else f' ({part})'}; use a smaller "
                "--real-samples or add movies"
            )
        groups.append(rows[np.argsort(names[rows])])
    chosen = []
    for trial in range(trials):
        rng = np.random.default_rng([seed, trial])
        picks = [rng.choice(rows, per_class, replace=False) for rows in groups]
        chosen.append(np.sort(np.concatenate(picks)))
    return chosen

"""What one image more costs the forest: measure it, all features anew, ask.

Each feature is of the whole light curve, so that the later image costs more.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from numpy.typing import NDArray

from lightcurve_rf.features import extract
from lightcurve_rf.forest import Forest
from lightcurve_rf.samples import STEPS
from skymovie.measure.photometry import measure
from skymovie.movies import Movies
from skymovie.store import cost

ROUNDS = 5


def update_cost(forest: Forest, movies: Movies) -> dict[str, Any] | None:
    """Measure the update of many objects at once; see `skymovie.store.cost`.

    Parameters
    ----------
    forest : Forest
    movies : Movies
        Of which those with 22 images are taken, `skymovie.store.cost.BATCH` at most.

    Returns
    -------
    dict or None
        As `skymovie.store.cost.record` has it; None where no movie has 22 images.
    """
    whole = cost.complete(movies)
    if not len(whole):
        return None
    curves = measure(whole)
    columns = (curves.time, curves.magnitude, curves.magnitude_error)
    seconds = []
    for n in cost.AFTER:
        new, so_far = cost.image(whole, n), [column[:, :n] for column in columns]
        call = partial(_update, forest, n, new, so_far)
        call()  # compiles what is compiled
        seconds.append([cost.timed(call)[0] for _ in range(ROUNDS)])
    return cost.record(seconds, len(whole))


def _update(forest: Forest, n: int, new: Movies, so_far: list[NDArray[Any]]) -> NDArray[Any]:
    """Photometry of the new image, features of the light curve that it ends, the answer."""
    measure(new)
    return forest.steps[n - STEPS.start].predict_proba(extract(*so_far))

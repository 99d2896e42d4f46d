"""What one image more costs the network: states read, one step, states written."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rcnn.stream import Images, Stream
from skymovie.movies import MAX_IMAGES, Movies
from skymovie.store import cost
from surveys.files import temporary

if TYPE_CHECKING:
    from rcnn.model.classifier import RCNN

ROUNDS = 3


def image_cost(model: RCNN, movies: Movies) -> dict[str, Any] | None:
    """Stream many objects at once, image by image; see `skymovie.store.cost`. Takes a few seconds.

    Parameters
    ----------
    model : RCNN
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
    seconds: dict[int, list[cost.Seconds]] = {n: [] for n in cost.AFTER}
    with temporary.folder() as folder, Stream(model, folder / "s.db") as stream:
        for number in range(1 + ROUNDS):  # the first one compiles
            names = [f"{name} {number}" for name in whole.object_id]
            objects = replace(whole, truth=whole.truth.assign(object_id=names))
            for n in range(1, MAX_IMAGES + 1):
                new = Images.of(cost.image(objects, n))
                took, _ = cost.timed(partial(stream.update, new))
                if number and n in seconds:
                    seconds[n].append(took)
    return cost.record(list(seconds.values()), len(whole))

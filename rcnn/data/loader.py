"""Movies as the network takes them: arrays from `Movies`, and batches from a store.

Which movies a batch holds is decided by `rcnn.data.order`; here they are read. One group of blocks
is in use, one lies ready and one is being read, so that memory is bounded whatever the size of the
store, and training waits for the disk only where the disk is slower than the network. Images stay
uint16.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rcnn.data import order
from rcnn.network.network import NO_LABEL
from rcnn.network.preprocess import STACK
from skymovie import Movies
from skymovie.movies import concatenate
from skymovie.store.movie_store import MovieStore

Arrays = dict[str, NDArray[Any]]
Item = TypeVar("Item")


def inputs(sequences: Movies) -> Arrays:
    """The network's inputs; see `rcnn.network.preprocess.Preprocess.call`.

    Times are taken from the first image in float64 here, since an MJD in float32 is good to five
    minutes only.

    Parameters
    ----------
    sequences : Movies
        As `Movies.sequences` gives them.
    """
    mjd = sequences.conditions("mjd")
    per_image = {name: sequences.conditions(name) for name in ("sky", "zero_point", "seeing")}
    per_image["days"] = mjd - mjd[:, :1]
    return {
        "images": sequences.images,
        **{name: np.nan_to_num(v).astype(np.float32) for name, v in per_image.items()},
        "n_images": sequences.n_images.astype(np.int32),
    }


def labels(sequences: Movies) -> NDArray[np.int32]:
    """Target of each step, shape (N, T); `NO_LABEL` where the step is padding."""
    T = sequences.exposure.shape[1] - STACK + 1
    real = np.arange(T) + STACK <= sequences.n_images[:, None]
    return np.where(real, sequences.label[:, None], NO_LABEL).astype(np.int32)


def orient(images: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Turn each movie by a random multiple of 90° and mirror half of them; (N, E, S, S)."""
    return turned(images, rng.integers(order.POSES, size=len(images)))


def turned(images: NDArray[Any], poses: NDArray[np.int64]) -> NDArray[Any]:
    """Turn movies (N, E, S, S) by as many right angles as poses (N,) say, from 4 on mirrored."""
    out = np.empty_like(images)
    for pose in range(order.POSES):
        rows = poses == pose
        rotated = np.rot90(images[rows], pose % 4, axes=(2, 3))
        out[rows] = rotated[..., ::-1] if pose >= 4 else rotated
    return out


def read_block(store: MovieStore, part: str, block: slice) -> Movies:
    """The movies of one block as they are classified, whose truth alone is read."""
    rows = np.arange(block.start, block.stop)
    truth = store.truth_block(part, store.blocks(part).index(block))
    return store.read_written(part, rows, truth).sequences()


def training_batches(
    store: MovieStore, batch: int, seed: int, augment: bool, start: int = 0
) -> Iterator[tuple[Arrays, NDArray[np.int32]]]:
    """Shuffled batches without end, from number `start` on; see `rcnn.data.order.groups`."""

    def read() -> Iterator[tuple[order.Group, Movies]]:
        for group in order.groups(store, batch, seed, augment, start):
            yield group, concatenate([read_block(store, "train", b) for b in group.blocks])

    with closing(ahead(read(), depth=1)) as groups:
        for group, movies in groups:
            place = np.argsort(group.rows)
            for each in group.batches:
                here = place[np.searchsorted(group.rows, each.rows, sorter=place)]
                part = movies.select(here)
                arrays = inputs(part)
                if augment:
                    arrays["images"] = turned(arrays["images"], each.poses)
                yield arrays, labels(part)


def in_batches(
    store: MovieStore, part: str, batch: int, limit: int | None = None
) -> Iterator[Movies]:
    """The sequences of a part in the order of the store, at most `limit` movies."""
    left = store.sizes[part] if limit is None else min(limit, store.sizes[part])
    for block in store.blocks(part):
        if left <= 0:
            return
        movies = read_block(store, part, block)
        for first in range(0, min(left, len(movies)), batch):
            yield movies.select(np.arange(first, min(first + batch, left, len(movies))))
        left -= len(movies)


def ahead(items: Iterator[Item], depth: int = 4) -> Generator[Item]:
    """The same items, made by a thread while the earlier ones are in use."""
    ready: queue.Queue[Any] = queue.Queue(depth)
    stop = threading.Event()

    def make() -> None:
        try:
            for item in items:
                while not stop.is_set():
                    try:
                        ready.put((item, None), timeout=0.2)
                        break
                    except queue.Full:
                        continue
                if stop.is_set():
                    return
            ready.put((None, StopIteration()))
        except BaseException as error:  # handed over to the reader, who raises it
            ready.put((None, error))

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item
    finally:
        stop.set()
        thread.join()

"""Movies as the network takes them: arrays from `Movies`, and shuffled batches from a store.

The order of a training's batches is a pure function of the seed: blocks of the store are shuffled
anew in every pass, read a few at a time, and their movies shuffled among one another. A resumed
training therefore goes on with the batch that was next, having read nothing of what came before.
Memory is bounded by `BUFFER` blocks whatever the size of the store.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from movies import Movies
from movies.movie import concatenate
from movies.store import MovieStore
from rcnn.network import NO_LABEL
from rcnn.preprocess import STACK
from surveys.errors import UsageError

BUFFER = 8
"""Blocks among whose movies the batches are shuffled: 8 × 448 movies, about 90 MB."""

Arrays = dict[str, NDArray[Any]]
Item = TypeVar("Item")


def inputs(sequences: Movies) -> Arrays:
    """The network's inputs; see `rcnn.preprocess.Preprocess.call`.

    Times are taken from the first image in float64 here, since an MJD in float32 is good to five
    minutes only.

    Parameters
    ----------
    sequences : Movies
        As `Movies.sequences` gives them.
    """
    sky, zero_point, mjd = (sequences.conditions(column) for column in ("sky", "zero_point", "mjd"))
    days = mjd - mjd[:, :1]
    return {
        "images": sequences.images,
        "sky": np.nan_to_num(sky).astype(np.float32),
        "zero_point": np.nan_to_num(zero_point).astype(np.float32),
        "days": np.nan_to_num(days).astype(np.float32),
        "n_images": sequences.n_images.astype(np.int32),
    }


def labels(sequences: Movies) -> NDArray[np.int32]:
    """Target of each step, shape (N, T); `NO_LABEL` where the step is padding."""
    T = sequences.exposure.shape[1] - STACK + 1
    real = np.arange(T) + STACK <= sequences.n_images[:, None]
    return np.where(real, sequences.label[:, None], NO_LABEL).astype(np.int32)


def orient(images: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Turn each movie by a random multiple of 90° and mirror half of them; (N, E, S, S)."""
    turns = rng.integers(8, size=len(images))
    out = np.empty_like(images)
    for turn in range(8):
        rows = turns == turn
        turned = np.rot90(images[rows], turn % 4, axes=(2, 3))
        out[rows] = turned[..., ::-1] if turn >= 4 else turned
    return out


def _groups(store: MovieStore, batch: int, seed: int) -> Iterator[tuple[list[slice], int, int]]:
    """Without end: blocks to read together, the pass they belong to, batches they give."""
    blocks = store.blocks("train")
    if not blocks:
        raise UsageError("expected a movie store with a training part, came an empty one")
    turn = 0
    while True:
        order = np.random.default_rng([seed, turn]).permutation(len(blocks))
        for first in range(0, len(order), BUFFER):
            group = [blocks[k] for k in order[first : first + BUFFER]]
            size = sum(block.stop - block.start for block in group)
            yield group, turn, max(size // batch, 1)
        turn += 1


def training_batches(
    store: MovieStore, batch: int, seed: int, augment: bool, start: int = 0
) -> Iterator[tuple[Arrays, NDArray[np.int32]]]:
    """Shuffled batches without end, from number `start` on.

    Up to ``batch − 1`` movies of a group, others in each pass, are left out so that batches are
    full; a store smaller than one batch gives all its movies.
    """
    number = 0
    for group, turn, count in _groups(store, batch, seed):
        if number + count <= start:
            number += count
            continue
        movies = concatenate([store.read("train", block).sequences() for block in group])
        key = [seed, turn, group[0].start]
        order = np.random.default_rng([*key, 1]).permutation(len(movies))
        for k in range(count):
            if number >= start:
                part = movies.select(order[k * batch : (k + 1) * batch])
                arrays = inputs(part)
                if augment:
                    rng = np.random.default_rng([*key, 2, k])
                    arrays["images"] = orient(arrays["images"], rng)
                yield arrays, labels(part)
            number += 1


def in_batches(
    store: MovieStore, part: str, batch: int, limit: int | None = None
) -> Iterator[Movies]:
    """The sequences of a part in the order of the store, at most `limit` movies."""
    left = store.sizes[part] if limit is None else min(limit, store.sizes[part])
    for block in store.blocks(part):
        movies = store.read(part, slice(block.start, min(block.stop, block.start + left)))
        for first in range(0, len(movies), batch):
            yield movies.select(np.arange(first, min(first + batch, len(movies)))).sequences()
        left -= len(movies)
        if left <= 0:
            return


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

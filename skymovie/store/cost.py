"""What one image more costs a classifier, measured alike for all of them.

Each classifier is given the next image of many objects at once, after three images and after 21.
Counted is the least time of several rounds, by the clock and of the processor: a machine that has
something else to do can only add to it.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skymovie.movies import MAX_IMAGES, Movies
from skymovie.store.movie_store import MovieStore
from surveys import processors
from surveys.errors import SkymovieError
from surveys.files import atomic

FILE = "cost.json"
"""What a classifier that writes its answers into a folder puts beside them."""

BATCH = 256
"""Objects at most whose images come together."""

AFTER = (4, MAX_IMAGES)
"""Numbers of images, the new one counted."""

Seconds = tuple[float, float]
"""By the clock, and of the processor."""


def some(store: MovieStore) -> Movies:
    """Movies of a store's test part to measure on: twice as many as come together, if there are."""
    return store.read("test", slice(0, min(2 * BATCH, store.sizes["test"])))


def complete(movies: Movies, n: int | None = BATCH) -> Movies:
    """The first `n` movies that have 22 images or more, from their first image on."""
    sequences = replace(movies, truth=movies.truth.assign(start=0)).sequences()
    return sequences.select(np.flatnonzero(sequences.n_images == MAX_IMAGES)[:n])


def image(movies: Movies, n: int) -> Movies:
    """Movies of the n-th image alone, counted from 1."""
    one = slice(n - 1, n)
    return replace(movies, images=movies.images[:, one], exposure=movies.exposure[:, one])


def timed(call: Callable[[], Any]) -> tuple[Seconds, Any]:
    """How long a call took, and what came of it."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = call()
    return (time.perf_counter() - wall, time.process_time() - cpu), found


def record(seconds: Sequence[Sequence[Seconds]], batch: int) -> dict[str, Any]:
    """What is told of a cost.

    Parameters
    ----------
    seconds : sequences of `Seconds`
        Of each round for each of `AFTER`; the least count.
    batch : int
        Objects whose images came together.
    """
    least = [np.min(rounds, axis=0) / batch * 1e3 for rounds in seconds]
    return {
        "by_images": [
            {"n_images": n, "milliseconds": float(wall), "cpu_milliseconds": float(cpu)}
            for n, (wall, cpu) in zip(AFTER, least, strict=True)
        ],
        "batch": batch,
        "machine": f"{platform.machine()}, {processors.count()} processors",
    }


def write(found: dict[str, Any], folder: Path) -> None:
    """Put a cost beside a classifier's answers."""
    atomic.put(folder / FILE, (json.dumps(found, indent=1) + "\n").encode())


def read(folder: Path) -> dict[str, Any] | None:
    """The cost that lies in a folder; None where there is none.

    Raises
    ------
    SkymovieError
        If the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: found[name] for name in ("by_images", "batch", "machine")}
    except (ValueError, KeyError, TypeError) as error:
        raise SkymovieError(
            f"{path}: expected the cost of an image, got {error}; run the classifier again"
        ) from error

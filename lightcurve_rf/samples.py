"""Movies as the forest knows them: features after each number of images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightcurve_rf.features import extract_growing
from skymovie import predictions as tables
from skymovie.measure.photometry import measure
from skymovie.movies import MAX_IMAGES, Movies
from skymovie.store.movie_store import MovieStore

STEPS = range(tables.FIRST_PREDICTION, MAX_IMAGES + 1)
"""Numbers of images after which the classifiers answer."""

BATCH = 448
"""Movies that are in memory at a time: a block of the store."""


@dataclass(frozen=True)
class Sample:
    """N objects as the forest knows them.

    Attributes
    ----------
    features : array, shape (N, T, F)
        After each of `STEPS`.
    n_images, label : int arrays, shape (N,)
    object_id : str array, shape (N,)
    """

    features: NDArray[np.float64]
    n_images: NDArray[np.int64]
    label: NDArray[np.int64]
    object_id: NDArray[Any]

    def __len__(self) -> int:
        return len(self.label)

    def select(self, rows: NDArray[Any]) -> Sample:
        """The objects named by an index or a boolean mask."""
        return Sample(
            self.features[rows], self.n_images[rows], self.label[rows], self.object_id[rows]
        )


def observe(batches: Iterable[Movies], progress: Callable[[int], None] | None = None) -> Sample:
    """Measure movies, from their start, and extract their features after each of `STEPS`."""
    parts = []
    for movies in batches:
        sequences = movies.sequences()
        curves = measure(sequences)
        parts.append(
            Sample(
                extract_growing(curves.time, curves.magnitude, curves.magnitude_error, STEPS),
                sequences.n_images,
                sequences.label,
                sequences.object_id,
            )
        )
        if progress:
            progress(len(movies))
    return Sample(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("features", "n_images", "label", "object_id")
        )
    )


def of_store(store: MovieStore, part: str, n: int | None = None) -> Iterator[Movies]:
    """The first `n` movies of a part, or all of them, block by block."""
    stop = store.sizes[part] if n is None else n
    for rows in store.blocks(part):
        if rows.start < stop:
            yield store.read(part, slice(rows.start, min(rows.stop, stop)))


def split(movies: Movies) -> Iterator[Movies]:
    """Movies in memory, batch by batch."""
    for first in range(0, len(movies), BATCH):
        yield movies.select(np.arange(first, min(first + BATCH, len(movies))))

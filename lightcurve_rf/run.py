"""From movies to the forest's prediction table: measure, extract, train, predict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lightcurve_rf.features import extract_growing
from lightcurve_rf.forest import Forest, ForestSettings, augment, train
from movies import predictions as tables
from movies import trials as real_trials
from movies.classes import CLASSES
from movies.movie import MAX_IMAGES, Movies
from movies.photometry import measure
from movies.store import MovieStore

STEPS = range(tables.FIRST_PREDICTION, MAX_IMAGES + 1)
"""Numbers of images after which the forest answers."""

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

    def select(self, rows: NDArray[Any]) -> Sample:
        """The objects named by an index or a boolean mask."""
        return Sample(
            self.features[rows], self.n_images[rows], self.label[rows], self.object_id[rows]
        )


def predictions(
    store: MovieStore,
    real: Movies,
    *,
    real_samples: int,
    trials: int,
    seed: int,
    n_train: int | None = None,
    progress: Callable[[int], None] | None = None,
    settings: ForestSettings | None = None,
) -> pd.DataFrame:
    """Train on a store's movies, with and without real ones; predict its test part and real movies.

    Parameters
    ----------
    store : MovieStore
        The train part trains, the test part is predicted.
    real : Movies
    real_samples, trials : int
        Real movies a class that enter the augmented training set, and how often they are drawn.
    seed : int
        Of the forests and of the draw: the RCNN's draw with the same seed.
    n_train : int, optional
        Train on no more than the first so many movies.
    progress : function, optional
        Called with the number of movies measured since the last call, `workload` in all.
    settings : ForestSettings, optional

    Returns
    -------
    DataFrame
        A table of `movies.predictions`: classifier ``forest`` for the simulated test part and all
        real movies, ``forest_augmented`` for the real movies held out in each trial.

    Raises
    ------
    UsageError
        If a class has no more than `real_samples` real movies.
    """
    settings = settings or ForestSettings()
    draws = real_trials.draw(real, real_samples, trials, seed)
    training = observe(_batches(store, "train", n_train), progress)
    test = observe(_batches(store, "test"), progress)
    sky = observe(_split(real), progress)

    rng = np.random.default_rng([seed, 0xF0])
    forest = train(training.features, training.label, settings, rng)
    parts = [
        _answers(forest, test, classifier="forest", sample="simulated"),
        _answers(forest, sky, classifier="forest", sample="real"),
    ]
    for trial, chosen in enumerate(draws):
        taught = sky.select(chosen)
        augmented = augment(
            training.features, training.label, taught.features, taught.label, settings
        )
        forest = train(*augmented, settings, np.random.default_rng([seed, 0xF1, trial]))
        held_out = sky.select(np.setdiff1d(np.arange(len(real)), chosen))
        parts.append(
            _answers(forest, held_out, classifier="forest_augmented", sample="real", trial=trial)
        )
    return pd.concat(parts, ignore_index=True)


def workload(store: MovieStore, real: Movies, n_train: int | None = None) -> int:
    """Number of movies that `predictions` measures."""
    n = store.sizes["train"] if n_train is None else min(n_train, store.sizes["train"])
    return n + store.sizes["test"] + len(real)


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


def _batches(store: MovieStore, part: str, n: int | None = None) -> Iterator[Movies]:
    """The first `n` movies of a part, block by block."""
    stop = store.sizes[part] if n is None else n
    for rows in store.blocks(part):
        if rows.start < stop:
            yield store.read(part, slice(rows.start, min(rows.stop, stop)))


def _split(movies: Movies) -> Iterator[Movies]:
    for first in range(0, len(movies), BATCH):
        yield movies.select(np.arange(first, min(first + BATCH, len(movies))))


def _answers(
    forest: Forest, objects: Sample, *, classifier: str, sample: str, trial: int = 0
) -> pd.DataFrame:
    """What a forest says of objects, as a prediction table."""
    return tables.table(
        forest.predict(objects.features),
        objects.n_images,
        objects.object_id,
        np.asarray(CLASSES)[objects.label],
        classifier=classifier,
        sample=sample,
        trial=trial,
    )

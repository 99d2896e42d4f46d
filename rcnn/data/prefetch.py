"""Movies of a store that are read batch by batch, in the form that `rcnn.training.jax_steps`
takes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from rcnn.data import loader
from rcnn.settings import TrainingSettings
from skymovie.store.movie_store import MovieStore

Drawn = tuple[loader.Arrays, Any]
"""Inputs and targets of one batch."""


class StreamingDataset:
    """The first n movies of a part, too many for the device.

    Attributes
    ----------
    arrays : None
        Nothing lies on the device.
    """

    arrays = None

    def __init__(self, store: MovieStore, part: str, n: int) -> None:
        self.store, self.part, self.n = store, part, n

    def draws(self, settings: TrainingSettings, start: int, depth: int) -> Generator[Drawn]:
        """Training batches from number `start` on, `depth` of them read ahead."""
        return loader.ahead(
            loader.training_batches(
                self.store, settings.batch, settings.seed, settings.augment, start
            ),
            depth,
        )

    def in_order(self, batch: int) -> Iterator[tuple[Drawn, int]]:
        """All movies once: batches of one shape, and how many movies of each count."""
        for movies in loader.in_batches(self.store, self.part, batch, self.n):
            filled = movies.select(np.minimum(np.arange(batch), len(movies) - 1))
            yield (loader.inputs(filled), loader.labels(filled)), len(movies)

    @staticmethod
    def take(_: None, draw: Drawn) -> Drawn:
        """Inputs and targets of one batch."""
        return draw

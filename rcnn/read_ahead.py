"""Movies of a store that are read batch by batch, in the form that `rcnn.jax_steps` takes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from movies.store import MovieStore
from rcnn import data
from rcnn.settings import TrainingSettings

Drawn = tuple[data.Arrays, Any]
"""Inputs and targets of one batch."""


class Streamed:
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
        return data.ahead(
            data.training_batches(
                self.store, settings.batch, settings.seed, settings.augment, start
            ),
            depth,
        )

    def in_order(self, batch: int) -> Iterator[tuple[Drawn, int]]:
        """All movies once: batches of one shape, and how many movies of each count."""
        for movies in data.in_batches(self.store, self.part, batch, self.n):
            filled = movies.select(np.minimum(np.arange(batch), len(movies) - 1))
            yield (data.inputs(filled), data.labels(filled)), len(movies)

    @staticmethod
    def take(_: None, draw: Drawn) -> Drawn:
        """Inputs and targets of one batch."""
        return draw

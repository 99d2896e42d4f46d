"""How batches are trained on: one at a time by Keras, or many on JAX (`training.jax_steps`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from rcnn.data import loader
from rcnn.settings import EVALUATION_BATCH, TrainingSettings
from skymovie.store.movie_store import MovieStore


class Steps(Protocol):
    """What trains a compiled network on the batches of a store."""

    at_once: int
    """Batches after which, at the latest, it should come back."""

    def run(self, rates: Sequence[float]) -> tuple[list[float], list[float]]:
        """Train on one batch a learning rate; their losses, and the shares named rightly."""

    def evaluate(self, part: str, most: int) -> tuple[float, float]:
        """Mean loss of the first `most` movies of a part, and the share named rightly."""

    def close(self) -> None:
        """Stop reading ahead."""


def begin(network: Any, store: MovieStore, settings: TrainingSettings, start: int) -> Steps:
    """What is best here, from batch number `start` on."""
    from rcnn.backend import ON_JAX

    if ON_JAX:
        from rcnn.training.jax_steps import JaxSteps

        return JaxSteps(network, store, settings, start)
    return KerasSteps(network, store, settings, start)


class KerasSteps:
    """One batch at a time by Keras' own training step.

    Parameters
    ----------
    network : compiled Network
    store : MovieStore
    settings : TrainingSettings
    start : int
        Number of the first batch.
    """

    at_once = 1

    def __init__(
        self, network: Any, store: MovieStore, settings: TrainingSettings, start: int
    ) -> None:
        self.network = network
        self.store = store
        self._batches = loader.ahead(
            loader.training_batches(store, settings.batch, settings.seed, settings.augment, start)
        )

    def run(self, rates: Sequence[float]) -> tuple[list[float], list[float]]:
        """See `Steps`."""
        losses, accuracies = [], []
        for rate in rates:
            arrays, target = next(self._batches)
            self.network.optimizer.learning_rate = rate
            self.network.reset_metrics()
            logs = self.network.train_on_batch(arrays, target, return_dict=True)
            losses.append(float(logs["loss"]))
            accuracies.append(float(logs["last_accuracy"]))
        return losses, accuracies

    def evaluate(self, part: str, most: int) -> tuple[float, float]:
        """See `Steps`."""
        return evaluate(self.network, self.store, part, most)

    def close(self) -> None:
        """See `Steps`."""
        self._batches.close()


def evaluate(network: Any, store: MovieStore, part: str, most: int) -> tuple[float, float]:
    """Mean loss of the first `most` movies of a part, and the share named rightly at the end."""
    from rcnn.network.network import last_accuracy, sequence_loss

    losses, right = [], []
    for movies in loader.in_batches(store, part, EVALUATION_BATCH, most):
        # Not Keras' test_on_batch: what it returns is of its batch alone.
        logits, labels = network.predict_on_batch(loader.inputs(movies)), loader.labels(movies)
        losses.append(np.asarray(sequence_loss(labels, logits)))
        right.append(np.asarray(last_accuracy(labels, logits)))
    return float(np.concatenate(losses).mean()), float(np.concatenate(right).mean())

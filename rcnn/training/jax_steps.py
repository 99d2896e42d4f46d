"""Training on JAX: many batches a dispatch, of movies that lie on the device where they fit.

Between two batches nothing comes back to the host, which would otherwise leave a graphics card
waiting for Python. The loop is one compiled program whatever the number of its turns: shapes are
static, the number of batches is an argument.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcnn.backend import accelerated, keras
from rcnn.data import resident
from rcnn.data.prefetch import StreamingDataset
from rcnn.data.resident import DeviceDataset
from rcnn.network.network import last_accuracy, sequence_loss
from rcnn.settings import EVALUATION_BATCH, TrainingSettings
from skymovie.store.movie_store import MovieStore

AT_ONCE = 50
"""Batches a dispatch on a graphics card: a second or two, for which Ctrl-C has to wait."""


class JaxSteps:
    """Many batches at a time; parameters as of `rcnn.training.steps.KerasSteps`."""

    def __init__(
        self, network: Any, store: MovieStore, settings: TrainingSettings, start: int
    ) -> None:
        self.network = network
        self.store = store
        self.at_once = AT_ONCE if accelerated() else 2
        self._mesh = _mesh()
        self._movies = self._source("train", store.sizes["train"])
        self._draws = self._movies.draws(settings, start, depth=self.at_once)
        self._parts: dict[tuple[str, int], DeviceDataset | StreamingDataset] = {}
        names = [variable.name for variable in network.optimizer.variables]
        self._rate = names.index("learning_rate")
        self._run = jax.jit(self._many, donate_argnums=0)
        self._judge = jax.jit(self._judged, static_argnums=0)

    def run(self, rates: Sequence[float]) -> tuple[list[float], list[float]]:
        """See `rcnn.training.steps.Steps`."""
        n = len(rates)
        drawn = list(itertools.islice(self._draws, n))
        # The shapes of a full turn, whatever n is: what is beyond is never looked at.
        drawn += [drawn[-1]] * (self.at_once - n)
        stacked = jax.tree.map(lambda *values: np.stack(values), *drawn)
        padded = np.zeros(self.at_once, np.float32)
        padded[:n] = rates
        state, losses, right = self._run(
            self._state(), self._movies.arrays, stacked, padded, np.int32(n)
        )
        for variable, value in zip(self._variables(), itertools.chain(*state), strict=True):
            variable.assign(value)
        return np.asarray(losses)[:n].tolist(), np.asarray(right)[:n].tolist()

    def evaluate(self, part: str, most: int) -> tuple[float, float]:
        """See `rcnn.training.steps.Steps`."""
        n = min(most, self.store.sizes[part])
        if (part, n) not in self._parts:
            self._parts[part, n] = self._source(part, n)
        source = self._parts[part, n]
        trainable, rest, _ = self._state()
        batch = EVALUATION_BATCH * (self._mesh.size if self._mesh else 1)
        # Results stay on the device until all are asked for: none waits for the one before.
        found = [
            (count, self._judge(type(source).take, trainable, rest, source.arrays, draw))
            for draw, count in source.in_order(batch)
        ]
        losses, right = (
            np.concatenate([np.asarray(values[k])[:count] for count, values in found])
            for k in range(2)
        )
        return float(losses.mean()), float(right.mean())

    def close(self) -> None:
        """See `rcnn.training.steps.Steps`."""
        self._draws.close()

    def _source(self, part: str, n: int) -> DeviceDataset | StreamingDataset:
        if resident.size(self.store, n) < resident.room() / 2:
            where = None
            if self._mesh:
                where = jax.sharding.NamedSharding(self._mesh, jax.sharding.PartitionSpec())
            return DeviceDataset(self.store, part, n, where)
        return StreamingDataset(self.store, part, n)

    def _variables(self) -> list[Any]:
        network = self.network
        return [
            *network.trainable_variables,
            *network.non_trainable_variables,
            *network.optimizer.variables,
        ]

    def _state(self) -> tuple[list[Any], list[Any], list[Any]]:
        network = self.network
        return (
            [variable.value for variable in network.trainable_variables],
            [variable.value for variable in network.non_trainable_variables],
            [variable.value for variable in network.optimizer.variables],
        )

    def _shared(self, tree: Any) -> Any:
        """The same arrays, their movies shared out among the devices."""
        if not self._mesh:
            return tree
        spec = jax.sharding.PartitionSpec(self._mesh.axis_names[0])
        return jax.lax.with_sharding_constraint(tree, jax.sharding.NamedSharding(self._mesh, spec))

    def _many(self, state: Any, arrays: Any, draws: Any, rates: Any, n: Any) -> Any:
        """`n` batches: the state after them, the loss of each, the share named rightly."""

        def one(k: Any, carry: Any) -> Any:
            state, losses, right = carry
            draw = jax.tree.map(lambda values: values[k], draws)
            inputs, target = self._shared(self._movies.take(arrays, draw))
            state, loss, share = self._step(state, inputs, target, rates[k])
            return state, losses.at[k].set(loss), right.at[k].set(share)

        nothing = jnp.zeros(rates.shape, jnp.float32)
        return jax.lax.fori_loop(0, n, one, (state, nothing, nothing))

    def _step(self, state: Any, inputs: Any, target: Any, rate: Any) -> Any:
        """One batch: what Keras' training step does, as a function of the state."""
        trainable, rest, optimizer = state

        def loss(trainable: Any) -> Any:
            logits, after = self.network.stateless_call(trainable, rest, inputs, training=True)
            right = jnp.mean(last_accuracy(target, logits))
            return jnp.mean(sequence_loss(target, logits)), (right, after)

        (value, (right, rest)), gradients = jax.value_and_grad(loss, has_aux=True)(trainable)
        optimizer = [rate if k == self._rate else v for k, v in enumerate(optimizer)]
        trainable, optimizer = self.network.optimizer.stateless_apply(
            optimizer, gradients, trainable
        )
        return (list(trainable), list(rest), list(optimizer)), value, right

    def _judged(self, take: Any, trainable: Any, rest: Any, arrays: Any, draw: Any) -> Any:
        """Loss of each movie, and whether it is named rightly after its last image."""
        inputs, target = self._shared(take(arrays, draw))
        logits, _ = self.network.stateless_call(trainable, rest, inputs, training=False)
        return sequence_loss(target, logits), last_accuracy(target, logits)


def _mesh() -> Any:
    """The devices over which Keras distributes, or None for one alone."""
    distribution = keras.distribution.distribution()
    return None if distribution is None else distribution.device_mesh.backend_mesh

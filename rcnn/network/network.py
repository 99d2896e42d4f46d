"""The recurrent convolutional network of Carrasco-Davis et al. (2018), Table 3, and lighter ones.

As the paper has it:

    input        21×21×3   batch renorm
    3 ×          21×21×64  convolution 3×3, batch renorm, ReLU
    max pool     11×11×64
    3 ×          11×11×64  convolution 3×3, batch renorm, ReLU
    max pool     6×6×64
    dense        1024      ReLU, dropout                       from 2304
    LSTM         512       on 1024 features + 3 times
    softmax      7

The default has fewer and narrower convolutions before the first pooling, where they cost most, and
a narrower end; and it is told under which conditions images were taken
(`rcnn.network.preprocess.Preprocess.conditions`), which join what the convolutions found.

The network answers after every image from the third on, and each answer rests on the images so
far alone. Movies are padded on the right and the LSTM is not masked (a mask would turn its fused
kernels off); padding can reach neither an earlier answer nor, left out of the convolutions, the
batch statistics.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rcnn.backend import keras, layers, ops
from rcnn.network.batch_renorm import BatchRenormalization
from rcnn.network.lstm import LSTM
from rcnn.network.preprocess import CONDITIONS, Preprocess
from rcnn.settings import TrainingSettings
from skymovie.classes import CLASSES

NO_LABEL = -1
"""Target of a step that does not count."""


class Network(keras.Model):
    """Movies in, logits of the seven classes after each image out."""

    def __init__(self, settings: TrainingSettings) -> None:
        super().__init__(dtype="float32")
        # The dtype stands with each layer: on the model itself it would cast the images and times.
        dtype = keras.dtype_policies.get(settings.dtype)
        seeds = iter(np.random.SeedSequence(settings.seed).generate_state(16).tolist())

        def glorot() -> Any:
            return keras.initializers.GlorotUniform(seed=next(seeds))

        self.preprocess = Preprocess(settings.stretch)
        self.told = settings.conditions
        self.input_renorm = BatchRenormalization(settings.renorm_after, dtype="float32")
        self.trunk: list[Any] = []
        for group in settings.channels:
            for channels in group:
                # No bias: the β of the renormalization is one.
                self.trunk.append(
                    layers.Conv2D(
                        channels,
                        3,
                        padding="same",
                        use_bias=False,
                        kernel_initializer=glorot(),
                        dtype=dtype,
                    )
                )
                self.trunk.append(BatchRenormalization(settings.renorm_after, dtype=dtype))
                self.trunk.append(layers.ReLU(dtype=dtype))
            self.trunk.append(layers.MaxPooling2D(2, padding="same", dtype=dtype))
        self.trunk.append(layers.Flatten(dtype=dtype))
        self.trunk.append(
            layers.Dense(
                settings.features, activation="relu", kernel_initializer=glorot(), dtype=dtype
            )
        )
        self.trunk.append(layers.Dropout(settings.dropout, seed=next(seeds), dtype=dtype))
        self.lstm = LSTM(settings.memory, seed=next(seeds), dtype=dtype)
        self.logits = layers.Dense(len(CLASSES), kernel_initializer=glorot(), dtype="float32")
        # Gathering the real frames takes a shape known at run time alone, which JAX cannot have.
        self.gather = keras.config.backend() != "jax"

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Logits, shape (B, T, C); step t was made after t + 3 images.

        Parameters
        ----------
        inputs : dict of tensors, see `Preprocess.call`
        """
        return self.logits(self.memory(inputs, training))

    def memory(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """The LSTM's output after each image, on which the logits rest; shape (B, T, 512)."""
        stacks, days, real = self.preprocess(inputs)
        B, T = ops.shape(real)
        frames = ops.reshape(stacks, (-1, *stacks.shape[2:]))
        real = ops.reshape(real, (-1,))
        conditions = None
        if self.told:
            conditions = ops.reshape(self.preprocess.conditions(inputs), (-1, CONDITIONS))
        if self.gather:
            (rows,) = ops.nonzero(real)
            if conditions is not None:
                conditions = ops.take(conditions, rows, axis=0)
            frames = ops.take(frames, rows, axis=0)
            features = self.features(frames, conditions, None, training)
            shape = (B * T, features.shape[-1])
            features = ops.scatter(rows[:, None], features, shape)
        else:
            features = self.features(frames, conditions, real, training)
        features = ops.reshape(features, (B, T, features.shape[-1]))
        return self.lstm(features, days)

    def step(
        self, inputs: dict[str, Any], reference: Any, output: Any, cell: Any
    ) -> tuple[Any, Any, Any, Any]:
        """One image more of B objects, from what was kept of each after the image before.

        Parameters
        ----------
        inputs : dict of tensors, see `Preprocess.call`
            The new image and the two before it: E = 3.
        reference : tensor, shape (B, 2)
            As the last step gave it; anything that is not finite where the three are the first.
        output, cell : tensors, shape (B, U)
            Of the LSTM after the last step; zero where the three are the first.

        Returns
        -------
        logits, reference, output, cell : tensors
            Logits of shape (B, C), and what to keep.
        """
        fresh = self.preprocess.reference(inputs)
        reference = ops.where(ops.isfinite(reference), reference, fresh)
        stacks, days, _ = self.preprocess(inputs, reference=reference)
        conditions = self.preprocess.conditions(inputs, reference)[:, 0] if self.told else None
        features = self.features(stacks[:, 0], conditions, None, training=False)[:, None]
        outputs, cell = self.lstm.go_on(features, days, output, cell)
        return self.logits(outputs[:, 0]), reference, outputs[:, 0], cell

    def features(self, frames: Any, conditions: Any, real: Any, training: bool) -> Any:
        """What the convolutions make of stacks: (M, S, S, 3) → (M, F).

        `conditions`, shape (M, 9) or None, join what the convolutions found. `real`, shape (M,) or
        None for all, tells which stacks enter the batch statistics.
        """
        x = self.input_renorm(frames, real=real, training=training)
        for layer in self.trunk:
            if isinstance(layer, BatchRenormalization):
                x = layer(x, real=real, training=training)
            elif isinstance(layer, layers.Dropout):
                x = layer(x, training=training)
            else:
                x = layer(x)
            if conditions is not None and isinstance(layer, layers.Flatten):
                x = ops.concatenate([x, ops.cast(conditions, x.dtype)], axis=-1)
        return x


class Step(keras.Model):
    """`Network.step` as a model of its own, which Keras compiles on every backend."""

    def __init__(self, network: Network) -> None:
        super().__init__(dtype="float32")
        self.network = network

    def call(self, kept: dict[str, Any]) -> dict[str, Any]:
        """``inputs``, ``reference``, ``output`` and ``cell`` in; ``logits`` and the latter out."""
        names = ("logits", "reference", "output", "cell")
        step = self.network.step(kept["inputs"], kept["reference"], kept["output"], kept["cell"])
        return dict(zip(names, step, strict=True))


def sequence_loss(labels: Any, logits: Any) -> Any:
    """Cross-entropy summed over the steps of each movie, shape (B,).

    Parameters
    ----------
    labels : int tensor, shape (B, T)
        Class at each step; `NO_LABEL` where the step is padding.
    logits : tensor, shape (B, T, C)
    """
    labels = ops.cast(labels, "int32")
    real = ops.cast(ops.not_equal(labels, NO_LABEL), "float32")
    each = ops.sparse_categorical_crossentropy(
        ops.maximum(labels, 0), ops.cast(logits, "float32"), from_logits=True
    )
    return ops.sum(each * real, axis=-1)


def last_accuracy(labels: Any, logits: Any) -> Any:
    """Whether each movie's class is named rightly after its last image, shape (B,)."""
    labels = ops.cast(labels, "int32")
    real = ops.not_equal(labels, NO_LABEL)
    right = ops.logical_and(real, ops.equal(ops.argmax(logits, axis=-1), labels))
    last = ops.maximum(ops.sum(ops.cast(real, "int32"), axis=-1) - 1, 0)
    return ops.take_along_axis(ops.cast(right, "float32"), last[:, None], axis=1)[:, 0]

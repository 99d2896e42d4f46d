"""Batch renormalization: batch normalization whose training and inference agree (Ioffe 2017).

A batch is normalized by its own mean and variance and then corrected towards the moving ones,

    y = γ (r (x − μ_B)/σ_B + d) + β,   r = σ_B/σ in [1/r_max, r_max],   d = (μ_B − μ)/σ in ±d_max,

with r and d held constant in the gradient. At r_max = 1, d_max = 0 this is plain batch
normalization, and there the schedule begins: the limits stay closed for `opens_after` updates,
then open linearly to r_max = 3 at 8 and d_max = 5 at 5 times that number, Ioffe's own proportions
(5,000, 40,000 and 25,000 steps). The number of updates is part of the saved state.

The moving statistics converge within tens of updates, since trainings may be that short: update t
enters with weight 10 / (t + 10), but never less than ``1 − momentum``. The first batch replaces
the arbitrary start altogether, so there is no bias to remove, and at any time the average reaches
back over about the last tenth of the training.
"""

from __future__ import annotations

from typing import Any

from rcnn.backend import keras, ops

R_MAX, D_MAX = 3.0, 5.0
"""Limits once the schedule has run (Ioffe 2017, §4)."""


@keras.saving.register_keras_serializable("skymovie")
class BatchRenormalization(keras.layers.Layer):
    """Batch renormalization over all axes but the last.

    Parameters
    ----------
    opens_after : int
        Updates of plain batch normalization before the limits of r and d open.
    momentum : float
        Share of the old value kept in each update of the moving statistics, in the long run.
    epsilon : float
        Added to variances.
    """

    def __init__(
        self,
        opens_after: int = 5000,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.opens_after = opens_after
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make γ, β, the moving mean and variance, all float32 of shape (C,), and the counter."""
        shape = (input_shape[-1],)

        def weight(name: str, shape: tuple[Any, ...], start: str, trainable: bool) -> Any:
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=start,
                trainable=trainable,
                dtype="float32",
                autocast=False,
            )

        self.gamma = weight("gamma", shape, "ones", True)
        self.beta = weight("beta", shape, "zeros", True)
        self.moving_mean = weight("moving_mean", shape, "zeros", False)
        self.moving_variance = weight("moving_variance", shape, "ones", False)
        self.updates = weight("updates", (), "zeros", False)

    def limits(self) -> tuple[Any, Any]:
        """r_max and d_max at the present update."""
        past = ops.convert_to_tensor(self.updates) / max(self.opens_after, 1) - 1.0
        r_max = 1.0 + (R_MAX - 1.0) * ops.clip(past / 7.0, 0.0, 1.0)
        d_max = D_MAX * ops.clip(past / 4.0, 0.0, 1.0)
        return r_max, d_max

    def call(self, x: Any, real: Any = None, training: bool = False) -> Any:
        """Normalize.

        Parameters
        ----------
        x : tensor, shape (…, C)
        real : bool tensor, shape of the leading axes of `x`
            False where values must not enter the statistics.
        """
        if not (training and self.trainable):
            scale = self.gamma * ops.rsqrt(self.moving_variance + self.epsilon)
            return self._affine(x, scale, self.beta - self.moving_mean * scale)
        if real is None and keras.config.backend() == "tensorflow":
            return self._fused(x)
        mean, variance = self._moments(ops.cast(x, "float32"), real)
        gamma, beta = self._corrected(mean, variance)
        self._update(mean, variance)
        scale = gamma * ops.rsqrt(variance + self.epsilon)
        return self._affine(x, scale, beta - mean * scale)

    def _affine(self, x: Any, scale: Any, offset: Any) -> Any:
        y = ops.cast(x, "float32") * scale + offset
        return ops.cast(y, self.compute_dtype)

    def _moments(self, x: Any, real: Any) -> tuple[Any, Any]:
        axes = tuple(range(len(x.shape) - 1))
        if real is None:
            return ops.moments(x, axes)
        weight = ops.cast(real, "float32")
        weight = ops.reshape(weight, (*ops.shape(weight), *[1] * (len(x.shape) - len(real.shape))))
        weight = weight * ops.ones_like(x[..., :1])
        total = ops.maximum(ops.sum(weight), 1.0)
        mean = ops.sum(x * weight, axes) / total
        return mean, ops.sum(ops.square(x - mean) * weight, axes) / total

    def _corrected(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """γ r and γ d + β: the correction folded into scale and offset."""
        r_max, d_max = self.limits()
        moving = ops.rsqrt(self.moving_variance + self.epsilon)
        r = ops.clip(ops.sqrt(variance + self.epsilon) * moving, 1.0 / r_max, r_max)
        d = ops.clip((mean - self.moving_mean) * moving, -d_max, d_max)
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        return self.gamma * r, self.gamma * d + self.beta

    def _update(self, mean: Any, variance: Any) -> None:
        updates = ops.convert_to_tensor(self.updates)
        weight = ops.maximum(10.0 / (updates + 10.0), 1.0 - self.momentum)
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving + weight * (ops.stop_gradient(value) - moving))
        self.updates.assign_add(1.0)

    def _fused(self, x: Any) -> Any:
        """The same by TensorFlow's fused kernel: a tenth of the time on a CPU.

        The kernel wants scale and offset, which depend on the batch's moments, beforehand; hence
        it runs twice, and its first result is thrown away.
        """
        import tensorflow as tf

        shape = tf.shape(x)
        x = tf.reshape(x, (-1, 1, 1, shape[-1])) if len(x.shape) != 4 else x

        def kernel(x: Any, scale: Any, offset: Any) -> tuple[Any, Any, Any]:
            return tf.raw_ops.FusedBatchNormV3(
                x=x,
                scale=scale,
                offset=offset,
                mean=[],
                variance=[],
                epsilon=self.epsilon,
                is_training=True,
            )[:3]

        constant = tf.stop_gradient(x)
        _, mean, variance = kernel(
            constant, tf.ones_like(self.moving_mean), tf.zeros_like(self.moving_mean)
        )
        number = tf.cast(tf.size(x) / shape[-1], tf.float32)
        variance *= (number - 1.0) / number  # the kernel gives the unbiased one
        y, _, _ = kernel(x, *self._corrected(mean, variance))
        self._update(mean, variance)
        return tf.reshape(y, shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """That of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "opens_after": self.opens_after,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }

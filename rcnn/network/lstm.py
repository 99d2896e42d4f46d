"""The LSTM of Table 3, with the weights and the results of Keras' own, but fast on a CPU.

The inputs of all steps are multiplied in one go, and only the recurrence goes step by step; Keras
does both at every step, and its gradients of the large input matrix too, which took a third of the
whole training step here. Products are in the layer's compute dtype; times, states and gates stay in
float32, for a bfloat16 tells days in a month no finer than a tenth.
"""

from __future__ import annotations

from typing import Any

from rcnn.backend import keras, ops


@keras.saving.register_keras_serializable("skymovie")
class LSTM(keras.layers.Layer):
    """Hochreiter & Schmidhuber's cell with forget gate, returning its output at every step.

    Parameters
    ----------
    units : int
    seed : int
        Of the initial weights.
    """

    def __init__(self, units: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        self.units = units
        self.seed = seed

    def build(self, features_shape: tuple[int, ...], days_shape: tuple[int, ...]) -> None:
        """Make kernels (F + 3, 4 U) and (U, 4 U) and bias; gates in Keras' order, i f c o."""
        width = features_shape[-1] + days_shape[-1]
        glorot = keras.initializers.GlorotUniform(seed=self.seed)
        orthogonal = keras.initializers.Orthogonal(seed=self.seed + 1)

        def weight(name: str, shape: tuple[int, ...], start: Any) -> Any:
            return self.add_weight(name=name, shape=shape, initializer=start, autocast=False)

        self.kernel = weight("kernel", (width, 4 * self.units), glorot)
        self.recurrent_kernel = weight("recurrent_kernel", (self.units, 4 * self.units), orthogonal)
        self.bias = weight("bias", (4 * self.units,), "zeros")
        # A forget gate that begins open (Jozefowicz et al. 2015), as Keras has it.
        gates = [0.0] * self.units + [1.0] * self.units + [0.0] * 2 * self.units
        self.bias.assign(gates)

    def call(self, features: Any, days: Any) -> Any:
        """Outputs, shape (B, T, U) in float32.

        Parameters
        ----------
        features : tensor, shape (B, T, F)
        days : tensor, shape (B, T, 3), float32
        """
        nothing = ops.zeros((ops.shape(features)[0], self.units), "float32")
        return self.go_on(features, days, nothing, nothing)[0]

    def go_on(self, features: Any, days: Any, output: Any, state: Any) -> tuple[Any, Any]:
        """The same from a step in the middle on: outputs (B, T, U), and the state after the last.

        Parameters
        ----------
        features, days : tensors, as in `call`
        output, state : tensors, shape (B, U), float32
            After the step before; zero at the beginning. What is kept of an object between two
            images is its last output and state.
        """
        F, T = features.shape[-1], features.shape[1]
        dtype = self.compute_dtype

        def product(x: Any, kernel: Any) -> Any:
            return ops.cast(ops.matmul(ops.cast(x, dtype), ops.cast(kernel, dtype)), "float32")

        kernel = ops.convert_to_tensor(self.kernel)
        inputs = product(features, kernel[:F]) + ops.matmul(days, kernel[F:]) + self.bias
        outputs = []
        # Not by index, whose gradients would each be as large as all steps together.
        for step in ops.unstack(inputs, T, axis=1):
            gates = step + product(output, self.recurrent_kernel)
            i, f, c, o = ops.split(gates, 4, axis=-1)
            state = ops.sigmoid(f) * state + ops.sigmoid(i) * ops.tanh(c)
            output = ops.sigmoid(o) * ops.tanh(state)
            outputs.append(output)
        return ops.stack(outputs, axis=1), state

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "units": self.units, "seed": self.seed}

"""From recorded stamps to the network's inputs, inside the model, so that uint16 images move.

Calibration to the first image's zero point (Eq. 4 of Carrasco-Davis et al. 2018), an optional
compression of the dynamic range, sliding stacks of three consecutive images, and for each stack
its three times since the first image. Everything here is float32 whatever the precision of the
network: a bfloat16 has eight bits, and RR Lyrae take half a day in a month.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

STACK = 3
"""n_w: consecutive images that the convolutions see at once (ibid., §3)."""

SOFTENING = 10.0
"""Calibrated ADU at which asinh turns from linear to logarithmic: about twice the noise of one
pixel under HiTS' median sky. One constant, so that a constant star looks the same in every image
whatever the conditions."""


@keras.saving.register_keras_serializable("skymovie")
class Preprocess(keras.layers.Layer):
    """Calibrate, stretch and stack.

    Parameters
    ----------
    stretch : str
        ``linear``, or ``asinh``: asinh(x / `SOFTENING`).
    """

    def __init__(self, stretch: str = "linear", **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.stretch = stretch

    def call(self, inputs: dict[str, Any]) -> tuple[Any, Any, Any]:
        """Make stacks.

        Parameters
        ----------
        inputs : dict of tensors
            ``images`` (B, E, S, S), ADU with sky; ``sky`` (B, E), ADU; ``zero_point`` (B, E), mag;
            ``days`` (B, E) since the first image; ``n_images`` (B,).

        Returns
        -------
        stacks : tensor, shape (B, T, S, S, 3)
            T = E − 2.
        days : tensor, shape (B, T, 3)
            Of the images of each stack.
        real : bool tensor, shape (B, T)
            Whether the stack is free of padding.
        """
        zero_point = inputs["zero_point"]
        factor = 10.0 ** (0.4 * (zero_point[:, :1] - zero_point))
        images = ops.cast(inputs["images"], "float32") - inputs["sky"][:, :, None, None]
        images = images * factor[:, :, None, None]
        if self.stretch == "asinh":
            images = ops.arcsinh(images / SOFTENING)
        T = images.shape[1] - STACK + 1
        windows = [slice(k, k + T) for k in range(STACK)]
        stacks = ops.stack([images[:, w] for w in windows], axis=-1)
        days = ops.stack([inputs["days"][:, w] for w in windows], axis=-1)
        real = ops.arange(T)[None] + STACK <= ops.cast(inputs["n_images"], "int32")[:, None]
        return stacks, days, real

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "stretch": self.stretch}

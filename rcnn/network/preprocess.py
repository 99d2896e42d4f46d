"""From recorded stamps to the network's inputs, inside the model, so that uint16 images move.

Calibration to the first image's zero point (Eq. 4 of Carrasco-Davis et al. 2018), an optional
compression of the dynamic range, sliding stacks of three consecutive images, and for each stack
its three times since the first image. Everything here is float32 whatever the precision of the
network: a bfloat16 has eight bits, and RR Lyrae take half a day in a month.
"""

from __future__ import annotations

from typing import Any

from rcnn.backend import keras, ops
from surveys.exposures import MIN_VISITS

CONDITIONS = 9
"""Numbers in `Preprocess.conditions`: three of each image of a stack."""

STACK = MIN_VISITS
"""n_w: consecutive images that the convolutions see at once (ibid., §3)."""

SOFTENING = 10.0
"""Calibrated ADU at which asinh turns from linear to logarithmic: about twice the noise of one
pixel under HiTS' median sky. One constant, so that a constant star looks the same in every image
whatever the conditions."""


FLOOR = 30.0
"""Calibrated ADU added to the first brightness, so that empty sky is not blown up: about five times
the noise of one pixel under HiTS' median sky."""

GAIN = 4.0
"""Electrons in an ADU, nearly, that make the noise of the sky; its unit is of no importance."""


def first_brightness(images: Any) -> Any:
    """How bright the object is in the first stack: what later images are compared with.

    The mean of the stamp's core in the brightest of the first three images, or 0 if that is
    negative, plus `FLOOR`. Images that come later do not change it, so every answer stays causal.

    Parameters
    ----------
    images : tensor, shape (B, E, S, S)
        Calibrated, ADU.

    Returns
    -------
    tensor, shape (B, 1, 1, 1)
    """
    size = images.shape[-1]
    core = slice((size - size // 4) // 2, (size + size // 4 + 1) // 2)
    level = ops.mean(images[:, :STACK, core, core], axis=(2, 3))
    return FLOOR + ops.maximum(ops.max(level, axis=1), 0.0)[:, None, None, None]


def _calibrated(inputs: dict[str, Any], zero_point: Any) -> Any:
    """Eq. 4: images without sky as if under `zero_point`, shape (B, 1); (B, E, S, S)."""
    factor = 10.0 ** (0.4 * (zero_point - inputs["zero_point"]))
    images = ops.cast(inputs["images"], "float32") - inputs["sky"][:, :, None, None]
    return images * factor[:, :, None, None]


def _stacked(x: Any) -> Any:
    """Each image with the two after it: (B, E, …) → (B, T, …, 3)."""
    T = x.shape[1] - STACK + 1
    return ops.stack([x[:, k : k + T] for k in range(STACK)], axis=-1)


@keras.saving.register_keras_serializable("skymovie")
class Preprocess(keras.layers.Layer):
    """Calibrate, stretch and stack.

    Parameters
    ----------
    stretch : str
        ``linear``; ``asinh``: asinh(x / `SOFTENING`); or ``relative``: asinh(x / b) with b the
        brightness of the object in the first stack, `first_brightness`.
    """

    def __init__(self, stretch: str = "linear", **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.stretch = stretch

    def reference(self, inputs: dict[str, Any]) -> Any:
        """What later images of an object are compared with, from its first three; shape (B, 2).

        The zero point of the first image (mag), and `first_brightness` (ADU). Given to `call`, a
        movie may begin in the middle.
        """
        inputs = {k: v[:, :STACK] for k, v in inputs.items() if len(v.shape) > 1}
        first = inputs["zero_point"][:, :1]
        brightness = first_brightness(_calibrated(inputs, first))
        return ops.concatenate([first, brightness[:, :, 0, 0]], axis=1)

    def call(self, inputs: dict[str, Any], reference: Any = None) -> tuple[Any, Any, Any]:
        """Make stacks.

        Parameters
        ----------
        inputs : dict of tensors
            ``images`` (B, E, S, S), ADU with sky; ``sky`` (B, E), ADU; ``zero_point`` (B, E), mag;
            ``days`` (B, E) since the first image; ``n_images`` (B,).
        reference : tensor, shape (B, 2), optional
            What `reference` gave for the object's first images, where those of `inputs` are later.

        Returns
        -------
        stacks : tensor, shape (B, T, S, S, 3)
            T = E − 2.
        days : tensor, shape (B, T, 3)
            Of the images of each stack.
        real : bool tensor, shape (B, T)
            Whether the stack is free of padding.
        """
        if reference is None:
            reference = self.reference(inputs)
        images = _calibrated(inputs, reference[:, :1])
        if self.stretch == "asinh":
            images = ops.arcsinh(images / SOFTENING)
        elif self.stretch == "relative":
            images = ops.arcsinh(images / reference[:, 1:, None, None])
        stacks, days = _stacked(images), _stacked(inputs["days"])
        T = stacks.shape[1]
        real = ops.arange(T)[None] + STACK <= ops.cast(inputs["n_images"], "int32")[:, None]
        return stacks, days, real

    def conditions(self, inputs: dict[str, Any], reference: Any = None) -> Any:
        """How well each image of a stack can tell, in numbers of order one; shape (B, T, 9).

        Of each image: its seeing; the noise of its sky in calibrated ADU, as a logarithm; and the
        brightness that `reference` has over that noise, as a logarithm.

        Parameters
        ----------
        inputs : dict of tensors
            Also ``seeing`` (B, E), arcsec.
        reference : tensor, shape (B, 2), optional
            As in `call`.
        """
        if reference is None:
            reference = self.reference(inputs)
        factor = 10.0 ** (0.4 * (reference[:, :1] - inputs["zero_point"]))
        noise = factor * ops.sqrt(ops.maximum(inputs["sky"], 1.0) / GAIN)
        seeing, noise, depth = (
            _stacked(x)
            for x in (
                inputs["seeing"] - 1.4,
                2.0 * (ops.log(noise) - 1.5),
                0.25 * (ops.log(reference[:, 1:] / noise) - 2.0),
            )
        )
        return ops.concatenate([seeing, noise, depth], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "stretch": self.stretch}

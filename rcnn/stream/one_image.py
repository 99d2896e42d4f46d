"""A trained network that takes one image more of many objects at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rcnn.model.classifier import RCNN

CHUNK = 512
"""Objects at a time. Fewer are padded to a power of two, so that few shapes are ever compiled."""

SMALLEST = 8
"""Objects that the fewest are padded to. Alone, one goes through other kernels: in 2.4 ms instead
of 3.8, but in bfloat16 with answers that differ from the batch prediction's by up to 3e-4, where
from eight on they are the same to the last bit (both measured with TensorFlow on Zen 5)."""


class OneImage:
    """The network's step, and what must be kept of an object from one step to the next.

    Attributes
    ----------
    identity : str
        That of the model.
    conditions : tuple of str
        Names of the numbers that come with each image: whatever `rcnn.data.loader.inputs` has one
        of for each image, but the days, which follow from the dates.
    classes, references, memory : int
        Lengths of the answer, of what the first three images fix, and of the LSTM's state.
    """

    def __init__(self, model: RCNN) -> None:
        from rcnn.model.classifier import example
        from rcnn.network.network import Step

        self._model = model
        self._step = Step(model.network)
        inputs = example(21)
        per_image = {k for k, v in inputs.items() if v.ndim == 2}
        self.conditions = tuple(sorted(per_image - {"days"}))
        self.classes = int(model.network.logits.units)
        self.memory = int(model.network.lstm.units)
        self.references = int(model.network.preprocess.reference(inputs).shape[-1])
        self.identity = model.identity

    def step(
        self,
        stamps: NDArray[np.float32],
        conditions: NDArray[np.float32],
        days: NDArray[np.float32],
        kept: dict[str, NDArray[np.float32]],
    ) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        """The answers after one image more of M objects, and what to keep.

        Parameters
        ----------
        stamps : array, shape (M, 3, S, S)
            The new image and the two before it, ADU with sky.
        conditions : array, shape (M, 3, K)
            Of these images, in the order of `conditions`.
        days : array, shape (M, 3)
            Of these images, since the object's first one.
        kept : dict of arrays
            ``reference`` (M, R), NaN where the three are the first; ``output`` and ``cell``
            (M, U), zero there.

        Returns
        -------
        probabilities : array, shape (M, C)
        kept : dict of arrays
        """
        M = len(stamps)
        rows = np.minimum(np.arange(_padded(M)), M - 1)
        inputs = {
            "images": stamps[rows],
            "days": days[rows],
            "n_images": np.full(len(rows), 3, np.int32),
            **{name: conditions[rows, :, k] for k, name in enumerate(self.conditions)},
        }
        found = self._step.predict_on_batch(
            {"inputs": inputs, **{name: values[rows] for name, values in kept.items()}}
        )
        found = {name: np.asarray(values)[:M] for name, values in found.items()}
        return self._model.probabilities(found.pop("logits")), found


def _padded(n: int) -> int:
    return max(SMALLEST, 1 << (n - 1).bit_length())


def chunks(rows: NDArray[Any]) -> list[NDArray[Any]]:
    """Rows, `CHUNK` at a time."""
    return [rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK)]

"""The recurrent convolutional network: movies in, class probabilities after every image out.

``rcnn.load(folder)``, ``rcnn.load_pretrained(name)`` and ``rcnn.train(store, settings, out)`` give
an `RCNN`, whose ``predict`` takes movies. Keras is imported at the first of them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from rcnn.settings import TrainingSettings, preset

# Read when TensorFlow is first imported, which happens in this package alone.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

if TYPE_CHECKING:
    from rcnn.model.classifier import RCNN, load, load_pretrained
    from rcnn.training.training import train

__all__ = ["RCNN", "TrainingSettings", "load", "load_pretrained", "preset", "train"]


def __getattr__(name: str) -> Any:
    if name in ("RCNN", "load", "load_pretrained"):
        from rcnn.model import classifier

        return getattr(classifier, name)
    if name == "train":
        from rcnn.training.training import train

        return train
    raise AttributeError(f"module 'rcnn' has no attribute {name!r}")

"""Keras, imported without the notes that TensorFlow's C++ writes to the terminal as it starts.

They come before any setting of its log level is read, so the only way to keep a command's output
to itself is to turn the file descriptor away for those seconds. Python's own errors still come
through.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _quiet() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


with _quiet():
    import keras

layers, ops = keras.layers, keras.ops

__all__ = ["keras", "layers", "ops"]

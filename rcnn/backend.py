"""Keras, imported without the notes that TensorFlow's C++ writes to the terminal as it starts.

They come before any setting of its log level is read, so the only way to keep a command's output
to itself is to turn the file descriptor away for those seconds. Python's own errors still come
through.

Which library computes is Keras' own choice, ``KERAS_BACKEND``: TensorFlow by default, which is the
faster on a CPU; JAX on graphics cards.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from skymovie.cli import memory_limit
from surveys.errors import SkymovieError


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


# TensorFlow leaves oneDNN's kernels out on processors without AVX-512, where they too save a third
# of a training step of the default network. Who has set the variable has chosen.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

memory_limit.require(memory_limit.FOR_NETWORKS)

try:
    with _quiet():
        import keras
except ImportError as error:
    raise SkymovieError(
        f"expected the library that Keras is to compute with "
        f"(KERAS_BACKEND={os.environ.get('KERAS_BACKEND', 'tensorflow')}), got {error}; "
        "pip install 'skymovie[gpu]' brings JAX; unset KERAS_BACKEND for TensorFlow"
    ) from error

layers, ops = keras.layers, keras.ops

ON_JAX = keras.config.backend() == "jax"

if ON_JAX:
    import jax

    # Else a card rounds the float32 of times and logits to TF32's ten bits.
    jax.config.update("jax_default_matmul_precision", "float32")


def accelerated() -> bool:
    """Whether the computing is done by something else than the processor."""
    if ON_JAX:
        return bool(jax.default_backend() != "cpu")
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    return False


__all__ = ["ON_JAX", "accelerated", "keras", "layers", "ops"]

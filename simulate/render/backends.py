"""Where arrays live: NumPy on the processor, CuPy or JAX on a graphics card."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveys.errors import UsageError

DEVICES = ("cpu", "gpu")

Kernel = Callable[..., Any]


@dataclass(frozen=True)
class Backend:
    """A library that speaks the array API, and how it is used.

    Attributes
    ----------
    put, get : functions
        From a NumPy array to the library's own, and back.
    compiled : function
        Makes a faster function of one that takes and gives the library's arrays.
    batch : int
        Wave vectors to work on at once: what fits a processor's cache or fills a card.
    padded : bool
        Whether batches must have one of a few sizes, since each is compiled for.
    """

    put: Callable[[NDArray[Any]], Any]
    get: Callable[[Any], NDArray[Any]]
    compiled: Callable[[Kernel], Kernel]
    batch: int
    padded: bool = False


NUMPY = Backend(np.asarray, np.asarray, lambda kernel: kernel, 2**16)

_CARD_BATCH = 2**25


def backend(device: str) -> Backend:
    """What renders on a device.

    Raises
    ------
    UsageError
        If there is no such device, or no library that sees a graphics card.
    """
    if device not in DEVICES:
        raise UsageError(f"expected a device among {', '.join(DEVICES)}; got {device!r}")
    return NUMPY if device == "cpu" else _card()


@lru_cache(maxsize=1)
def _card() -> Backend:
    for found in (_cupy, _jax):
        card = found()
        if card is not None:
            return card
    raise UsageError(
        "device 'gpu': expected CuPy or JAX with a GPU in sight, found neither; "
        "install skymovie[gpu] on a machine with one, or choose the device 'cpu'"
    )


def _cupy() -> Backend | None:
    if find_spec("cupy") is None:
        return None
    import cupy

    if not cupy.is_available():
        return None
    return Backend(cupy.asarray, cupy.asnumpy, lambda kernel: kernel, _CARD_BATCH)


def _jax() -> Backend | None:
    if find_spec("jax") is None:
        return None
    # Several processes share a card; JAX would take three quarters of its memory for one.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    try:
        card = jax.devices("gpu")[0]
    except RuntimeError:  # JAX's way of saying that it sees none
        return None
    return jax_on(card, _CARD_BATCH)


def jax_on(device: Any, batch: int) -> Backend:
    """JAX on one of its devices."""
    import jax

    def compiled(kernel: Kernel) -> Kernel:
        fast = jax.jit(kernel)

        def call(*arrays: Any) -> Any:
            # Cards would multiply matrices with 10 bits of mantissa otherwise.
            with jax.default_matmul_precision("float32"):
                return fast(*arrays)

        return call

    return Backend(lambda a: jax.device_put(a, device), np.asarray, compiled, batch, True)

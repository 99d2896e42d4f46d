"""One training on several devices: each takes its share of every batch, and all hold the weights.

Keras' own distribution over JAX devices. Batch statistics and gradients are those of the whole
batch, so that the number of devices changes nothing but rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from surveys.errors import UsageError

ALL = "all"


@contextmanager
def spread(devices: str, batch: int) -> Iterator[None]:
    """Let networks that are made within use several devices.

    Parameters
    ----------
    devices : str
        A number, or ``all``.
    batch : int
        Movies in a batch, which the devices share out evenly.

    Raises
    ------
    UsageError
        If there are fewer devices, the batch cannot be shared out, or the backend is not JAX.
    """
    if devices != ALL and not (devices.isdecimal() and int(devices) > 0):
        raise UsageError(f"expected --devices with a positive number or {ALL}, got {devices!r}")
    if devices == "1":
        yield
        return
    from rcnn.backend import ON_JAX, keras

    if not ON_JAX:
        raise UsageError(
            f"expected JAX for a training on several devices, got KERAS_BACKEND="
            f"{keras.config.backend()} and --devices {devices}; set KERAS_BACKEND=jax "
            "(pip install 'skymovie[gpu]')"
        )
    there = keras.distribution.list_devices()
    n = len(there) if devices == ALL else int(devices)
    if n > len(there):
        raise UsageError(
            f"expected at most the {len(there)} devices of this machine ({', '.join(there)}), "
            f"got --devices {n}"
        )
    if batch % n:
        raise UsageError(
            f"expected a --batch that {n} devices can share out evenly, got {batch}; "
            f"give {n * max(batch // n, 1)}"
        )
    if n == 1:
        yield
        return
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=there[:n], auto_shard_dataset=False)
    )
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)

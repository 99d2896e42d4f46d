"""Movies of a store that lie on the device, in the form that `rcnn.training.jax_steps` takes.

A training part of 686,000 movies takes 13 GB. They are taken from there by their rows, and turned
there, in the order and in the poses that those have which are read from a disk (`rcnn.data.order`).
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rcnn.data import loader, order
from rcnn.settings import TrainingSettings
from skymovie.cli import console
from skymovie.movies import MAX_IMAGES
from skymovie.store.movie_store import MovieStore
from surveys import processors

Drawn = dict[str, NDArray[np.int32]]
"""``rows`` and ``poses`` of one batch, shape (B,)."""

NUMBERS = 4 * 8 * MAX_IMAGES
"""Bytes of a movie's sky, zero points, days, labels and the like, of which there are fewer than
eight an image."""


def room() -> int:
    """Free bytes on the device; 0 for a processor, whose memory is needed for other things."""
    stats = jax.local_devices()[0].memory_stats()
    return 0 if not stats else int(stats["bytes_limit"] - stats["bytes_in_use"])


def size(store: MovieStore, n: int) -> int:
    """Bytes that n movies take on the device."""
    return n * (2 * MAX_IMAGES * store.survey.camera.stamp_size**2 + NUMBERS)


class DeviceDataset:
    """The first n movies of a part.

    Parameters
    ----------
    where : jax.sharding.Sharding, optional
        Devices that are to hold them, whole each.

    Attributes
    ----------
    arrays : dict of arrays, shape (n, …)
        The network's inputs, and ``labels``; on the device.
    """

    def __init__(self, store: MovieStore, part: str, n: int, where: Any = None) -> None:
        self.store, self.n = store, n
        put = jax.jit(_put, donate_argnums=0)
        self.arrays: dict[str, Any] = {}
        first = 0
        with console.progress(f"{part} part to the device", n) as advance:
            for block in _read(store, part, n):
                if not self.arrays:
                    self.arrays = {
                        name: jnp.zeros((n, *values.shape[1:]), values.dtype, device=where)
                        for name, values in block.items()
                    }
                count = min(len(block["labels"]), n - first)
                block = {name: values[:count] for name, values in block.items()}
                self.arrays = put(self.arrays, block, np.int32(first))
                first += count
                advance(count)

    def draws(self, settings: TrainingSettings, start: int, depth: int) -> Generator[Drawn]:
        """Training batches from number `start` on; nothing is read, hence nothing ahead."""
        for each in order.batches(
            self.store, settings.batch, settings.seed, settings.augment, start
        ):
            yield {"rows": each.rows.astype(np.int32), "poses": each.poses.astype(np.int32)}

    def in_order(self, batch: int) -> Iterator[tuple[Drawn, int]]:
        """All movies once: batches of one shape, and how many movies of each count."""
        upright = np.zeros(batch, np.int32)
        for first in range(0, self.n, batch):
            rows = np.minimum(np.arange(first, first + batch), self.n - 1).astype(np.int32)
            yield {"rows": rows, "poses": upright}, min(batch, self.n - first)

    @staticmethod
    def take(arrays: dict[str, Any], draw: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Inputs and targets of one batch, made on the device."""
        inputs = {name: jnp.take(values, draw["rows"], axis=0) for name, values in arrays.items()}
        target = inputs.pop("labels")
        images = inputs["images"]
        S = images.shape[-1]
        pixels = jnp.asarray(_pixels(S))[draw["poses"]]  # (B, S²)
        flat = images.reshape(*images.shape[:2], S * S)
        inputs["images"] = jnp.take_along_axis(flat, pixels[:, None], axis=2).reshape(images.shape)
        return inputs, target


def _pixels(S: int) -> NDArray[np.int32]:
    """Which pixel of a stamp comes to each place, for every pose; shape (8, S²)."""
    pixels = np.arange(S * S, dtype=np.int32).reshape(1, 1, S, S)
    whole = np.repeat(pixels, order.POSES, axis=0)
    return loader.turned(whole, np.arange(order.POSES)).reshape(order.POSES, S * S)


def _put(whole: dict[str, Any], block: dict[str, Any], first: Any) -> dict[str, Any]:
    return {
        name: jax.lax.dynamic_update_slice_in_dim(values, block[name], first, axis=0)
        for name, values in whole.items()
    }


def _read(store: MovieStore, part: str, n: int) -> Iterator[loader.Arrays]:
    """Blocks in order, read by a few threads that are never far ahead."""

    def read(block: slice) -> loader.Arrays:
        movies = loader.read_block(store, part, block)
        return {**loader.inputs(movies), "labels": loader.labels(movies)}

    blocks = iter([block for block in store.blocks(part) if block.start < n])
    with ThreadPoolExecutor(min(processors.count(), 8)) as pool:
        under_way: deque[Future[loader.Arrays]] = deque(
            pool.submit(read, block) for block in itertools.islice(blocks, 16)
        )
        while under_way:
            yield under_way.popleft().result()
            under_way.extend(pool.submit(read, block) for block in itertools.islice(blocks, 1))

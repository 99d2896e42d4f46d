"""How a movie store lies on disk: its arrays and their description, made in memory by Zarr.

What Zarr makes here is put in its place whole (`surveys.files.atomic`), so that a store is never
seen half-written, on a disk or in an object store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec
from zarr.storage import MemoryStore

BLOCK = 448
"""Objects in a block: 64 of each class when all seven are simulated."""
CHUNK = 64
"""Objects that are compressed together."""

DESCRIPTION = "zarr.json"


def array(name: str, n: int, epochs: int, size: int) -> dict[str, Any]:
    """What Zarr is told of an array: ``images`` or ``exposure`` of `n` objects."""
    if name == "images":
        return {
            "shape": (n, epochs, size, size),
            "shards": (BLOCK, epochs, size, size),
            "chunks": (CHUNK, epochs, size, size),
            "dtype": "uint16",
            "compressors": [
                BloscCodec(cname="lz4", clevel=1, shuffle="bitshuffle", typesize=2),
                Crc32cCodec(),
            ],
            "attributes": {"long_name": "counts with sky", "units": "adu"},
            "dimension_names": ("object", "image", "y", "x"),
        }
    return {
        "shape": (n, epochs),
        "chunks": (BLOCK, epochs),
        "dtype": "int32",
        "fill_value": -1,
        "attributes": {"long_name": "row of the exposure table, -1 where no image is"},
        "dimension_names": ("object", "image"),
    }


def descriptions(
    attributes: Mapping[str, Any], sizes: Mapping[str, int], epochs: int, size: int
) -> dict[str, bytes]:
    """The files that describe an empty store, the one that describes it as a whole first."""
    made: dict[str, Any] = {}
    group = zarr.open_group(MemoryStore(made), mode="w", attributes=dict(attributes))
    for part, n in sizes.items():
        for name in ("images", "exposure"):
            group.create_array(f"{part}/{name}", **array(name, n, epochs, size))
    files = {key: buffer.to_bytes() for key, buffer in made.items()}
    return {DESCRIPTION: files.pop(DESCRIPTION), **dict(sorted(files.items()))}


def encode(like: zarr.Array, rows: slice, values: NDArray[Any]) -> dict[str, Any]:
    """The files, by name under the array's own, that hold some rows of an array like this one.

    Parameters
    ----------
    like : zarr.Array, shape (N, …)
    rows : slice
        Those of one block.
    values : array, shape (rows, …)

    Returns
    -------
    mapping of str to buffers
    """
    made: dict[str, Any] = {}
    name = "images" if like.ndim == 4 else "exposure"
    spec = array(name, like.shape[0], like.shape[1], like.shape[-1])
    # A block of zeros is a block too: its file shows that it was written.
    config = {"write_empty_chunks": True}
    zarr.create_array(MemoryStore(made), **spec, config=config)[rows] = np.asarray(values)
    return {key: b.as_buffer_like() for key, b in made.items() if key != DESCRIPTION}

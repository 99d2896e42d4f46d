"""Weights in the form that skymovie ships: half precision, checked, and nothing but arrays.

A release is a folder with ``settings.toml``, ``card.md``, ``weights.npz`` and the SHA-256 of the
latter. Matrices are float16, which the network's own bfloat16 arithmetic cannot tell from float32;
short vectors (scales, shifts, running statistics) stay float32.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from surveys.errors import SkymovieError
from surveys.files import atomic

FILE = "weights.npz"
CHECKSUM = "weights.sha256"
HALF_FROM = 10_000
"""Numbers in an array from which it is stored in half precision."""


def write(network: Any, folder: Path) -> None:
    """Write the weights of a network and their checksum into a folder."""
    from rcnn.backend import ops

    arrays = {}
    for k, variable in enumerate(network.weights):
        array = ops.convert_to_numpy(variable)
        half = array.dtype == np.float32 and array.size >= HALF_FROM
        arrays[f"w{k:03d}"] = array.astype(np.float16) if half else array
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    content = buffer.getvalue()
    atomic.put(folder / FILE, content)
    atomic.put(folder / CHECKSUM, f"{_digest(content)}\n".encode())


def read(network: Any, folder: Path) -> None:
    """Put the weights of a release into a network.

    Raises
    ------
    SkymovieError
        If the file differs from its checksum, or belongs to another network.
    """
    path = folder / FILE
    try:
        content = path.read_bytes()
        wanted = (folder / CHECKSUM).read_text("utf-8").strip()
    except OSError as error:
        raise SkymovieError(
            f"{path}: expected the weights of a release and their checksum, got {error}; "
            "install skymovie again"
        ) from error
    if (got := _digest(content)) != wanted:
        raise SkymovieError(
            f"{path}: expected the checksum {wanted[:12]}…, got {got[:12]}…; install skymovie again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = [archive[name] for name in sorted(archive.files)]
    if [a.shape for a in arrays] != [tuple(v.shape) for v in network.weights]:
        raise SkymovieError(
            f"{path}: expected {len(network.weights)} arrays of this network, got others "
            f"({len(arrays)}); give the version of skymovie that wrote it"
        )
    for variable, array in zip(network.weights, arrays, strict=True):
        variable.assign(array)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

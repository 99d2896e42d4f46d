"""A recipe handed to other processes of this machine as a file, whose arrays they share.

The arrays of a recipe take 100 MB where an observing log has 160,000 exposures. In a file that is
mapped into memory they are there once, however many processes read them, and nothing waits for a
pipe.
"""

from __future__ import annotations

import mmap
import pickle
import struct
from pathlib import Path

from simulate.scenes.recipe import Recipe
from surveys.files.atomic import Place

ALIGNED = 64
"""Bytes at whose multiples arrays begin, as NumPy's own do."""


def write(recipe: Recipe, out: Place, path: Path) -> None:
    """Write a recipe and the store's place: a pickle without arrays, their sizes, the arrays."""
    arrays: list[pickle.PickleBuffer] = []
    rest = pickle.dumps((recipe, out), protocol=5, buffer_callback=arrays.append)
    contents: list[bytes | memoryview] = [rest, *(array.raw() for array in arrays)]
    with path.open("wb") as file:
        sizes = [memoryview(content).nbytes for content in contents]
        file.write(struct.pack(f"<{len(sizes) + 1}Q", len(sizes), *sizes))
        for content in contents:
            file.write(bytes(-file.tell() % ALIGNED))
            file.write(content)


def read(path: Path) -> tuple[Recipe, Place]:
    """What `write` wrote; the arrays are read only, and read from the file when needed."""
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (count,) = struct.unpack_from("<Q", mapped)
    parts, end = [], 8 * (count + 1)
    for size in struct.unpack_from(f"<{count}Q", mapped, 8):
        begin = end + -end % ALIGNED
        end = begin + size
        parts.append(mapped[begin:end])
    recipe, out = pickle.loads(parts[0], buffers=parts[1:])
    return recipe, out

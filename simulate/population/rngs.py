"""Randomness that belongs to the object: one independent random stream each.

An object is the same with one worker or with many, after a resume, and in a larger run, because
nothing it draws depends on which other objects are drawn beside it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveys.errors import UsageError

_SMALLEST = 2.0**-54  # half of the smallest step of random(): keeps draws inside (0, 1)


class ObjectRNGs:
    """N independent random streams, one an object; row i of every draw depends on object i alone.

    Parameters
    ----------
    generators : sequence of N numpy Generators
    """

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        self.generators = list(generators)

    @classmethod
    def of(cls, seed: int, part: str, objects: Iterable[int]) -> ObjectRNGs:
        """The streams of some objects of a run, at their beginning.

        Philox generators (Salmon et al. 2011), whose 128-bit key names the stream outright: the
        seed, and the part with the object's number. No other stream need be known to make one.

        Parameters
        ----------
        seed : int
            Of the run, 0 … 2⁶⁴ − 1.
        part : str
            Such as ``train``; equal numbers in different parts are different objects.
        objects : ints
            Numbers of the objects, 0 … 2³² − 1.

        Raises
        ------
        UsageError
            If the seed or a number is out of range.
        """
        if not 0 <= seed < 2**64:
            raise UsageError(f"expected a seed from 0 to 2⁶⁴ − 1, got {seed}")
        base = zlib.crc32(part.encode()) << 32
        generators = []
        for number in objects:
            if not 0 <= number < 2**32:
                raise UsageError(f"expected object numbers from 0 to 2³² − 1, got {number}")
            key = np.array((seed, base | int(number)), np.uint64)
            generators.append(np.random.Generator(np.random.Philox(key=key)))
        return cls(generators)

    def __len__(self) -> int:
        return len(self.generators)

    def random(self, k: int) -> NDArray[np.float64]:
        """Uniform draws in (0, 1), shape (N, k)."""
        out = np.empty((len(self), k))
        for line, generator in zip(out, self.generators, strict=True):
            generator.random(out=line)
        return np.maximum(out, _SMALLEST, out=out)

    def normal(self, k: int) -> NDArray[np.float64]:
        """Standard normal draws, shape (N, k)."""
        out = np.empty((len(self), k))
        for line, generator in zip(out, self.generators, strict=True):
            generator.standard_normal(out=line)
        return out

    def select(self, rows: NDArray[Any]) -> ObjectRNGs:
        """The streams of some objects, by index or boolean mask: they go on where they were."""
        return type(self)([self.generators[i] for i in np.arange(len(self))[rows]])

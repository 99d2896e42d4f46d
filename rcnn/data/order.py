"""Which movies each batch of a training holds, and how they are turned: a function of the seed.

Blocks of the store are shuffled anew in every pass, taken a few at a time, and their movies
shuffled among one another. What the batches are made of is known without reading anything, so that
a resumed training goes on with the batch that was next, and movies that lie on a graphics card are
taken in the same order as those that are read from a disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError

BUFFER = 8
"""Blocks among whose movies the batches are shuffled: 8 × 448 movies, about 90 MB."""

POSES = 8
"""Turns by multiples of 90°, plain and mirrored."""


@dataclass(frozen=True)
class Batch:
    """One batch.

    Attributes
    ----------
    number : int
        From 0 on.
    rows : int array, shape (B,)
        Of the training part.
    poses : int array, shape (B,)
        How each movie is turned (`rcnn.data.loader.turned`); zero throughout without augmentation.
    """

    number: int
    rows: NDArray[np.int64]
    poses: NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Blocks that are read together, and the batches that are made of them alone.

    Attributes
    ----------
    blocks : list of slice
        Rows of the training part.
    batches : list of Batch
        Those from the one that was asked for on.
    """

    blocks: list[slice]
    batches: list[Batch]

    @property
    def rows(self) -> NDArray[np.int64]:
        """Those of all blocks, in the order in which they are read."""
        return np.concatenate([np.arange(block.start, block.stop) for block in self.blocks])


def groups(
    store: MovieStore, batch: int, seed: int, augment: bool, start: int = 0
) -> Iterator[Group]:
    """Without end: what is read together, from batch number `start` on.

    Up to ``batch − 1`` movies of a group, others in each pass, are left out so that batches are
    full. Only where the whole store is smaller than one batch are its batches smaller: all of it.

    Raises
    ------
    UsageError
        If the store has no training movies.
    """
    blocks = store.blocks("train")
    if not blocks:
        raise UsageError("expected a movie store with a training part, got an empty one")
    batch = min(batch, blocks[-1].stop)
    at_once = max(BUFFER, 1 + -(-batch // (blocks[0].stop - blocks[0].start)))
    number, turn = 0, 0
    while True:
        order = np.random.default_rng([seed, turn]).permutation(len(blocks))
        for first in range(0, len(order), at_once):
            group = Group([blocks[k] for k in order[first : first + at_once]], [])
            count = sum(block.stop - block.start for block in group.blocks) // batch
            if number + count > start:
                key = [seed, turn, group.blocks[0].start]
                shuffled = np.random.default_rng([*key, 1]).permutation(len(group.rows))
                rows = group.rows[shuffled]
                for k in range(max(start - number, 0), count):
                    poses = np.zeros(batch, np.int64)
                    if augment:
                        poses = np.random.default_rng([*key, 2, k]).integers(POSES, size=batch)
                    group.batches.append(
                        Batch(number + k, rows[k * batch : (k + 1) * batch], poses)
                    )
                yield group
            number += count
        turn += 1


def batches(
    store: MovieStore, batch: int, seed: int, augment: bool, start: int = 0
) -> Iterator[Batch]:
    """Without end: the batches from number `start` on."""
    for group in groups(store, batch, seed, augment, start):
        yield from group.batches

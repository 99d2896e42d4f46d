"""Movies that are too short to be classified: left out with a note, or refused.

No classifier says anything before `surveys.exposures.MIN_VISITS` images. `simulate` makes no
shorter movies, but stores of earlier versions hold some where a field had fewer visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from skymovie.cli import console
from skymovie.movies import Movies
from skymovie.store import tables
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from surveys.exposures import MIN_VISITS


def long_enough(movies: Movies, where: str) -> Movies:
    """The movies that have `MIN_VISITS` images or more from their start on; a note counts the rest.

    Parameters
    ----------
    where : str
        What the note calls them, such as their folder.

    Raises
    ------
    UsageError
        If none has.
    """
    start = movies.truth["start"].to_numpy(np.int64)
    chosen = movies.n_images - start >= MIN_VISITS
    if chosen.all():
        return movies
    if not chosen.any():
        raise UsageError(
            f"{where}: expected movies of at least {MIN_VISITS} images to classify, got none among "
            f"{len(movies):,}; give other movies"
        )
    note_left_out(int((~chosen).sum()), len(movies), where)
    return movies.select(chosen)


def note_left_out(short: int, n: int, where: str) -> None:
    """Say how many of `n` movies are left out as too short, if any."""
    if short:
        have = "has" if short == 1 else "have"
        console.note(
            f"{where}: {short:,} of {n:,} movies {have} fewer than {MIN_VISITS} images: left out"
        )


def require_long_enough(store: MovieStore, parts: Sequence[str]) -> None:
    """Refuse a store with movies that are too short, before anything is trained on them.

    Raises
    ------
    UsageError
        If one of the parts holds a movie of fewer than `MIN_VISITS` images from its start on.
    """
    short = {part: _count(store, part) for part in parts if store.sizes.get(part)}
    found = [f"{n:,} of {store.sizes[part]:,} {part} movies" for part, n in short.items() if n]
    if found:
        raise UsageError(
            f"{store.path}: expected movies of at least {MIN_VISITS} images, got fewer in "
            f"{', '.join(found)}; simulate the store again with this version, which leaves out "
            "fields of too few visits"
        )


@lru_cache(maxsize=32)
def _count(store: MovieStore, part: str) -> int:
    """Movies of a part that are too short, found without reading an image."""
    start = tables.read(store.truth_files(part), ["start"])["start"].to_numpy(np.int64)
    pointer = store.group[f"{part}/exposure"]
    total = 0
    for rows in store.blocks(part):
        n_images = (np.asarray(pointer[rows]) >= 0).sum(axis=1)
        total += int((n_images - start[rows] < MIN_VISITS).sum())
    return total

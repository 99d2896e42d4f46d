"""What is known of a set of movies without looking at their images: for summaries."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.classes import CLASSES, TRANSIENTS
from skymovie.measure import photometry
from skymovie.movies import Movies
from skymovie.store import tables
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from surveys.files.atomic import Place

MEASURED = 100
"""Movies of each class that are measured for a summary of magnitudes."""

LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Catalogue:
    """N movies of a part of a store, or real ones, without their images.

    Attributes
    ----------
    truth : pandas.DataFrame, N rows
    exposure : int32 array, shape (N, E)
        As in `skymovie.movies.Movies`.
    rows : int array, shape (N,)
        Where the movies stand in their part; a part that is not finished has gaps.
    movies : MovieStore or Movies
        Where the images are.
    part : str
    """

    truth: pd.DataFrame
    exposure: NDArray[np.int32]
    rows: NDArray[np.int64]
    movies: MovieStore | Movies
    part: str

    @classmethod
    def of(cls, movies: MovieStore | Movies, part: str = "") -> Catalogue:
        """That of a part of a store, as far as it is written, or of movies in memory.

        Raises
        ------
        UsageError
            If the store has no such part, or no block of it is written.
        """
        if isinstance(movies, Movies):
            rows = np.arange(len(movies))
            return cls(movies.truth, movies.exposure, rows, movies, part)
        blocks = movies.blocks(part)
        absent = set(movies.missing()[part])
        there = [k for k in range(len(blocks)) if k not in absent]
        if not there:
            raise UsageError(
                f"{movies.path}: expected a {part} part with movies, none is written yet; "
                "go on with the simulate command that began it, or give another --part"
            )
        rows = np.concatenate([np.arange(blocks[k].start, blocks[k].stop) for k in there])
        files = movies.truth_files(part)
        truth = tables.read([files[k] for k in there])
        exposure = np.asarray(movies.group[f"{part}/exposure"][:])[rows]
        return cls(truth, exposure, rows, movies, part)

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def classes(self) -> list[str]:
        """The classes there are: the canonical ones in their order, then a user's own by name."""
        there = set(self.truth["label"])
        return [c for c in CLASSES if c in there] + sorted(there - set(CLASSES))

    @property
    def n_images(self) -> NDArray[np.int64]:
        """Number of images of each movie, shape (N,)."""
        return (self.exposure >= 0).sum(axis=1)

    def of_class(self, name: str) -> NDArray[np.int64]:
        """Which movies are of a class."""
        return np.flatnonzero(self.truth["label"].to_numpy() == name)

    def named(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Which movies bear these object ids, in that order.

        Raises
        ------
        UsageError
            If one is not among them.
        """
        where = pd.Index(self.truth["object_id"]).get_indexer(pd.Index(names))
        if (where < 0).any():
            unknown = names[int(np.argmin(where))]
            known = self.truth["object_id"].tolist()
            like = difflib.get_close_matches(unknown, known, 3) or known[:1]
            raise UsageError(
                f"expected objects of the {self.part or 'real'} movies, such as "
                f"{', '.join(like)}; got {unknown}"
            )
        return where.astype(np.int64)

    def first(self, n: int) -> NDArray[np.int64]:
        """Which movies to show of all: classes take turns."""
        turn = self.truth.groupby("label", sort=False).cumcount().to_numpy()
        order = {name: i for i, name in enumerate(self.classes)}
        place = self.truth["label"].map(order).to_numpy(np.int64)
        return np.lexsort((place, turn))[:n]

    def pick(
        self, n: int, names: Sequence[str] | None = None, of_class: str | None = None
    ) -> NDArray[np.int64]:
        """Which movies a person means: those named; else the first n of a class, or of all.

        Raises
        ------
        UsageError
            If there is no such movie or class.
        """
        if names:
            return self.named(names)
        if of_class is None:
            return self.first(n)
        if of_class not in self.classes:
            raise UsageError(f"expected a class among {', '.join(self.classes)}; got {of_class}")
        return self.of_class(of_class)[:n]

    def read(self, which: NDArray[Any]) -> Movies:
        """The movies themselves."""
        if isinstance(self.movies, Movies):
            return self.movies.select(which)
        return self.movies.read_written(
            self.part, self.rows[which], self.truth.iloc[which].reset_index(drop=True)
        )

    def magnitudes(self) -> dict[str, NDArray[np.float64]]:
        """Measured brightness of the first `MEASURED` movies of each class, mag.

        The median of a movie's images; of a transient, its brightest image.
        """
        out = {}
        for name in self.classes:
            movies = self.read(self.of_class(name)[:MEASURED])
            magnitude = photometry.measure(movies).magnitude
            middle = np.nanmin if name in TRANSIENTS else np.nanmedian
            out[name] = middle(magnitude[np.isfinite(magnitude).any(axis=1)], axis=1)
        return out


def size_on_disk(place: Place) -> int:
    """Bytes of all files under a folder, or under a URL."""
    if isinstance(place, Path):
        return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    return int(place.fs.du(place.path))

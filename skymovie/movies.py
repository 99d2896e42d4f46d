"""The movie container: the noun that simulator, network and forest speak.

A real movie and a simulated one are the same thing: images in ADU, each pointing at the exposure
that took it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from skymovie.classes import CLASSES
from surveys.errors import UsageError
from surveys.exposures import Exposures
from surveys.files.checksum import checksum
from surveys.rows import named
from surveys.survey import Survey

MAX_IMAGES = 22
"""Longest sequence that is classified (Carrasco-Davis et al. 2018, §4)."""

BEFORE_ALERT = 5
"""Images kept before the first alert of a transient (ibid., §4)."""


@dataclass(frozen=True)
class Movies:
    """N movies of at most E images.

    Attributes
    ----------
    images : array, shape (N, E, S, S)
        uint16 or float32, ADU with sky. Zero where there is no image.
    exposure : int32 array, shape (N, E)
        Row of `exposures` that took each image; −1 where there is none. A movie's images come
        first and in time order; the padding stands on the right.
    exposures : Exposures
    truth : pandas.DataFrame, N rows
        At least ``object_id`` (str), ``label`` (one of `CLASSES`, or a user's own), ``first_alert``
        (index of the image in which a transient was first detected, −1 for the other classes) and
        ``start`` (index of the first image that is classified).
    survey : Survey
    origin : str
        Where the movies come from, in words for a report.
    stand_in : bool
        True for movies that take the place of real ones where none could be had.
    """

    images: NDArray[Any]
    exposure: NDArray[np.int32]
    exposures: Exposures
    truth: pd.DataFrame
    survey: Survey
    origin: str = ""
    stand_in: bool = False

    def __len__(self) -> int:
        return len(self.images)

    @property
    def object_id(self) -> NDArray[Any]:
        """Names of the objects, shape (N,)."""
        return self.truth["object_id"].to_numpy(dtype=np.str_)

    @property
    def label(self) -> NDArray[np.int64]:
        """Index of each object's class in `CLASSES`, shape (N,); −1 for a user's own class."""
        return pd.Index(CLASSES).get_indexer(pd.Index(self.truth["label"])).astype(np.int64)

    @property
    def n_images(self) -> NDArray[np.int64]:
        """Number of images of each movie, shape (N,)."""
        return (self.exposure >= 0).sum(axis=1)

    def conditions(self, column: str) -> NDArray[Any]:
        """One column of the exposures for each image, shape (N, E).

        Where there is no image it is NaN, or empty for the names ``field`` and ``band``.

        Raises
        ------
        UsageError
            If the exposures have no such column.
        """
        if column not in self.exposures.columns():
            raise UsageError(
                f"expected a column among {', '.join(self.exposures.columns())}; got {column!r}"
            )
        values = getattr(self.exposures, column)
        absent: Any = "" if values.dtype.kind in "UO" else np.nan
        if not len(values):
            return np.full(self.exposure.shape, absent)
        return np.where(self.exposure >= 0, values[self.exposure], absent)

    def select(self, rows: ArrayLike | slice) -> Movies:
        """The movies named by numbers, a slice or a boolean mask; by one number, that one movie.

        Raises
        ------
        UsageError
            If `rows` is none of these, or names a movie that is not there.
        """
        chosen = named(rows, len(self), "movies")
        return replace(
            self,
            images=self.images[rows if isinstance(rows, slice) else chosen],
            exposure=self.exposure[chosen],
            truth=self.truth.iloc[chosen].reset_index(drop=True),
        )

    def sequences(self, longest: int = MAX_IMAGES) -> Movies:
        """The part of each movie that is classified: from ``start``, at most `longest` images.

        ``first_alert`` and ``start`` are counted anew, from the first image kept.

        Raises
        ------
        UsageError
            If `longest` is not positive.
        """
        if longest < 1:
            raise UsageError(f"expected a positive number of images, got {longest}; give 22, say")
        start = self.truth["start"].to_numpy(np.int64)
        take = start[:, None] + np.arange(longest)
        inside = take < self.exposure.shape[1]
        take = np.minimum(take, self.exposure.shape[1] - 1)
        exposure = np.where(inside, np.take_along_axis(self.exposure, take, axis=1), -1)
        images = self.images[np.arange(len(take))[:, None], take]  # whole stamps, not pixels
        images[exposure < 0] = 0
        alert = self.truth["first_alert"].to_numpy(np.int64)
        truth = self.truth.assign(first_alert=np.where(alert < 0, -1, alert - start), start=0)
        return replace(self, images=images, exposure=exposure.astype(np.int32), truth=truth)


def concatenate(parts: Sequence[Movies]) -> Movies:
    """Join movies, in order; where their exposure tables differ, these are joined too.

    Parameters
    ----------
    parts : sequence of Movies
        Of one survey, whatever observing log each was made with; the joined movies have the first
        one's.

    Returns
    -------
    Movies
        Every image points at the exposure that it pointed at before. The movies stand in for real
        ones if any part does.

    Raises
    ------
    UsageError
        If there are no parts, or their surveys or sizes of stamps differ.
    """
    if not len(parts):
        raise UsageError("expected movies to join, got none; give at least one Movies")
    first = parts[0]
    for k, part in enumerate(parts):
        _require_alike(first, part, k)
    exposures, tables = _joined(parts)
    longest = max(p.images.shape[1] for p in parts)

    def padded(array: NDArray[Any], value: int) -> NDArray[Any]:
        width = [(0, 0), (0, longest - array.shape[1])] + [(0, 0)] * (array.ndim - 2)
        return np.pad(array, width, constant_values=value)

    rows = [
        np.where(p.exposure >= 0, table[p.exposure], -1).astype(np.int32)
        for p, table in zip(parts, tables, strict=True)
    ]
    return replace(
        first,
        images=np.concatenate([padded(p.images, 0) for p in parts]),
        exposure=np.concatenate([padded(row, -1) for row in rows]),
        exposures=exposures,
        truth=pd.concat([p.truth for p in parts], ignore_index=True),
        origin="; ".join(dict.fromkeys(p.origin for p in parts if p.origin)),
        stand_in=any(p.stand_in for p in parts),
    )


def _require_alike(first: Movies, other: Movies, k: int) -> None:
    """Refuse movies that another camera took, or of another size."""
    if other.images.shape[2:] != first.images.shape[2:]:
        raise UsageError(
            f"expected stamps of {first.images.shape[2]} pixels as in the first movies, got "
            f"{other.images.shape[2]} in part {k}; join movies of one size"
        )
    if other.survey is first.survey:
        return
    if checksum(replace(other.survey, log=None)) != checksum(replace(first.survey, log=None)):
        raise UsageError(
            f"expected movies of one survey, got {first.survey.name} and, in part {k}, "
            f"{other.survey.name} with another camera, PSF or sky; keep them apart"
        )


def _joined(parts: Sequence[Movies]) -> tuple[Exposures, list[NDArray[np.int64]]]:
    """The parts' exposure tables in one, and for each part the rows there of its own table."""
    tables: list[Exposures] = []
    place: list[int] = []
    for part in parts:
        known = [k for k, table in enumerate(tables) if _equal(part.exposures, table)]
        place.append(known[0] if known else len(tables))
        if not known:
            tables.append(part.exposures)
    if len(tables) == 1:
        return tables[0], [np.arange(len(tables[0]))] * len(parts)
    every = pd.concat([table.to_frame() for table in tables], ignore_index=True)
    number = every.groupby(list(every.columns), sort=False, dropna=False).ngroup().to_numpy()
    first = np.flatnonzero(~every.duplicated())  # of equal rows; `number` counts these
    order = np.lexsort((every["mjd"].to_numpy()[first], every["field"].to_numpy(str)[first]))
    columns = {
        name: np.concatenate([getattr(table, name) for table in tables])[first[order]]
        for name in Exposures.columns()
    }
    rows = np.argsort(order)[number]
    begin = np.cumsum([0, *map(len, tables)])
    return Exposures(**columns), [rows[begin[k] : begin[k + 1]] for k in place]


def _equal(one: Exposures, other: Exposures) -> bool:
    return one is other or one.to_frame().equals(other.to_frame())

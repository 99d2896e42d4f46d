"""The movie container: the noun that simulator, network and forest speak.

A real movie and a simulated one are the same thing: images in ADU, each pointing at the exposure
that took it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.classes import CLASSES
from surveys.exposures import Exposures
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

    def conditions(self, column: str) -> NDArray[np.float64]:
        """One column of the exposures for each image, shape (N, E); NaN where there is no image."""
        values = getattr(self.exposures, column)[self.exposure]
        return np.where(self.exposure >= 0, values, np.nan)

    def select(self, rows: NDArray[Any]) -> Movies:
        """The movies named by an index or a boolean mask."""
        return replace(
            self,
            images=self.images[rows],
            exposure=self.exposure[rows],
            truth=self.truth.iloc[np.arange(len(self))[rows]].reset_index(drop=True),
        )

    def sequences(self, longest: int = MAX_IMAGES) -> Movies:
        """The part of each movie that is classified: from ``start``, at most `longest` images.

        ``first_alert`` and ``start`` are counted anew, from the first image kept.
        """
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


def concatenate(parts: list[Movies]) -> Movies:
    """Join movies that share one exposure table, in order."""
    longest = max(p.images.shape[1] for p in parts)

    def padded(array: NDArray[Any], value: int) -> NDArray[Any]:
        width = [(0, 0), (0, longest - array.shape[1])] + [(0, 0)] * (array.ndim - 2)
        return np.pad(array, width, constant_values=value)

    return replace(
        parts[0],
        images=np.concatenate([padded(p.images, 0) for p in parts]),
        exposure=np.concatenate([padded(p.exposure, -1) for p in parts]),
        truth=pd.concat([p.truth for p in parts], ignore_index=True),
    )

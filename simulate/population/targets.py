"""Where and when objects are looked at, and what they are: drawn for a survey, or a real one's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skymovie.classes import TRANSIENTS
from skymovie.measure import photometry
from skymovie.movies import Movies

BRIGHTEST = 10
"""Percentile of its magnitudes that stands for the brightness of a transient; of others, 50."""


@dataclass(frozen=True)
class Targets:
    """N objects before anything else of them is drawn; every array begins with that axis.

    Attributes
    ----------
    name : str
    label : str
    exposure : int32, shape (N, E)
        Rows of the recipe's exposures; −1 where there is no image.
    ccd : int
        Detector of the camera.
    magnitude : float
        That the light curve is brought to (see `brightness`); NaN where it stays as drawn.
    common : float, shape (N, E, K)
        PsfSystematics that exposure and detector contribute (`surveys.psf.systematics`).
    """

    name: NDArray[np.str_]
    label: NDArray[np.str_]
    exposure: NDArray[np.int32]
    ccd: NDArray[np.int64]
    magnitude: NDArray[np.float64]
    common: NDArray[np.floating[Any]]

    @classmethod
    def like(cls, movies: Movies, common: NDArray[np.floating[Any]]) -> Targets:
        """That of matched simulations of some movies, real ones say.

        Parameters
        ----------
        common : array, shape (N, E, K)
            For as many images or more; the exposures are padded to them.
        """
        label = movies.truth["label"].to_numpy(dtype=np.str_)
        missing = [(0, 0), (0, common.shape[1] - movies.exposure.shape[1])]
        return cls(
            name=np.char.add(movies.object_id, "-twin"),
            label=label,
            exposure=np.pad(movies.exposure, missing, constant_values=-1),
            ccd=detector(movies),
            magnitude=brightness(photometry.measure(movies).magnitude, label),
            common=common,
        )

    def __len__(self) -> int:
        return len(self.label)

    def select(self, rows: NDArray[Any]) -> Targets:
        """That of some of the objects."""
        return Targets(**{name: getattr(self, name)[rows] for name in self.__annotations__})


def brightness(magnitude: NDArray[np.float64], label: NDArray[np.str_]) -> NDArray[np.float64]:
    """One magnitude for each light curve: near the peak of a transient, the median of others.

    Parameters
    ----------
    magnitude : array, shape (N, E)
        NaN where there is none.
    label : str array, shape (N,)

    Returns
    -------
    array, shape (N,)
        NaN where there is no magnitude at all.
    """
    out = np.full(len(magnitude), np.nan)
    transient, seen = np.isin(label, TRANSIENTS), np.isfinite(magnitude).any(axis=1)
    for rows, percentile in ((seen & transient, BRIGHTEST), (seen & ~transient, 50)):
        if rows.any():
            out[rows] = np.nanpercentile(magnitude[rows], percentile, axis=1)
    return out


def detector(movies: Movies) -> NDArray[np.int64]:
    """Index of each movie's detector, shape (N,); one unknown to the camera counts as the first."""
    index = {name: i for i, name in enumerate(movies.survey.camera.ccds)}
    return np.array([index.get(name, 0) for name in movies.truth["ccd"]], np.int64)

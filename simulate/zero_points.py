"""Zero points of single exposures, from the magnitudes of the stars that stand in them.

How much of its light photometry loses depends on the whole profile of a star. Twins under the PSFs
of their originals lose as much; what their magnitudes still differ by, on average over the stars
of an exposure, is by how much its zero point departs.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from movies import photometry
from movies.movie import Movies
from simulate.measured import FOLDS, folds

MOST = 0.2
"""Differences beyond are cut off: those of stars that vary, or have a fault. Magnitudes."""

PRIOR = 0.5
"""Stars that count as if they had shown no difference: the variance of one star's magnitude over
that of exposures' zero points."""


def departures(movies: Movies, twins: Movies) -> NDArray[np.float64]:
    """By how much the zero point of each image departs further, mag, shape (N, E).

    That of the exposure, from all non-variables but those in the object's own fold.

    Parameters
    ----------
    movies, twins : Movies
        N originals, and twins under the PSFs of these.
    """
    here = movies.exposure >= 0
    apart = photometry.measure(movies).magnitude - photometry.measure(twins).magnitude
    apart[movies.truth["label"] != "non_variable"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of objects without any magnitude
        apart -= np.nanmedian(apart, axis=1, keepdims=True)
    apart = np.clip(apart, -MOST, MOST)
    out, fold = np.zeros(movies.exposure.shape), folds(movies)
    for f in range(FOLDS):
        told = np.isfinite(apart) & here & (fold != f)[:, None]
        count, total = (
            np.bincount(movies.exposure[told], weights, minlength=len(movies.exposures))
            for weights in (None, apart[told])
        )
        rows = here & (fold == f)[:, None]
        out[rows] = (total / (count + PRIOR))[movies.exposure[rows]]
    return out

"""Zero points and backgrounds of single exposures, from the stars that stand in them.

How much of its light photometry loses, and how much shines into the border of a stamp, depends on
the whole profile of a star. Matched simulations under the PSFs of their originals lose as much;
what magnitudes and backgrounds still differ by, on average over the stars of an exposure, is its
own.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.match.stamp_moments import FOLDS, are_stars, folds
from skymovie.measure import photometry, stamp_statistics
from skymovie.movies import Movies
from surveys.psf.systematics import COMPONENTS, SKY, ZERO_POINT


@dataclass(frozen=True)
class _Averaging:
    """How differences are averaged over the stars of an exposure.

    Attributes
    ----------
    most : float
        Differences beyond are cut off: those of stars that vary, or have a fault.
    prior : float
        Stars that count as if they had shown no difference: the variance of one star's difference
        over that of exposures'.
    """

    most: float
    prior: float


MAGNITUDE = _Averaging(most=0.2, prior=0.5)
BACKGROUND = _Averaging(most=1.0, prior=1.0)  # in units of a pixel's noise


def departures(movies: Movies, matched: Movies) -> NDArray[np.float64]:
    """By how much zero point and background depart further (`surveys.psf.systematics`).

    Those of the exposure, from all but those in the object's own fold: the zero point from
    non-variables, the background from all stars.

    Parameters
    ----------
    movies, matched simulations : Movies
        N originals, and matched simulations under the PSFs of these.

    Returns
    -------
    array, shape (N, E, K)
        Zero for all other components.
    """
    magnitude = photometry.measure(movies).magnitude - photometry.measure(matched).magnitude
    magnitude[movies.truth["label"] != "non_variable"] = np.nan
    sky = _background(movies) - _background(matched)
    sky[~are_stars(movies)] = np.nan
    out = np.zeros((*movies.exposure.shape, len(COMPONENTS)))
    out[..., ZERO_POINT] = _of_exposures(movies, magnitude, MAGNITUDE)
    out[..., SKY] = _of_exposures(movies, sky, BACKGROUND)
    return out


def _background(movies: Movies) -> NDArray[np.float64]:
    """Background of each image less the logged sky, in units of a pixel's noise, shape (N, E)."""
    table = stamp_statistics.measure(movies)
    out = np.full(movies.exposure.shape, np.nan)
    out[table["object"], table["image"]] = table["background"]
    return out


def _of_exposures(
    movies: Movies, apart: NDArray[np.float64], how: _Averaging
) -> NDArray[np.float64]:
    """Mean difference in each image's exposure, without the object's fold, shape (N, E)."""
    here = movies.exposure >= 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of objects without any
        apart = apart - np.nanmedian(apart, axis=1, keepdims=True)
    apart = np.clip(apart, -how.most, how.most)
    out, fold = np.zeros(movies.exposure.shape), folds(movies)
    for f in range(FOLDS):
        told = np.isfinite(apart) & here & (fold != f)[:, None]
        count, total = (
            np.bincount(movies.exposure[told], weights, minlength=len(movies.exposures))
            for weights in (None, apart[told])
        )
        rows = here & (fold == f)[:, None]
        out[rows] = (total / (count + how.prior))[movies.exposure[rows]]
    return out

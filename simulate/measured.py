"""What single exposures and detectors were like, from the stars that stand in them.

A survey's log gives the seeing of an exposure; its stars tell the rest of its PSF, its zero point
and its background, as every PSF model of an image is made. Twins are then drawn under the exposures
of their originals, not under others of the same seeing.

The stamps' departures are a mixed model (`surveys.departures`): parts of exposures, detectors and
objects, and what is left. Gibbs sampling gives the parts' posterior means, for each fold of the
objects from all the others: no twin is made with what was measured on its original.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movies import photometry, stamp_statistics
from movies.classes import TRANSIENTS
from movies.movie import Movies
from simulate.placement import detector
from surveys.departures import (
    AIR,
    COMPONENTS,
    OF_PROFILE,
    SKY,
    ZERO_POINT,
    Departures,
    design,
    optics_scale,
)
from surveys.moments import TURNING, to_departures

FOLDS, SWEEPS, SETTLING = 8, 12, 4

FEWEST = 60
"""Stamps from which on errors of measuring are fitted."""

FAINTEST = 1.6
"""log10 of the signal to noise of the faintest stamps that are measured."""

TAIL = 0.001
"""Share of the stamps at either end whose departures are clipped: those with a fault."""

ERRORS = np.array([1.0, 1.8, 1.8, 3.0, 1.5, 1.5, 2.1, 2.1, 1.1, 0.0])
"""Error of each component of a stamp times its signal to noise."""

SKY_ERROR = 0.25
"""Of the median of a border and its twin's, in units of a pixel's noise."""

ZERO_POINT_ERROR = 0.006
"""Of a magnitude, of what the moments do not tell of its losses."""

BRIGHT = 300.0
"""Signal to noise from which stamps tell what light is lost."""

GAINS = (0.8, 1.25)
"""Within what the gain of a measured moment is sought."""

_LEAST = 1e-3  # share of a component's variance that every part has: keeps matrices regular


@dataclass(frozen=True)
class Measured:
    """Departures of M stamps, as measured.

    Attributes
    ----------
    thing, image, exposure, ccd : int arrays, shape (M,)
    values : array, shape (M, K)
    signal : array, shape (M,)
        Signal to noise.
    """

    thing: NDArray[np.int64]
    image: NDArray[np.int64]
    exposure: NDArray[np.int64]
    ccd: NDArray[np.int64]
    values: NDArray[np.float64]
    signal: NDArray[np.float64]


def measure(movies: Movies) -> Measured:
    """Measure all stamps of stars; galaxies and transients tell nothing of a PSF."""
    found = stamp_statistics.measure(movies)
    label = movies.truth["label"].to_numpy()
    found = found[~np.isin(label, (*TRANSIENTS, "galaxy"))[found["object"]]]
    found = found[found["signal"] > FAINTEST].reset_index(drop=True)
    x = movies.exposure[found["object"], found["image"]]
    magnitude = photometry.measure(movies).magnitude
    # Stars that vary do not tell the zero point.
    magnitude = np.where((label == "non_variable")[:, None], magnitude, np.nan)
    apart = magnitude - _middle(magnitude)
    values = pd.DataFrame(
        {
            **found[list(COMPONENTS[1:ZERO_POINT])],
            "width": np.log(found["width"]),
            "zero_point": apart[found["object"], found["image"]],
            "sky": found["background"],
        }
    )[list(COMPONENTS)]
    low, high = values.quantile(TAIL), values.quantile(1 - TAIL)
    return Measured(
        found["object"].to_numpy(),
        found["image"].to_numpy(),
        x.astype(np.int64),
        detector(movies)[found["object"]],
        to_departures(values.clip(low, high, axis=1).to_numpy()),
        10 ** found["signal"].to_numpy(),
    )


def common_departures(
    movies: Movies,
    twins: Movies,
    drawn: NDArray[np.float64],
    departures: Departures,
    seed: int,
) -> NDArray[np.float64]:
    """What exposure and detector contributed to each image, shape (N, E, K); 0 where there is none.

    Parameters
    ----------
    movies : Movies
        N originals.
    twins : Movies
        Twins drawn without this knowledge.
    drawn : array, shape (N, E, K)
        What exposure and detector contributed to those: what their measurements differ by is the
        error of measuring, and is taken out.
    departures : Departures
        Of the survey: the covariances of the parts.
    seed : int
    """
    out = np.zeros((*movies.exposure.shape, len(COMPONENTS)))
    here = movies.exposure >= 0
    seen = measure(movies)
    if not len(seen.values):  # no star tells of any exposure: as drawn
        out[here] = drawn[here]
        return out
    out[here] = _design(movies, movies.exposure[here]) @ departures.lines
    usual = _design(movies, seen.exposure) @ departures.lines
    # Magnitudes are known against the star's own alone.
    zero_point = np.where(here, out[..., ZERO_POINT], np.nan)
    usual[:, ZERO_POINT] -= _middle(zero_point)[seen.thing, 0]
    theirs = measure(twins)
    off = seen.values - usual
    off = np.nan_to_num(
        (off - _bias(seen, movies, theirs, twins, drawn)) / _gain(theirs, twins, drawn)
    )
    seeing = movies.exposures.seeing[seen.exposure]
    weight = _weights(seen, seeing, departures)
    ccd, detectors = detector(movies), movies.survey.camera.detectors
    across = departures.across(detectors.x, detectors.y)
    scale = optics_scale(seeing)
    own = scale[:, None] * np.eye(len(COMPONENTS))
    designs = {
        "exposure": _of_exposures(across[seen.ccd], scale),
        "detector": own,
        "object": own,
    }
    fold = np.empty(len(movies), np.int64)  # the objects of one field go round the folds
    fold[np.lexsort((movies.object_id, movies.truth["field"]))] = np.arange(len(movies)) % FOLDS
    sizes = {
        "exposure": len(movies.exposures),
        "detector": len(movies.survey.camera.ccds),
        "object": len(movies),
    }
    for f in range(min(FOLDS, len(movies))):
        others = fold[seen.thing] != f
        keys = {"exposure": seen.exposure, "detector": seen.ccd, "object": seen.thing}
        keys = {level: key[others] for level, key in keys.items()}
        rng = np.random.default_rng([seed, f, 0x9EA5])
        some = {level: design[others] for level, design in designs.items()}
        parts = _gibbs(off[others], weight[others], some, keys, sizes, departures, rng)
        rows, images = np.nonzero(here & (fold == f)[:, None])
        x = movies.exposure[rows, images]
        optics = optics_scale(movies.exposures.seeing[x])
        of_exposures = _of_exposures(across[ccd[rows]], optics)
        out[rows, images] += _shown(of_exposures, parts["exposure"][x])
        out[rows, images] += optics * parts["detector"][ccd[rows]]
    return out


def _of_exposures(across: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """What an exposure's coefficients are multiplied by to give its part, shape (S, K + M, K).

    One for each component everywhere, then one for each mode over the focal plane.

    Parameters
    ----------
    across : array, shape (S, M, K)
        The modes at each stamp.
    scale : array, shape (S, K)
        See `surveys.departures.optics_scale`.
    """
    S, _, K = across.shape
    everywhere = np.broadcast_to(np.eye(K), (S, K, K))
    return np.concatenate([everywhere, across * scale[:, None]], axis=1)


def _gibbs(
    off: NDArray[np.float64],
    weight: NDArray[np.float64],
    designs: dict[str, NDArray[np.float64]],
    keys: dict[str, NDArray[np.int64]],
    sizes: dict[str, int],
    departures: Departures,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Coefficients of the parts, each of shape (its size, Q).

    Posterior means; draws where no star tells, and of the modes, of which the few stars of an
    exposure leave much open.
    """
    K = off.shape[1]
    parts, total, covariance = {}, {}, {}
    for level, key in keys.items():
        d, n = designs[level], sizes[level]
        precision = np.tile(_precision(departures, level), (n, 1, 1))
        np.add.at(precision, key, d @ weight @ d.mT)
        covariance[level] = np.linalg.inv(precision)
        parts[level], total[level] = np.zeros((2, n, d.shape[1]))
    roots = {level: np.linalg.cholesky((c + c.mT) / 2) for level, c in covariance.items()}
    shown = {level: _shown(d, parts[level][keys[level]]) for level, d in designs.items()}
    for sweep in range(SWEEPS):
        for level, key in keys.items():
            left = off - sum(shown[other] for other in keys if other != level)
            pull = np.zeros_like(parts[level])
            np.add.at(pull, key, (designs[level] @ (weight @ left[:, :, None]))[:, :, 0])
            mean = covariance[level] @ pull[:, :, None]
            score = rng.standard_normal(mean.shape)
            parts[level] = (mean + roots[level] @ score)[:, :, 0]
            shown[level] = _shown(designs[level], parts[level][key])
            if sweep >= SETTLING:
                total[level] += mean[:, :, 0] / (SWEEPS - SETTLING)
    for level, key in keys.items():
        told = np.bincount(key, minlength=sizes[level]) > 0
        parts[level][told, :K] = total[level][told, :K]
    return parts


def _shown(design: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    """What coefficients, shape (S, Q), give in each component, shape (S, K)."""
    return np.einsum("sqk,sq->sk", design, part)


def _precision(departures: Departures, level: str) -> NDArray[np.float64]:
    """Inverse covariance of a part's coefficients before any star is seen."""
    own = np.asarray(np.linalg.inv(_regular(departures, level)), np.float64)
    if level != "exposure":
        return own
    K, M = len(own), len(departures.modes)
    out = np.eye(K + M)
    out[:K, :K] = own
    return out


def _weights(
    seen: Measured, seeing: NDArray[np.float64], departures: Departures
) -> NDArray[np.float64]:
    """Inverse covariance of what is an image's own: its part and the error; shape (M, K, K)."""
    error = (ERRORS / seen.signal[:, None]) ** 2
    error[:, SKY] = SKY_ERROR**2
    error[:, ZERO_POINT] += ZERO_POINT_ERROR**2
    error[~np.isfinite(seen.values)] = 1e3  # not measured
    scale = optics_scale(seeing, AIR)
    own = _regular(departures, "image") * scale[:, :, None] * scale[:, None, :]
    return np.asarray(np.linalg.inv(own + error[:, :, None] * np.eye(len(COMPONENTS))), np.float64)


def _regular(departures: Departures, level: str) -> NDArray[np.float64]:
    """Covariance of a part that has an inverse."""
    total = sum(np.diag(matrix) for matrix in departures.covariance.values())
    return departures.covariance[level] + np.diag(_LEAST * total)


def _design(movies: Movies, exposure: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """What the departures of some exposures are linear in, shape (M, 3)."""
    return design(movies.exposures.seeing[exposure], movies.exposures.airmass[exposure])


def _conditions(movies: Movies, seen: Measured) -> NDArray[np.float64]:
    """What the error of measuring is linear in, shape (M, 6).

    That of `_design`, the square of its second column, and powers of the noise over the signal.
    """
    lines, noise = _design(movies, seen.exposure), 1 / seen.signal
    return np.column_stack([lines, lines[:, 1] ** 2, noise, noise**2])


def _bias(
    seen: Measured,
    movies: Movies,
    theirs: Measured,
    twins: Movies,
    drawn: NDArray[np.float64],
) -> NDArray[np.float64]:
    """By how much stamps like these are measured off what they were drawn with, shape (M, K).

    On average over all under like conditions; but of the background, into which the star's own
    wings shine, that of each one's twin; and of the magnitude, which loses light as its profile
    departs from the expected one, by those moments.
    """
    known = drawn[theirs.thing, theirs.image]
    known[:, ZERO_POINT] -= _middle(drawn[..., ZERO_POINT])[theirs.thing, 0]
    off = theirs.values - known
    theirs_at, at = _conditions(twins, theirs), _conditions(movies, seen)
    out = np.zeros((len(at), len(COMPONENTS)))
    if len(off) >= FEWEST:
        out = at @ np.linalg.lstsq(theirs_at, np.nan_to_num(off), rcond=None)[0]
    # Errors of the moments would hide what light their departures lose.
    good = np.isfinite(off[:, ZERO_POINT]) & (theirs.signal > BRIGHT)
    if good.sum() >= FEWEST:
        causes = np.column_stack([_design(twins, theirs.exposure), _losses(theirs)])
        fit = np.linalg.lstsq(causes[good], off[good, ZERO_POINT], rcond=None)[0]
        own = np.column_stack([_design(movies, seen.exposure), _losses(seen)])
        out[:, ZERO_POINT] = own @ fit
    each = np.full(drawn.shape[:2], np.nan)
    each[theirs.thing, theirs.image] = off[:, SKY]
    of_twin = each[seen.thing, seen.image]
    out[:, SKY] = np.where(np.isfinite(of_twin), of_twin, out[:, SKY])
    return out


def _gain(theirs: Measured, twins: Movies, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much stamps are measured to depart where they depart by 1, shape (K,)."""
    out = np.ones(len(COMPONENTS))
    if len(theirs.values) < FEWEST:
        return out
    at, known = _design(twins, theirs.exposure), drawn[theirs.thing, theirs.image]
    found, known = (
        v - at @ np.linalg.lstsq(at, v, rcond=None)[0]
        for v in (np.nan_to_num(theirs.values), known)
    )
    gain = (found * known).sum(axis=0) / np.maximum((known**2).sum(axis=0), 1e-12)
    return np.where(OF_PROFILE, np.clip(gain, *GAINS), out)


def _losses(seen: Measured) -> NDArray[np.float64]:
    """Moments, and squares of those that turn, by which photometry loses light; shape (M, 12).

    Less their medians over the object, as its magnitudes are.
    """
    profile = seen.values[:, :ZERO_POINT]
    squares = [(profile[:, k : k + 2] ** 2).sum(axis=1) for k in TURNING]
    width = profile[:, 0] - np.median(profile[:, 0])
    out = np.column_stack([profile, width**2, *squares])
    table = pd.DataFrame(out)
    return np.asarray(table - table.groupby(seen.thing).transform("median"), np.float64)


def _middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median along the images, shape (N, 1); NaN where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=1, keepdims=True))

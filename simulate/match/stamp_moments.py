"""What single exposures and detectors were like, from the stars that stand in them.

A survey's log gives the seeing of an exposure; its stars tell the rest of its PSF and its
background, as every PSF model of an image is made, then its zero point
(`simulate.match.exposure_residuals`). Matched simulations are then drawn under the exposures of
their originals, not under others of the same seeing.

The stamps' departures are a mixed model (`surveys.psf.systematics`): parts of exposures, detectors
and objects, and what is left. Gibbs sampling draws the parts, for each fold of the objects from all
the others: no matched simulation is made with what was measured on its original.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.population.targets import detector
from skymovie.classes import TRANSIENTS
from skymovie.measure import stamp_statistics
from skymovie.movies import Movies
from surveys.psf.moments import to_departures
from surveys.psf.systematics import (
    COMPONENTS,
    OF_PROFILE,
    SKY,
    ZERO_POINT,
    PsfSystematics,
    design,
    image_scale,
    optics_scale,
)

FOLDS, SWEEPS = 8, 12

FEWEST = 60
"""Stamps from which on errors of measuring are fitted."""

FAINTEST = 1.6
"""log10 of the signal to noise of the faintest stamps that are measured."""

TAIL = 0.001
"""Share of the stamps at either end whose departures are clipped: those with a fault."""

ERRORS = np.array([1.0, 1.8, 1.8, 3.0, 1.5, 1.5, 2.1, 2.1, 0.0, 0.0])
"""Error of each component of a stamp times its signal to noise."""

SKY_ERROR = 0.2
"""Of the median of a border and its matched simulation's, in units of a pixel's noise."""

GAINS = (0.8, 1.25)
"""Within what the gain of a measured moment is sought."""

_LEAST = 1e-3  # share of a component's variance that every part has: keeps matrices regular


@dataclass(frozen=True)
class StampMoments:
    """Departures of M stamps, as measured.

    Attributes
    ----------
    object_index, image, exposure, ccd : int arrays, shape (M,)
    values : array, shape (M, K)
        NaN for the zero point.
    signal : array, shape (M,)
        Signal to noise.
    """

    object_index: NDArray[np.int64]
    image: NDArray[np.int64]
    exposure: NDArray[np.int64]
    ccd: NDArray[np.int64]
    values: NDArray[np.float64]
    signal: NDArray[np.float64]


def measure(movies: Movies) -> StampMoments:
    """Measure all stamps of stars."""
    found = stamp_statistics.measure(movies)
    found = found[are_stars(movies)[found["object"]]]
    found = found[found["signal"] > FAINTEST].reset_index(drop=True)
    x = movies.exposure[found["object"], found["image"]]
    found["width"], found["sky"] = np.log(found["width"]), found["background"]
    values = found[[name for name in COMPONENTS if name != "zero_point"]]
    low, high = values.quantile(TAIL), values.quantile(1 - TAIL)
    return StampMoments(
        found["object"].to_numpy(),
        found["image"].to_numpy(),
        x.astype(np.int64),
        detector(movies)[found["object"]],
        to_departures(np.insert(values.clip(low, high, axis=1), ZERO_POINT, np.nan, axis=1)),
        10 ** found["signal"].to_numpy(),
    )


def are_stars(movies: Movies) -> NDArray[np.bool_]:
    """Which objects tell of a PSF, shape (N,): galaxies and transients do not."""
    return ~np.isin(movies.truth["label"].to_numpy(), (*TRANSIENTS, "galaxy"))


def common_residuals(
    movies: Movies,
    matched: Movies,
    drawn: NDArray[np.float64],
    departures: PsfSystematics,
    seed: int,
) -> NDArray[np.float64]:
    """What exposure and detector contributed to each image, shape (N, E, K); 0 where there is none.

    Parameters
    ----------
    movies : Movies
        N originals.
    matched simulations : Movies
        Matched simulations drawn without this knowledge.
    drawn : array, shape (N, E, K)
        What exposure and detector contributed to those: what their measurements differ by is the
        error of measuring, and is taken out.
    departures : PsfSystematics
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
    theirs = measure(matched)
    off = seen.values - usual
    off = np.nan_to_num(
        (off - _bias(seen, movies, theirs, matched, drawn)) / _gain(theirs, matched, drawn)
    )
    seeing = movies.exposures.seeing[seen.exposure]
    ccd, detectors = detector(movies), movies.survey.camera.detectors
    radius = np.hypot(detectors.x, detectors.y)[seen.ccd]
    weight = _weights(seen, image_scale(seeing, radius), departures)
    custom_models = optics_scale(seeing)[:, None] * np.eye(len(COMPONENTS))
    designs = {
        "exposure": departures.at(detectors.x[seen.ccd], detectors.y[seen.ccd], seeing),
        "detector": custom_models,
        "object": custom_models,
    }
    fold = folds(movies)
    sizes = {
        "exposure": len(movies.exposures),
        "detector": len(movies.survey.camera.ccds),
        "object": len(movies),
    }
    for f in range(min(FOLDS, len(movies))):
        others = fold[seen.object_index] != f
        keys = {"exposure": seen.exposure, "detector": seen.ccd, "object": seen.object_index}
        keys = {level: key[others] for level, key in keys.items()}
        rng = np.random.default_rng([seed, f, 0x9EA5])
        some = {level: design[others] for level, design in designs.items()}
        parts = _gibbs(off[others], weight[others], some, keys, sizes, departures, rng)
        rows, images = np.nonzero(here & (fold == f)[:, None])
        x = movies.exposure[rows, images]
        seeing, on = movies.exposures.seeing[x], ccd[rows]
        modes = departures.at(detectors.x[on], detectors.y[on], seeing)
        out[rows, images] += _shown(modes, parts["exposure"][x])
        out[rows, images] += optics_scale(seeing) * parts["detector"][on]
    return out


def folds(movies: Movies) -> NDArray[np.int64]:
    """Which of the folds each object is in, shape (N,); those of one field go round them."""
    out = np.empty(len(movies), np.int64)
    out[np.lexsort((movies.object_id, movies.truth["field"]))] = np.arange(len(movies)) % FOLDS
    return out


def _gibbs(
    off: NDArray[np.float64],
    weight: NDArray[np.float64],
    designs: dict[str, NDArray[np.float64]],
    keys: dict[str, NDArray[np.int64]],
    sizes: dict[str, int],
    departures: PsfSystematics,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Coefficients of the parts, drawn given what the stamps show, each of shape (its size, Q)."""
    parts, covariance = {}, {}
    for level, key in keys.items():
        d, n = designs[level], sizes[level]
        precision = np.tile(_precision(departures, level), (n, 1, 1))
        np.add.at(precision, key, d @ weight @ d.mT)
        covariance[level] = np.linalg.inv(precision)
        parts[level] = np.zeros((n, d.shape[1]))
    roots = {level: np.linalg.cholesky((c + c.mT) / 2) for level, c in covariance.items()}
    shown = {level: _shown(d, parts[level][keys[level]]) for level, d in designs.items()}
    for _ in range(SWEEPS):
        for level, key in keys.items():
            left = off - sum(shown[other] for other in keys if other != level)
            pull = np.zeros_like(parts[level])
            np.add.at(pull, key, (designs[level] @ (weight @ left[:, :, None]))[:, :, 0])
            mean = covariance[level] @ pull[:, :, None]
            score = rng.standard_normal(mean.shape)
            parts[level] = (mean + roots[level] @ score)[:, :, 0]
            shown[level] = _shown(designs[level], parts[level][key])
    return parts


def _shown(design: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    """What coefficients, shape (S, Q), give in each component, shape (S, K)."""
    return np.einsum("sqk,sq->sk", design, part)


def _precision(departures: PsfSystematics, level: str) -> NDArray[np.float64]:
    """Inverse covariance of a part's coefficients before any star is seen."""
    if level == "exposure":
        return np.eye(len(departures.modes))
    return np.asarray(np.linalg.inv(_regular(departures, level)), np.float64)


def _weights(
    seen: StampMoments, scale: NDArray[np.float64], departures: PsfSystematics
) -> NDArray[np.float64]:
    """Inverse covariance of what is an image's own: its part and the error; shape (M, K, K).

    `scale`, of shape (M, K), is what its part is multiplied by.
    """
    error = (ERRORS / seen.signal[:, None]) ** 2
    error[:, SKY] = SKY_ERROR**2
    error[~np.isfinite(seen.values)] = 1e3  # not measured
    custom_models = _regular(departures, "image") * scale[:, :, None] * scale[:, None, :]
    return np.asarray(
        np.linalg.inv(custom_models + error[:, :, None] * np.eye(len(COMPONENTS))), np.float64
    )


def _regular(departures: PsfSystematics, level: str) -> NDArray[np.float64]:
    """Covariance of a part that has an inverse."""
    total = sum(map(np.diag, departures.covariance.values()), np.diag(departures.shared))
    return departures.covariance[level] + np.diag(_LEAST * total)


def _design(movies: Movies, exposure: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """What the departures of some exposures are linear in, shape (M, 3)."""
    return design(movies.exposures.seeing[exposure], movies.exposures.airmass[exposure])


def _conditions(movies: Movies, seen: StampMoments) -> NDArray[np.float64]:
    """What the error of measuring is linear in, shape (M, 6).

    That of `_design`, the square of its second column, and powers of the noise over the signal.
    """
    lines, noise = _design(movies, seen.exposure), 1 / seen.signal
    return np.column_stack([lines, lines[:, 1] ** 2, noise, noise**2])


def _bias(
    seen: StampMoments,
    movies: Movies,
    theirs: StampMoments,
    matched: Movies,
    drawn: NDArray[np.float64],
) -> NDArray[np.float64]:
    """By how much stamps like these are measured off what they were drawn with, shape (M, K).

    On average over all under like conditions; but of the background, into which the star's own
    wings shine, that of each one's matched simulation.
    """
    off = np.nan_to_num(theirs.values - drawn[theirs.object_index, theirs.image])
    theirs_at, at = _conditions(matched, theirs), _conditions(movies, seen)
    out = np.zeros((len(at), len(COMPONENTS)))
    if len(off) >= FEWEST:
        out = at @ np.linalg.lstsq(theirs_at, off, rcond=None)[0]
    each = np.full(drawn.shape[:2], np.nan)
    each[theirs.object_index, theirs.image] = off[:, SKY]
    of_twin = each[seen.object_index, seen.image]
    out[:, SKY] = np.where(np.isfinite(of_twin), of_twin, out[:, SKY])
    return out


def _gain(theirs: StampMoments, matched: Movies, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much stamps are measured to depart where they depart by 1, shape (K,)."""
    out = np.ones(len(COMPONENTS))
    if len(theirs.values) < FEWEST:
        return out
    at, known = _design(matched, theirs.exposure), drawn[theirs.object_index, theirs.image]
    found, known = (
        v - at @ np.linalg.lstsq(at, v, rcond=None)[0]
        for v in (np.nan_to_num(theirs.values), known)
    )
    gain = (found * known).sum(axis=0) / np.maximum((known**2).sum(axis=0), 1e-12)
    return np.where(OF_PROFILE, np.clip(gain, *GAINS), out)

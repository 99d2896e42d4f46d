"""Fit how stamps depart from their log (`surveys.psf.systematics`) to real movies.

The adaptive moments of all stamps of real non-variables are measured, and so are those of their
matched simulations; the table is moved by the difference of the two distributions'
moments until there is none, so that noise, pixels and whatever else acts on both cancels. The modes
of exposures are those of the real stamps (`simulate.match.fit_focal_plane`), and only their size is
moved.

    python -m simulate.match.fit_systematics hits --out hits_psf_systematics.csv
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from simulate.match import fit_focal_plane, matched
from simulate.population.targets import detector
from skymovie import Movies
from skymovie.cli import console
from skymovie.measure import photometry, stamp_statistics
from skymovie.real.reader import open_real
from surveys.files import atomic
from surveys.psf.moments import to_departures
from surveys.psf.systematics import (
    COMPONENTS,
    SKY,
    VARIANCE_COMPONENTS,
    ZERO_POINT,
    PsfSystematics,
    design,
    optics_scale,
)

FAINTEST = 2.4
"""log10 of the signal to noise from which stamps count. Galaxies or stars touch some of the fainter
real ones: from 1.8 to 2.5, widths of objects scatter by a third more than from 2.5 to 2.85."""

TAIL = 0.01
"""Departures are clipped to the quantiles `TAIL` and 1 − `TAIL`: moments are of the many."""

STEP = 0.6
"""Share of the difference by which the table is moved in a round."""

NONE = {"detector": [ZERO_POINT, SKY], "object": [ZERO_POINT, SKY], "image": [SKY]}
"""Components of which a level has no part. Nobody knows an object's true magnitude; of the
background it has its own wings and neighbours alone, and single images nothing beyond."""

TINY = 1e-9
"""Variance, and share of the largest, below which there is none."""


@dataclass(frozen=True)
class Stamps:
    """S measured stamps.

    Attributes
    ----------
    found : DataFrame
        ``object``, ``exposure`` and ``ccd`` of each, among others.
    lines : array, shape (3, K)
        What `surveys.psf.systematics.design` is multiplied by to give the mean departure.
    off : array, shape (S, K)
        PsfSystematics less that mean.
    seeing : array, shape (S,)
        Logged, arcsec.
    """

    found: pd.DataFrame
    lines: NDArray[np.float64]
    off: NDArray[np.float64]
    seeing: NDArray[np.float64]


def measure(movies: Movies) -> Stamps:
    """Measure the departures of all stamps that are bright enough."""
    found = stamp_statistics.measure(movies)
    magnitude = photometry.measure(movies).magnitude
    magnitude = magnitude - np.nanmedian(magnitude, axis=1, keepdims=True)
    found["zero_point"] = magnitude[found["object"], found["image"]]
    found["width"], found["sky"] = np.log(found["width"]), found["background"]
    found["exposure"] = movies.exposure[found["object"], found["image"]]
    found["ccd"] = movies.truth["ccd"].to_numpy()[found["object"]]
    found = found[(found["signal"] > FAINTEST) & np.isfinite(found["zero_point"])]
    exposures, x = movies.exposures, found["exposure"].to_numpy()
    values = found[list(COMPONENTS)].to_numpy()
    values = to_departures(np.clip(values, *np.quantile(values, [TAIL, 1 - TAIL], axis=0)))
    at = design(exposures.seeing[x], exposures.airmass[x])
    lines = np.linalg.lstsq(at, values, rcond=None)[0]
    return Stamps(found, np.asarray(lines, np.float64), values - at @ lines, exposures.seeing[x])


def moments(movies: Movies) -> PsfSystematics:
    """The departures' distribution as it is measured, its errors included."""
    stamps = measure(movies)
    scale = optics_scale(stamps.seeing)
    exposure, ccd, object_index = (
        np.asarray(pd.factorize(stamps.found[name])[0]) for name in ("exposure", "ccd", "object")
    )
    parts = _parts(stamps.off, scale, exposure, ccd, object_index)
    detectors, at = movies.survey.camera.detectors, detector(movies)[stamps.found["object"]]
    off = _without(stamps.off, scale, object_index)
    of_exposures, parts["image"] = fit_focal_plane.covariances(
        off, exposure, stamps.seeing, detectors.x[at], detectors.y[at]
    )
    modes = fit_focal_plane.roots(of_exposures)
    return PsfSystematics(stamps.lines[0], stamps.lines[1], stamps.lines[2], parts, modes)


def _parts(
    off: NDArray[np.float64],
    scale: NDArray[np.float64],
    exposure: NDArray[np.int64],
    ccd: NDArray[np.int64],
    object_index: NDArray[np.int64],
) -> dict[str, NDArray[np.float64]]:
    """Covariances of the parts of detectors and objects: from products of pairs of stamps.

    Two stamps of one detector in different exposures share its part, two of one object also the
    object's.
    """
    both = exposure * (ccd.max() + 1) + ccd
    same_object = _pairs(off, scale, object_index)
    of_object = _ratio(same_object)
    # On one detector, without pairs of one object and of one exposure.
    of_detector = _ratio(
        _minus(_minus(_pairs(off, scale, ccd), same_object), _pairs(off, scale, both))
    )
    return {"detector": of_detector, "object": of_object - of_detector}


def _without(
    off: NDArray[np.float64], scale: NDArray[np.float64], object_index: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What stamps have beyond what all of their object share."""
    return (
        off
        - (_sums(off * scale, object_index) / _sums(scale**2, object_index))[object_index] * scale
    )


def _sums(values: NDArray[np.float64], key: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of the rows of each key from 0 on."""
    out = np.zeros((key.max() + 1, values.shape[1]))
    np.add.at(out, key, values)
    return out


Pairs = tuple[NDArray[np.float64], NDArray[np.float64]]


def _pairs(off: NDArray[np.float64], scale: NDArray[np.float64], key: NDArray[np.int64]) -> Pairs:
    """Sums over all pairs with one key: of what they share, scaled, and of the scales' squares."""
    sums = []
    for values in (off * scale, scale**2):
        total = _sums(values, key)
        sums.append(total.T @ total - values.T @ values)
    return sums[0], sums[1]


def _minus(pairs: Pairs, fewer: Pairs) -> Pairs:
    return pairs[0] - fewer[0], pairs[1] - fewer[1]


def _ratio(pairs: Pairs) -> NDArray[np.float64]:
    return pairs[0] / np.maximum(pairs[1], 1.0)


def moved(table: PsfSystematics, real: PsfSystematics, simulated: PsfSystematics) -> PsfSystematics:
    """The table, moved by how the real stamps differ from those simulated with it."""
    wanted = {
        level: table.covariance[level]
        + STEP * (real.covariance[level] - simulated.covariance[level])
        for level in VARIANCE_COMPONENTS
    }
    for level, none in NONE.items():
        wanted[level][none] = wanted[level][:, none] = 0
    # Components are made alike first, or what is cut off of a large one would raise the small.
    total = sum(np.diag(real.covariance[level]) for level in VARIANCE_COMPONENTS)
    unit = np.sqrt(np.maximum(total, TINY))
    wanted = {level: matrix / np.outer(unit, unit) for level, matrix in wanted.items()}
    # Of what objects have in all exposures, the share that is their detector's.
    both = _positive(wanted["detector"] + wanted["object"])
    of_detector = _within(wanted["detector"], both)
    covariance = {
        "detector": of_detector,
        "object": both - of_detector,
        "image": _positive(wanted["image"]),
    }
    covariance = {level: matrix * np.outer(unit, unit) for level, matrix in covariance.items()}
    goal, found = (np.sqrt(np.diag(one.shared) + TINY) for one in (real, simulated))
    modes = table.modes * (goal / found) ** STEP
    lines = [
        getattr(table, name) + STEP * (getattr(real, name) - getattr(simulated, name))
        for name in ("mean", "seeing", "airmass")
    ]
    lines[0][ZERO_POINT] = table.mean[ZERO_POINT]
    return PsfSystematics(lines[0], lines[1], lines[2], covariance, modes)


def _modes(real: PsfSystematics) -> NDArray[np.float64]:
    """The modes that real stamps show."""
    flat = real.modes.reshape(len(real.modes), -1)
    return fit_focal_plane.modes(flat.T @ flat)


def _positive(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The covariance that is closest to a symmetric matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def _within(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """The covariance close to a matrix that leaves one of what remains of the whole."""
    values, vectors = np.linalg.eigh(whole)
    root = vectors * np.sqrt(np.maximum(values, 0))
    inverse = vectors / np.sqrt(np.maximum(values, TINY * values.max()))
    shares, axes = np.linalg.eigh(inverse.T @ (part + part.T) @ inverse / 2)
    turned = root @ axes
    return np.asarray((turned * np.clip(shares, 0, 1)) @ turned.T)


def mean(tables: Sequence[PsfSystematics]) -> PsfSystematics:
    """The mean of some tables, whose modes are alike but for their size."""
    lines = np.mean([table.lines for table in tables], axis=0)
    covariance = {
        k: np.mean([t.covariance[k] for t in tables], axis=0) for k in VARIANCE_COMPONENTS
    }
    modes = np.mean([table.modes for table in tables], axis=0)
    return PsfSystematics(lines[0], lines[1], lines[2], covariance, modes)


def fit_to_real(
    real: Annotated[str, typer.Argument(help="hits, or a folder of real movies.")] = "hits",
    out: Annotated[
        Path, typer.Option(help="The table, CSV; that of the focal plane is put beside it.")
    ] = Path("hits_psf_systematics.csv"),
    rounds: Annotated[
        int,
        typer.Option(
            min=1, help="Comparisons with matched simulations; the later half is averaged."
        ),
    ] = 12,
    seed: Annotated[int, typer.Option(help="Of the matched simulations.")] = 0,
) -> None:
    """Fit how real stamps depart from their log."""
    movies = open_real(real)
    movies = movies.select(np.flatnonzero(movies.truth["label"] == "non_variable"))
    goal = moments(movies)
    table = replace(movies.survey.systematics, modes=_modes(goal))
    tables = []
    for k in range(rounds):
        survey = replace(movies.survey, systematics=table)
        found = moments(matched.movies(replace(movies, survey=survey), seed + k, measured=False))
        table = moved(table, goal, found)
        tables.append(table)
        console.out.print(f"round {k + 1}: largest difference of means", end=" ")
        console.out.print(f"{np.abs(goal.mean - found.mean).max():.4f}")
    table = mean(tables[rounds // 2 :])
    name = out.stem.removesuffix("psf_systematics").removesuffix("_")
    across = out.with_name(f"{name}_focal_plane{out.suffix}")
    for frame, file in ((table.to_frame(), out), (table.modes_to_frame(), across)):
        with atomic.replacing(file) as part:
            text = frame.round(8).to_csv(index=False, lineterminator="\n")
            part.write_text(f"# {HEAD}\n{text}", "utf-8")
        console.out.print(str(file))


HEAD = (
    "Departures of stamps from their log (surveys.psf.systematics), fitted to the real HiTS\n"
    "# non-variables of github.com/rodrigcd/HiTS_simulations (MIT) by\n"
    "# simulate.match.fit_systematics; the mean zero point is that of published\n"
    "# magnitudes, whose apertures leave out some of the wings (tests/oracles/test_photometry.py)."
)

if __name__ == "__main__":
    console.run(fit_to_real)

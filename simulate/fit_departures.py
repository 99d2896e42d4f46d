"""Fit how stamps depart from their log (`surveys.departures`) to real movies.

The adaptive moments of all stamps of real non-variables are measured, and so are those of their
simulated twins; the table is moved by the difference of the two distributions' moments until there
is none, so that noise, pixels and whatever else acts on both cancels.

    python -m simulate.fit_departures hits --out hits_departures.csv
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from movies import Movies, console, photometry, stamp_statistics
from movies.real import open_real
from simulate import twins
from surveys import atomic
from surveys.departures import COMPONENTS, LEVELS, ZERO_POINT, Departures, design, optics_scale

FAINTEST = 1.8
"""log10 of the signal to noise from which stamps count."""

TAIL = 0.01
"""Departures are clipped to the quantiles `TAIL` and 1 − `TAIL`: moments are of the many."""

STEP = 0.8
"""Share of the difference by which the table is moved in a round."""


def moments(movies: Movies) -> Departures:
    """The departures' distribution as it is measured, its errors included."""
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
    values = np.clip(values, *np.quantile(values, [TAIL, 1 - TAIL], axis=0))
    at = design(exposures.seeing[x], exposures.airmass[x])
    slopes = np.linalg.lstsq(at, values, rcond=None)[0]
    parts = _parts(values - at @ slopes, optics_scale(exposures.seeing[x]), found)
    return Departures(slopes[0], slopes[1], slopes[2], parts)


def _parts(
    off: NDArray[np.float64], scale: NDArray[np.float64], stamps: pd.DataFrame
) -> dict[str, NDArray[np.float64]]:
    """Covariances of the parts: from products of pairs of stamps that share one thing alone.

    Two stamps of one exposure share its part (hardly any are on one detector), two of one detector
    in different exposures the detector's, two of one object also the object's.
    """
    exposure, ccd, thing = (
        np.asarray(pd.factorize(stamps[name])[0]) for name in ("exposure", "ccd", "object")
    )
    both = exposure * (ccd.max() + 1) + ccd
    of_exposure, total = _within(off, exposure)
    same_object = _pairs(off, scale, thing)
    of_object = _ratio(same_object)
    # On one detector, without pairs of one object and of one exposure.
    of_detector = _ratio(
        _minus(_minus(_pairs(off, scale, ccd), same_object), _pairs(off, scale, both))
    )
    return {
        "exposure": of_exposure,
        "detector": of_detector,
        "object": of_object - of_detector,
        "image": total - of_exposure - of_object * (scale.T @ scale) / len(off),
    }


def _within(
    off: NDArray[np.float64], key: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean product of two stamps with one key, and of each with itself, every stamp counting alike.

    Those alone in their exposure tell of neither; some exposures vary more than others, so both
    means must be over the same stamps.
    """
    count = np.bincount(key)[key]
    off, key, count = off[count > 1], key[count > 1], count[count > 1]
    share = off / np.sqrt(np.maximum(count - 1, 1))[:, None]
    sums = np.zeros((key.max() + 1, off.shape[1]))
    np.add.at(sums, key, share)
    return (sums.T @ sums - share.T @ share) / len(off), off.T @ off / len(off)


Pairs = tuple[NDArray[np.float64], NDArray[np.float64]]


def _pairs(off: NDArray[np.float64], scale: NDArray[np.float64], key: NDArray[np.int64]) -> Pairs:
    """Sums over all pairs with one key: of what they share, scaled, and of the scales' squares."""
    sums = []
    for values in (off * scale, scale**2):
        total = np.zeros((key.max() + 1, off.shape[1]))
        np.add.at(total, key, values)
        sums.append(total.T @ total - values.T @ values)
    return sums[0], sums[1]


def _minus(pairs: Pairs, fewer: Pairs) -> Pairs:
    return pairs[0] - fewer[0], pairs[1] - fewer[1]


def _ratio(pairs: Pairs) -> NDArray[np.float64]:
    return pairs[0] / np.maximum(pairs[1], 1.0)


def moved(table: Departures, real: Departures, simulated: Departures) -> Departures:
    """The table, moved by how the real stamps differ from those simulated with it."""
    covariance = {}
    for level in LEVELS:
        wanted = table.covariance[level] + STEP * (
            real.covariance[level] - simulated.covariance[level]
        )
        if level in ("detector", "object"):
            # Nobody knows an object's true magnitude.
            wanted[ZERO_POINT] = wanted[:, ZERO_POINT] = 0
        values, vectors = np.linalg.eigh((wanted + wanted.T) / 2)
        covariance[level] = (vectors * np.maximum(values, 0)) @ vectors.T
    lines = [
        getattr(table, name) + STEP * (getattr(real, name) - getattr(simulated, name))
        for name in ("mean", "seeing", "airmass")
    ]
    lines[0][ZERO_POINT] = table.mean[ZERO_POINT]
    return Departures(lines[0], lines[1], lines[2], covariance)


def fit_departures(
    real: Annotated[str, typer.Argument(help="hits, or a folder of real movies.")] = "hits",
    out: Annotated[Path, typer.Option(help="The table, CSV.")] = Path("hits_departures.csv"),
    rounds: Annotated[int, typer.Option(min=1, help="Comparisons with twins.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the twins.")] = 0,
) -> None:
    """Fit how real stamps depart from their log."""
    movies = open_real(real)
    movies = movies.select(np.flatnonzero(movies.truth["label"] == "non_variable"))
    goal = moments(movies)
    table = movies.survey.departures
    for k in range(rounds):
        survey = replace(movies.survey, departures=table)
        found = moments(twins.movies(replace(movies, survey=survey), seed + k, measured=False))
        table = moved(table, goal, found)
        console.out.print(f"round {k + 1}: largest difference of means", end=" ")
        console.out.print(f"{np.abs(goal.mean - found.mean).max():.4f}")
    frame = table.to_frame().round(8)
    with atomic.replacing(out) as file:
        file.write_text(f"# {HEAD}\n" + frame.to_csv(index=False, lineterminator="\n"))
    console.out.print(f"departures: {out}")


HEAD = (
    "Departures of stamps from their log (surveys.departures), fitted to the real HiTS\n"
    "# non-variables of github.com/rodrigcd/HiTS_simulations (MIT) by simulate.fit_departures;\n"
    "# the mean zero point is that of published magnitudes, whose apertures leave out some of the\n"
    "# wings (tests/oracles/test_photometry.py)."
)

if __name__ == "__main__":
    console.run(fit_departures)

"""Movies that stand in for real ones where none can be had: same sky, another telescope's faults.

They are drawn by GalSim, not by the renderer that drew the training movies, under PSFs and
conditions that differ from the survey's: broader wings, rounder and more scattered shapes, another
width for the logged seeing, a brighter sky. A classifier meets them as it would meet real data, a
little unprepared; but they are simulated, and every page made from them says so.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import surveys
from simulate.run.run import write
from skymovie.cli import console
from skymovie.store.movie_store import MovieStore
from surveys.psf.systematics import COMPONENTS
from surveys.survey import Survey

CLASSES = ("non_variable", "rr_lyrae", "eclipsing_binary", "supernova")
"""The classes of which the public HiTS set has real movies."""


def unfamiliar(survey: Survey, seed: int) -> Survey:
    """The survey under other PSFs and conditions."""
    exposures = survey.exposures(seed)
    rng = np.random.default_rng([seed, 0x57A])
    log = replace(
        exposures,
        sky=exposures.sky * 1.25,
        zero_point=exposures.zero_point + rng.normal(0, 0.03, len(exposures)),
    )
    psf = replace(survey.psf, slope=survey.psf.slope * 1.05)
    fitted = survey.systematics
    wings = np.array([0.015 if name == "kurtosis" else 0.0 for name in COMPONENTS])
    departures = replace(
        fitted,
        mean=fitted.mean + wings,
        covariance={level: 1.5**2 * matrix for level, matrix in fitted.covariance.items()},
    )
    return replace(survey, psf=psf, systematics=departures, log=log)


def make(
    out: Path, per_class: int = 40, seed: int = 20150217, workers: int | None = None
) -> MovieStore:
    """Write a stand-in store whose test part holds `per_class` movies of each of `CLASSES`."""
    n = per_class * len(CLASSES)
    survey = unfamiliar(surveys.load("hits"), seed)
    with console.progress("stand-in movies", n) as advance:
        return write(
            survey,
            out,
            n,
            seed,
            CLASSES,
            workers=workers,
            renderer="galsim",
            parts={"test": n},
            stand_in=True,
            progress=advance,
        )


def stand_in(
    out: Annotated[Path, typer.Argument(help="Folder of the store.")],
    per_class: Annotated[int, typer.Option(min=1, help="Movies of each class.")] = 40,
) -> None:
    """Render movies that stand in for real ones, with GalSim under unfamiliar conditions."""
    store = make(out, per_class)
    console.out.print(f"stand-in movies: {store.path}")


if __name__ == "__main__":
    console.run(stand_in)

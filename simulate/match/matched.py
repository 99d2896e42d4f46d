"""Matched simulations: for every movie of a set, real ones say, a simulated one of the same kind.

A matched simulation has its original's field, dates, conditions, detector and class, and its
brightness. All else is drawn: the shape of its light curve, its host, its place in the pixel, what
PSF and sky have of their own in each image, and noise.
"""

from __future__ import annotations

from dataclasses import replace
from os import PathLike

import numpy as np

from simulate.match import exposure_residuals
from simulate.match.stamp_moments import common_residuals
from simulate.population.targets import Targets, detector
from simulate.run import run
from simulate.run.run import Progress
from simulate.scenes.block import simulate_objects
from simulate.scenes.recipe import Recipe
from skymovie.movies import Movies
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from surveys.files.atomic import Place
from surveys.files.checksum import checksum
from surveys.psf.systematics import COMPONENTS


def recipe(
    originals: Movies, seed: int = 0, renderer: str = "fourier", measured: bool = True
) -> Recipe:
    """The recipe whose object i is the matched simulation of movie i.

    Parameters
    ----------
    measured : bool
        Whether exposures and detectors are as the other originals show them
        (`simulate.match.stamp_moments`), rather than drawn for their logged seeing.

    Raises
    ------
    UsageError
        If the survey would not use all exposures of the originals.
    """
    survey = replace(originals.survey, log=originals.exposures)
    classes = sorted(set(originals.truth["label"]))
    made = Recipe.of(survey, seed, classes, renderer, placed=True)
    if len(made.exposures) != len(originals.exposures):  # their rows would name others
        others = len(originals.exposures) - len(made.exposures)
        raise UsageError(
            f"expected exposures in band {survey.band} with seeing up to {survey.max_seeing}″ "
            f"alone, got {others} others; leave out their images"
        )
    N, E = originals.exposure.shape
    common = np.zeros((N, made.visits.shape[1], len(COMPONENTS)))
    # Single precision, as in other recipes.
    shared = made.departure.at(originals.exposure, detector(originals)[:, None])
    common[:, :E] = shared.astype(np.float32)
    targets = Targets.like(originals, common)
    if measured:
        plain = _render(replace(made, matched=targets), originals)
        shown = np.zeros_like(common)
        shown[:, :E] = common_residuals(originals, plain, common[:, :E], survey.systematics, seed)
        alike = _render(replace(made, matched=replace(targets, common=shown)), originals)
        shown[:, :E] += exposure_residuals.departures(originals, alike)
        targets = replace(targets, common=shown)
    return replace(made, matched=targets)


def movies(
    originals: Movies, seed: int = 0, renderer: str = "fourier", measured: bool = True
) -> Movies:
    """Simulate the matched simulations of some movies in memory; row i is that of row i.

    Parameters
    ----------
    originals : Movies
        With ``ccd`` in their truth, as `skymovie.real.reader.open_real` and movie stores give them.
    seed : int
        Another seed draws other matched simulations.
    renderer : str
        ``fourier`` or ``galsim``.
    measured : bool
        As for `recipe`.
    """
    return _render(recipe(originals, seed, renderer, measured), originals)


def write(
    originals: Movies,
    out: Place | PathLike[str] | str,
    *,
    seed: int = 0,
    workers: int | None = None,
    renderer: str = "fourier",
    progress: Progress | None = None,
    made: Recipe | None = None,
) -> MovieStore:
    """Write the matched simulations of some movies to a store, as its test part; row i is the
    matched simulation of row i.

    Parameters
    ----------
    originals, seed, renderer
        As in `movies`.
    out, workers, progress
        As in `simulate.run.run.write`.
    made : Recipe, optional
        What `recipe` gave for them, if that is known already.

    Raises
    ------
    UsageError
        If `out` holds a store of other settings.
    SkymovieError
        If the disk is too small, or a process died.
    """
    made = made or recipe(originals, seed, renderer)
    like = [originals.object_id, originals.images, originals.exposure, originals.conditions("mjd")]
    settings = {"seed": seed, "renderer": renderer, "like": checksum(like)[:16]}
    store = run.begin(made, out, {"test": len(originals)}, settings)
    return run.fill(store, made, workers=workers, progress=progress)


def _render(made: Recipe, originals: Movies) -> Movies:
    """The objects of a recipe of matched simulations."""
    images, exposure, truth = simulate_objects(made, "test", range(len(originals)))
    longest = originals.exposure.shape[1]
    return Movies(
        images[:, :longest],
        exposure[:, :longest],
        made.exposures,
        truth,
        made.survey,
        f"matched simulations of {originals.origin}",
    )

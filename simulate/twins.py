"""Twins: for every movie of a set, real ones say, a simulated one of the same kind.

A twin has its original's field, dates, conditions, detector and class, and its brightness. All else
is drawn: the shape of its light curve, its host, its place in the pixel, what PSF and sky have of
their own in each image, and noise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from movies.movie import Movies
from simulate.block import simulate_objects
from simulate.measured import common_departures
from simulate.placement import Placement, detector
from simulate.recipe import Recipe


def recipe(
    originals: Movies, seed: int = 0, renderer: str = "fourier", measured: bool = True
) -> Recipe:
    """The recipe whose object i is the twin of movie i.

    Parameters
    ----------
    measured : bool
        Whether exposures and detectors are as the other originals show them (`simulate.measured`),
        rather than drawn for their logged seeing.
    """
    survey = replace(originals.survey, log=originals.exposures)
    classes = sorted(set(originals.truth["label"]))
    run = Recipe.of(survey, seed, classes, renderer)
    N, E = originals.exposure.shape
    common = np.zeros((N, run.visits.shape[1], run.departure.shape[-1]))
    common[:, :E] = run.departure[originals.exposure, detector(originals)[:, None]]
    if measured:
        plain = _render(replace(run, twins=Placement.like(originals, common)), originals)
        common[:, :E] = common_departures(originals, plain, common[:, :E], survey.departures, seed)
    return replace(run, twins=Placement.like(originals, common))


def movies(
    originals: Movies, seed: int = 0, renderer: str = "fourier", measured: bool = True
) -> Movies:
    """Simulate the twins of some movies in memory; row i is that of row i.

    Parameters
    ----------
    originals : Movies
        With ``ccd`` in their truth, as `movies.real.open_real` and movie stores give them.
    seed : int
        Another seed draws other twins.
    renderer : str
        ``fourier`` or ``galsim``.
    measured : bool
        As for `recipe`.
    """
    return _render(recipe(originals, seed, renderer, measured), originals)


def _render(run: Recipe, originals: Movies) -> Movies:
    """The objects of a recipe of twins."""
    images, exposure, truth = simulate_objects(run, "test", range(len(originals)))
    longest = originals.exposure.shape[1]
    return Movies(
        images[:, :longest],
        exposure[:, :longest],
        run.exposures,
        truth,
        run.survey,
        f"twins of {originals.origin}",
    )

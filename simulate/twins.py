"""Twins: for every movie of a set, real ones say, a simulated one of the same kind.

A twin has its original's field, dates, conditions, detector and class, and its brightness. All else
is drawn: the shape of its light curve, its host, its place in the pixel, PSF, sky and noise.
"""

from __future__ import annotations

from dataclasses import replace

from movies.movie import Movies
from simulate.block import simulate_objects
from simulate.placement import Placement
from simulate.recipe import Recipe


def recipe(originals: Movies, seed: int = 0, renderer: str = "fourier") -> Recipe:
    """The recipe whose object i is the twin of movie i."""
    survey = replace(originals.survey, log=originals.exposures)
    classes = sorted(set(originals.truth["label"]))
    run = Recipe.of(survey, seed, classes, renderer)
    return replace(run, twins=Placement.like(originals, run.visits.shape[1]))


def movies(originals: Movies, seed: int = 0, renderer: str = "fourier") -> Movies:
    """Simulate the twins of some movies in memory; row i is that of row i.

    Parameters
    ----------
    originals : Movies
        With ``ccd`` in their truth, as `movies.real.open_real` and movie stores give them.
    seed : int
        Another seed draws other twins.
    renderer : str
        ``fourier`` or ``galsim``.
    """
    run = recipe(originals, seed, renderer)
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

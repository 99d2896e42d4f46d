"""Supernovae: half of type Ia and half of type II, those that the survey finds on their way up."""

from functools import partial

import numpy as np
import pandas as pd

from simulate.light_curves import sn_ia, sn_ii
from simulate.light_curves.explosions import is_found
from simulate.light_curves.light_curves import LightCurves, Visits, keep
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey

TYPES = {"Ia": sn_ia.draw, "II": sn_ii.draw}

PARAMETERS = (
    *("redshift", "explosion", "a_v", "scale", "stretch"),
    *("mass", "energy", "log_mass_loss", "beta"),
)
"""Of both types: first what they share, then Ia's own, then II's."""

CANDIDATES = 32
"""Drawn at once of each object: a few in a hundred are near enough and at the right date."""


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N supernovae that are detected at some visit and rise by a magnitude before.

    Returns
    -------
    LightCurves
        With the parameters ``magnitude`` (at the brightest visit), ``subtype`` (Ia or II),
        ``redshift``, ``explosion`` (MJD), ``a_v`` and those of the type (NaN for the other).

    Raises
    ------
    SkymovieError
        If the visits of an object never find one.
    """
    kind = np.where(rngs.random(1)[:, 0] < 0.5, "Ia", "II")
    magnitude = np.full(visits.mjd.shape, np.nan)
    parts = []
    for name, draw in TYPES.items():
        rows = np.flatnonzero(kind == name)
        curves = keep(
            partial(draw, survey=survey),
            is_found,
            rngs.select(rows),
            visits.select(rows),
            f"a type {name} supernova that the survey finds",
            CANDIDATES,
        )
        magnitude[rows] = curves.magnitude
        parts.append(curves.parameters.set_index(rows))
    parameters = pd.concat(parts).sort_index().reindex(columns=list(PARAMETERS))
    parameters.insert(0, "magnitude", np.nanmin(magnitude, axis=1))
    parameters.insert(1, "subtype", kind)
    return LightCurves(magnitude, parameters)

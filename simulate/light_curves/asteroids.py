"""Asteroids: seen at one visit, gone at the others."""

import numpy as np
import pandas as pd

from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population import magnitudes
from simulate.population.rngs import ObjectRNGs
from surveys.errors import UsageError
from surveys.survey import Survey


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N asteroids, each at one visit and brighter than that visit's limiting magnitude.

    Every visit of the field is as likely as another, but for those so shallow that nothing under
    the survey's bright limit shows.

    Returns
    -------
    LightCurves
        With the parameters ``magnitude`` and ``mjd`` of the visit.

    Raises
    ------
    UsageError
        If no visit of an object goes deeper than the bright limit.
    """
    u = rngs.random(2)
    deep = visits.limiting_magnitude > survey.magnitudes.bright
    n_deep = deep.sum(axis=1)
    if not n_deep.all():
        row = int(np.argmin(n_deep))
        raise UsageError(
            f"asteroids: expected a visit deeper than {survey.magnitudes.bright} mag, got "
            f"{np.nanmax(visits.limiting_magnitude[row])} at best in row {row}"
        )
    nth = np.floor(u[:, 0] * n_deep).astype(np.int64)
    epoch = np.argmax(np.cumsum(deep, axis=1) > nth[:, None], axis=1)
    rows = np.arange(len(rngs))
    limit = visits.limiting_magnitude[rows, epoch]
    m = magnitudes.draw(u[:, 1], survey.magnitudes, "asteroid", faintest=limit)
    curve = np.full(visits.mjd.shape, np.nan)
    curve[rows, epoch] = m
    return LightCurves(curve, pd.DataFrame({"magnitude": m, "mjd": visits.mjd[rows, epoch]}))

"""Non-variables: stars of constant brightness."""

import numpy as np
import pandas as pd

from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population import magnitudes
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N constant stars from the survey's magnitude distribution.

    Returns
    -------
    LightCurves
        With the parameter ``magnitude``.
    """
    m = magnitudes.draw(rngs.random(1)[:, 0], survey.magnitudes, "non_variable")
    curve = np.where(np.isfinite(visits.mjd), m[:, None], np.nan)
    return LightCurves(curve, pd.DataFrame({"magnitude": m}))

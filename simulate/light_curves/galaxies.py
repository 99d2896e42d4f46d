"""Galaxies: no point source at all. The object is the host, which `simulate.scenes.hosts` draws."""

import numpy as np
import pandas as pd

from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Give N empty light curves without parameters: all that a galaxy has is its host's."""
    return LightCurves(np.full(visits.mjd.shape, np.nan), pd.DataFrame(index=range(len(rngs))))

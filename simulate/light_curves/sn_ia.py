"""Type Ia supernovae: the spectral series of Hsiao et al. (2007), scaled, stretched, reddened."""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves.explosions import explosion_date, host_extinction, truncated_normal
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.light_curves.synthetic import MagnitudeGrid, magnitude_grid
from simulate.population import cosmology
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey

PEAK_B = -19.4
"""AB magnitude in Bessell B of a standard one; −19.3 in Vega's system (H0 = 70 km/s/Mpc)."""

SCATTER = 0.3
"""Scale of the flux and stretch of time ~ N(1, 0.3) [Carrasco-Davis et al. 2018, §2.2]."""

RATE_POWER = 2.11
"""R ∝ (1 + z)^2.11 (Dilday et al. 2010, ApJ 713, 1026)."""

FARTHEST = 0.9
BEFORE = 35.0  # days before the first visit of the earliest explosion that can still rise
FIRST_PHASE, LAST_PHASE = -20.0, 85.0  # rest-frame days from maximum that the series covers
PHASE_STEP = 0.5  # fine enough for the first days, when the flux grows steeply


def draw(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N supernovae, whether the survey finds them or not.

    Returns
    -------
    LightCurves
        With the parameters ``redshift``, ``explosion`` (MJD), ``scale``, ``stretch``, ``a_v``.
    """
    u = rngs.random(5)
    redshift = np.interp(u[:, 0], *redshift_shares())
    explosion = explosion_date(u[:, 1], visits, BEFORE)
    scale, stretch = (truncated_normal(u[:, k], 1.0, SCATTER, 0.3, 1.9) for k in (2, 3))
    a_v = host_extinction(u[:, 4])
    age = (visits.mjd - explosion[:, None]) / ((1 + redshift) * stretch)[:, None]
    phase = np.where(age > 0, np.minimum(FIRST_PHASE + age, LAST_PHASE), np.nan)
    absolute = grid(survey.bandpass).at(phase, redshift[:, None], a_v[:, None])
    shift = cosmology.distance_modulus(redshift) - 2.5 * np.log10(scale)
    parameters = pd.DataFrame(
        {
            "redshift": redshift,
            "explosion": explosion,
            "scale": scale,
            "stretch": stretch,
            "a_v": a_v,
        }
    )
    return LightCurves(absolute + shift[:, None], parameters)


@cache
def grid(bandpass: str) -> MagnitudeGrid:
    """Magnitudes of the standard one against days from maximum and redshift."""
    import sncosmo  # a second that --help need not wait for

    source = sncosmo.get_source("hsiao-subsampled")  # comes with sncosmo: nothing is downloaded
    source.set_peakmag(PEAK_B, "bessellb", "ab")
    phases = np.arange(FIRST_PHASE, LAST_PHASE + PHASE_STEP, PHASE_STEP)
    return magnitude_grid(bandpass, phases, lambda wave: source.flux(phases, wave))


@cache
def redshift_shares(farthest: float = FARTHEST) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the explosions nearer than a redshift, and the redshift."""
    z, share = cosmology.redshift_distribution(lambda z: (1 + z) ** RATE_POWER, farthest)
    return share, z

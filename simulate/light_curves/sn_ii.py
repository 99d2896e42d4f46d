"""Type II supernovae: red supergiants that explode into the wind they blew at the end."""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves import shock_cooling, wind
from simulate.light_curves.explosions import explosion_date, host_extinction, truncated_normal
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.light_curves.synthetic import MagnitudeGrid, magnitude_grid
from simulate.population import cosmology
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey

MASS = (12.0, 16.0)  # of the star at birth, M☉, uniform [Carrasco-Davis et al. 2018, §2.2]
ENERGY, ENERGY_SCATTER, ENERGY_RANGE = 1.0, 1.0, (0.5, 2.0)  # 10⁵¹ erg [ibid.]
LOG_MASS_LOSS = (-8.0, -2.0)  # log10 of Ṁ in M☉/yr, uniform [ibid.]
BETA = (1.0, 5.0)  # acceleration of the wind, uniform [ibid.]

RADIUS, RADIUS_POWER = 625.0, 1.17
"""R☉ of a star born with 12 M☉, and how it grows with that mass: 625 and 812 R☉ at 12 and 15 M☉
(Kasen & Woosley 2009, ApJ 703, 2205, Table 1)."""

EJECTED, EJECTED_SLOPE = 9.5, 0.6
"""M☉ that fly of a star born with 12 M☉, and how many more for each M☉: its last mass without the
iron core [ibid.]."""

FARTHEST = 0.7
BEFORE = 10.0  # days before the first visit of the earliest explosion that can still rise
LUMINOSITY = 1e42  # erg/s for which the grid is computed
_LOG_T = np.arange(3.6, 5.6, 0.02)
_SPHERE = 4 * np.pi * 3.0856776e19**2  # cm², of 10 pc


def draw(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N supernovae, whether the survey finds them or not.

    Returns
    -------
    LightCurves
        With the parameters ``redshift``, ``explosion`` (MJD), ``mass`` (M☉), ``energy`` (10⁵¹ erg),
        ``log_mass_loss`` (of M☉/yr), ``beta`` and ``a_v``.
    """
    u = rngs.random(7)
    redshift = np.interp(u[:, 0], *redshift_shares())
    parameters = pd.DataFrame(
        {
            "redshift": redshift,
            "explosion": explosion_date(u[:, 1], visits, BEFORE),
            "mass": _between(u[:, 2], MASS),
            "energy": truncated_normal(u[:, 3], ENERGY, ENERGY_SCATTER, *ENERGY_RANGE),
            "log_mass_loss": _between(u[:, 4], LOG_MASS_LOSS),
            "beta": _between(u[:, 5], BETA),
            "a_v": host_extinction(u[:, 6]),
        }
    )
    age = (visits.mjd - parameters["explosion"].to_numpy()[:, None]) / (1 + redshift)[:, None]
    absolute = absolute_magnitude(age, parameters, survey.bandpass)
    return LightCurves(absolute + cosmology.distance_modulus(redshift)[:, None], parameters)


def absolute_magnitude(
    age: NDArray[np.float64], parameters: pd.DataFrame, bandpass: str
) -> NDArray[np.float64]:
    """Magnitude at 10 pc, K-corrected and reddened.

    Parameters
    ----------
    age : array, shape (N, E)
        Days in the rest frame since the explosion.
    parameters : DataFrame, N rows
        As `draw` gives them.
    bandpass : str
        Name of the filter in speclite.

    Returns
    -------
    array, shape (N, E)
        NaN before the explosion.
    """
    birth, energy, log_mass_loss, beta, redshift, a_v = (
        parameters[name].to_numpy()[:, None]
        for name in ("mass", "energy", "log_mass_loss", "beta", "redshift", "a_v")
    )
    radius = RADIUS * (birth / 12) ** RADIUS_POWER
    mass = EJECTED + EJECTED_SLOPE * (birth - 12)
    t = np.where(age > 0, age, 1.0)
    light, hot = shock_cooling.cooling(t, energy, mass, radius, birth)
    veil = wind.interaction(t, energy, mass, radius, 10.0**log_mass_loss, beta)
    light = light * veil.escape
    surface = wind.temperature(light + veil.luminosity, veil.surface)
    surface = np.maximum(surface, shock_cooling.COOLEST * shock_cooling.KELVIN)
    parts = (
        (light, hot + veil.cover * (np.minimum(hot, surface) - hot)),
        (veil.luminosity, surface),
    )
    flux = sum(
        luminosity
        / LUMINOSITY
        * 10 ** (-0.4 * grid(bandpass).at(np.log10(temperature), redshift, a_v))
        for luminosity, temperature in parts
    )
    return np.where(age > 0, -2.5 * np.log10(flux), np.nan)


@cache
def grid(bandpass: str) -> MagnitudeGrid:
    """Magnitudes of 10⁴² erg/s against log10 of the temperature (K) and redshift."""

    def flux(wave: NDArray[np.float64]) -> NDArray[np.float64]:
        return LUMINOSITY / _SPHERE * shock_cooling.spectrum(wave, 10**_LOG_T)

    return magnitude_grid(bandpass, _LOG_T, flux)


@cache
def redshift_shares(farthest: float = FARTHEST) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the explosions nearer than a redshift, and the redshift.

    The rate follows the star formation of Madau & Dickinson (2014, ARA&A 52, 415, Eq. 15); the
    0.0091 × 0.54 type II supernovae a solar mass only set its height.
    """
    z, share = cosmology.redshift_distribution(
        lambda z: (1 + z) ** 2.7 / (1 + ((1 + z) / 2.9) ** 5.6), farthest
    )
    return share, z


def _between(u: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.float64]:
    return limits[0] + u * (limits[1] - limits[0])

"""Sizes, axis ratios and bulges of galaxies, as the Sloan survey found them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Shen et al. (2003, MNRAS 343, 978), Table 1: half-light radii against stellar mass. Late types
# (Eq. 18), R = γ M^α (1 + M/M0)^(β − α) kpc, and early types (Eq. 17), R = b M^a kpc.
GAMMA, ALPHA, BETA, M0 = 0.1, 0.14, 0.39, 3.98e10
EARLY_A, EARLY_B = 0.56, 2.88e-6
SIGMA_LIGHT, SIGMA_HEAVY = 0.47, 0.34  # scatter of ln R below and above M0 (Eq. 19)

# Van der Wel et al. (2014, ApJ 788, 28): at one mass, radii went as (1 + z)^−0.75 (late types) and
# (1 + z)^−1.48 (early); those of Shen et al. are of galaxies about z = 0.1.
LATE_GROWTH, EARLY_GROWTH, SHEN_REDSHIFT = -0.75, -1.48, 0.1

# Padilla & Strauss (2008, MNRAS 388, 1321): spirals are discs of thickness 0.21 ± 0.02 and face-on
# ellipticity ln e = −2.33 ± 0.79; ellipticals go from 0.41 (M_r = −18) to 0.76 (−22.5).
THICKNESS, THICKNESS_SCATTER = 0.21, 0.02
LOG_ELLIPTICITY, LOG_ELLIPTICITY_SCATTER = -2.33, 0.79
SPHEROID_FAINT, SPHEROID_BRIGHT = 0.41, 0.76

# Lackner & Gunn (2012, MNRAS 421, 2277): only 30 % of their galaxies need two components; the rest
# are discs alone or ellipticals.
TWO_COMPONENTS = 0.30


def half_light_radius(
    log_mass: NDArray[np.float64],
    early: NDArray[np.bool_],
    score: NDArray[np.float64],
    redshift: ArrayLike = SHEN_REDSHIFT,
) -> NDArray[np.float64]:
    """Half-light radii, kpc, of galaxies of stellar mass 10^`log_mass` M☉.

    Parameters
    ----------
    log_mass : array, shape (N,)
    early : array, shape (N,)
        Early or late type.
    score : array, shape (N,)
        Standard normal scores: each galaxy's place in the scatter.
    redshift : array, shape (N,)
    """
    mass = 10.0**log_mass
    late = GAMMA * mass**ALPHA * (1 + mass / M0) ** (BETA - ALPHA)
    # The power law of early types was fitted above 2e10 M☉; lighter ones are no larger than discs.
    median = np.where(early, np.minimum(EARLY_B * mass**EARLY_A, 2 * late), late)
    scatter = SIGMA_HEAVY + (SIGMA_LIGHT - SIGMA_HEAVY) / (1 + (mass / M0) ** 2)
    grown = (1 + np.asarray(redshift)) / (1 + SHEN_REDSHIFT)
    median = median * grown ** np.where(early, EARLY_GROWTH, LATE_GROWTH)
    return median * np.exp(scatter * np.clip(score, -2.5, 2.5))


def disc_thickness(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shortest over longest axis of discs, from standard normal scores."""
    return np.clip(THICKNESS + THICKNESS_SCATTER * score, 0.1, 0.4)


def spheroid_thickness(
    log_mass: NDArray[np.float64], score: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shortest over longest axis of ellipticals and bulges; heavier ones are rounder."""
    bright = np.clip((log_mass - 9.0) / 2.4, 0, 1)  # from M_r = −18 to −22.5
    mean = SPHEROID_FAINT + (SPHEROID_BRIGHT - SPHEROID_FAINT) * bright
    return np.clip(mean + 0.1 * score, 0.3, 1.0)


def face_on_axis_ratio(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Middle over longest axis, 1 − e with e log-normal, from standard normal scores."""
    e = np.exp(LOG_ELLIPTICITY + LOG_ELLIPTICITY_SCATTER * score)
    return 1 - np.minimum(e, 0.5)


def projected_axis_ratio(
    thickness: NDArray[np.float64],
    face_on: NDArray[np.float64],
    cosine: NDArray[np.float64],
    azimuth: NDArray[np.float64],
) -> NDArray[np.float64]:
    """b/a on the sky of a triaxial body (Binney 1985, MNRAS 212, 767, Eqs. 11 and 12).

    Parameters
    ----------
    thickness, face_on : arrays, shape (N,)
        Shortest and middle axis over the longest.
    cosine, azimuth : arrays, shape (N,)
        Of the line of sight: cosine of its angle to the shortest axis, and its angle about that
        axis from the longest, radians.
    """
    c2, b2 = thickness**2, face_on**2
    cos2, sin2 = cosine**2, 1 - cosine**2
    a = cos2 / c2 * (np.sin(azimuth) ** 2 + np.cos(azimuth) ** 2 / b2) + sin2 / b2
    b = cosine * np.sin(2 * azimuth) * (1 - 1 / b2) / c2
    c = (np.sin(azimuth) ** 2 / b2 + np.cos(azimuth) ** 2) / c2
    root = np.sqrt((a - c) ** 2 + b**2)
    return np.sqrt((a + c - root) / (a + c + root))


def bulge_fraction(u: NDArray[np.float64], early: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the light in the bulge, from probabilities `u` in (0, 1).

    Early types are bulges with at most a faint disc. Of the late types `TWO_COMPONENTS` have a
    bulge, up to 0.6 of the light and mostly less; the rest are discs alone.
    """
    share = np.maximum(u - (1 - TWO_COMPONENTS), 0) / TWO_COMPONENTS
    return np.where(early, 0.6 + 0.4 * np.sqrt(u), 0.6 * share**1.5)

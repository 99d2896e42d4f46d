"""Detached and semi-detached binaries: two limb-darkened discs on a circular orbit."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from simulate.light_curves.discs import blocked

DARKENING = 0.6
"""Linear limb darkening in g of stars like the Sun (Claret & Bloemen 2011, A&A 529, A75)."""

ELLIPSOIDAL = 0.15 * (15 + DARKENING) * (1 + 0.32) / (3 - DARKENING)
"""Relative amplitude of a star's ellipsoidal variation over q (R/a)³ sin²i, with gravity darkening
0.32 (Morris 1985, ApJ 295, 143)."""

_HALVINGS = 24


def pairs(
    u: NDArray[np.float64], detached: NDArray[np.bool_], amplitude: NDArray[np.float64]
) -> pd.DataFrame:
    """Stars of N binaries, inclined so that their deeper eclipse has the wanted depth.

    Parameters
    ----------
    u : array, shape (N, 3)
        Probabilities in (0, 1): of the first radius, of the second star and of its surface.
    detached : array, shape (N,)
        Where not, star 2 fills its Roche lobe.
    amplitude : array, shape (N,)
        Depth, mag.

    Returns
    -------
    DataFrame
        ``radius_1``, ``radius_2`` (over the orbit's), ``brightness_ratio`` (surface 2 over 1, at
        most 1), ``mass_ratio`` (2 over 1) and ``inclination`` (degrees): NaN where no inclination
        gives the depth.
    """
    # A detached pair is of like stars; in a semi-detached one the mass donor is light and cool.
    mass_ratio = np.where(detached, 0.4 + 0.6 * u[:, 1], 0.15 * 4 ** u[:, 1])
    radius_1 = np.where(detached, 0.12 + 0.20 * u[:, 0], 0.15 + 0.2 * u[:, 0])
    radius_2 = np.where(detached, radius_1 * mass_ratio**0.8, roche_radius(mass_ratio))
    ratio = np.where(detached, mass_ratio ** (1 + 2 * u[:, 2]), 0.02 + 0.38 * u[:, 2])
    inclination = np.full(len(u), np.nan)
    low, high = np.zeros(len(u)), radius_1 + radius_2  # cosines of the inclination
    shape: tuple[NDArray[np.float64], ...] = radius_1, radius_2, ratio, mass_ratio
    possible = _depth(low, *shape) >= amplitude
    low, high, wanted = low[possible], high[possible], amplitude[possible]
    shape = tuple(value[possible] for value in shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        deep = _depth(middle, *shape) >= wanted
        low, high = np.where(deep, middle, low), np.where(deep, high, middle)
    inclination[possible] = np.degrees(np.arccos(low))
    return pd.DataFrame(
        {
            "radius_1": radius_1,
            "radius_2": radius_2,
            "brightness_ratio": ratio,
            "mass_ratio": mass_ratio,
            "inclination": inclination,
        }
    )


def light_curve(angle: NDArray[np.float64], stars: pd.DataFrame) -> NDArray[np.float64]:
    """Magnitudes below the light between eclipses of N binaries.

    Each star's light varies by its tides as 1 − e cos 2θ and is blocked where the other passes in
    front. Reflection is left out.

    Parameters
    ----------
    angle : array, shape (N, E)
        Of the orbit, radians; 0 is mid-eclipse of star 1.
    stars : DataFrame, N rows
        As `pairs` gives them.

    Returns
    -------
    array, shape (N, E)
        Zero at quadrature; NaN where the angle or the inclination is NaN.
    """
    r1, r2, surface, q, inclination = (
        stars[name].to_numpy()[:, None]
        for name in ("radius_1", "radius_2", "brightness_ratio", "mass_ratio", "inclination")
    )
    cos_i = np.cos(np.radians(inclination))
    distance = np.sqrt(np.sin(angle) ** 2 + cos_i**2 * np.cos(angle) ** 2)
    behind = np.cos(angle) > 0  # star 1 is behind
    shade_1 = blocked(np.where(behind, distance, np.inf) / r1, r2 / r1, DARKENING)
    shade_2 = blocked(np.where(behind, np.inf, distance) / r2, r1 / r2, DARKENING)
    second = surface * (r2 / r1) ** 2  # light of star 2 over that of star 1
    tide_1, tide_2 = tides(r1, r2, q, cos_i)
    wave = np.cos(2 * angle)
    light = (1 - tide_1 * wave) * (1 - shade_1) + second * (1 - tide_2 * wave) * (1 - shade_2)
    full = 1 + tide_1 + second * (1 + tide_2)
    curve = -2.5 * np.log10(np.maximum(light / full, 1e-6))
    return np.where(np.isfinite(angle + inclination), curve, np.nan)


def _depth(
    cos_i: NDArray[np.float64],
    r1: NDArray[np.float64],
    r2: NDArray[np.float64],
    surface: NDArray[np.float64],
    q: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Depth of the deeper eclipse at its middle, mag: `light_curve` at angle 0, all shape (N,)."""
    second = surface * (r2 / r1) ** 2
    tide_1, tide_2 = tides(r1, r2, q, cos_i)
    light = (1 - tide_1) * (1 - blocked(cos_i / r1, r2 / r1, DARKENING)) + second * (1 - tide_2)
    full = 1 + tide_1 + second * (1 + tide_2)
    return -2.5 * np.log10(np.maximum(light / full, 1e-6))


def tides(
    r1: NDArray[np.float64],
    r2: NDArray[np.float64],
    q: NDArray[np.float64],
    cos_i: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Relative amplitudes of the two stars' ellipsoidal variation."""
    sin2_i = 1 - cos_i**2
    return ELLIPSOIDAL * q * r1**3 * sin2_i, ELLIPSOIDAL / q * r2**3 * sin2_i


def roche_radius(mass_ratio: ArrayLike) -> NDArray[np.float64]:
    """Radius of the Roche lobe over the orbit's, for a star's mass over the other's.

    Eggleton (1983), ApJ 268, 368, Eq. 2.
    """
    a = np.asarray(mass_ratio) ** (1 / 3)
    return 0.49 * a**2 / (0.6 * a**2 + np.log1p(a))

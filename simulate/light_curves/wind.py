"""The wind that a red supergiant blows at its end, and the light of the ejecta that run into it.

Luminosity, delay and temperature against time, from published closed forms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.light_curves.shock_cooling import DAY, SIGMA, SOLAR_RADIUS, SUN

YEAR = 3.15576e7  # s
LIGHT = 2.99792458e10  # cm/s
OPACITY = 0.34  # cm²/g, of electron scattering in hydrogen and helium

EDGE, SPEED = 1e15, 1e6
"""Radius, cm, at which the dense wind ends, and the speed, cm/s, that it reaches (Moriya et al.
2018, MNRAS 476, 2840)."""

BASE = 1e4
"""Speed, cm/s, at which it leaves the star: small against `SPEED`, as there; the value is ours."""

RADIATED = 0.1
"""Share of the shock's kinetic energy that becomes light (Moriya et al. 2013, MNRAS 435, 1520)."""

RADIATED_THICK = 0.5
"""The same while the wind holds the light back, τ > c/v: all of the energy is light then, and the
expansion takes some of it. The value is ours."""

STEEPNESS = 12
"""n of ρ ∝ v⁻ⁿ in the outer ejecta of a red supergiant (Matzner & McKee 1999, ApJ 510, 379)."""

COLOUR_DEPTH = 3.0
"""Optical depth in the wind at which its light takes on its colour: below the 2/3 of a photosphere,
as electrons scatter far more than atoms absorb. The value is ours."""


@dataclass(frozen=True)
class Wind:
    """What a wind makes of a supernova; all arrays have shape (N, E).

    Attributes
    ----------
    luminosity : float
        Of the shock in the wind, as it leaves, erg/s.
    escape : float
        Share of the light of the ejecta themselves that is not held back by the wind.
    cover : float
        1 − exp(−τ) of the wind before the shell: share of the light whose colour the wind decides.
    surface : float
        Radius at which the light takes on its colour where the wind is thick, cm.
    """

    luminosity: NDArray[np.float64]
    escape: NDArray[np.float64]
    cover: NDArray[np.float64]
    surface: NDArray[np.float64]


def density(
    r: NDArray[np.float64],
    star: NDArray[np.float64],
    mass_loss: NDArray[np.float64],
    beta: NDArray[np.float64],
) -> NDArray[np.float64]:
    """D = ρ r² = Ṁ / (4π v), g/cm, in a wind that accelerates as v₀ + (v∞ − v₀)(1 − R/r)^β.

    The law of Moriya et al. (2018). Radii in cm, Ṁ in M☉/yr; inside the star as on its surface.
    """
    speed = BASE + (SPEED - BASE) * np.maximum(1 - star / r, 0) ** beta
    return mass_loss * SUN / YEAR / (4 * np.pi * speed)


def shell_radius(
    seconds: NDArray[np.float64],
    energy: NDArray[np.float64],
    mass: NDArray[np.float64],
    d: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Radius, cm, of the thin shell between ejecta of erg and g and a wind ρ = D r⁻².

    Moriya et al. (2013), the equation of the shell's radius before the inner ejecta arrive, with
    s = 2 and δ = 0.
    """
    n = STEEPNESS
    log_scale = (
        np.log(2 / (4 * np.pi * (n - 4) * (n - 3) * n))
        + (n - 3) / 2 * np.log(10 * (n - 5) * energy)
        - (n - 5) / 2 * np.log(3 * (n - 3) * mass)
    )
    return (np.exp(log_scale) / d) ** (1 / (n - 2)) * seconds ** ((n - 3) / (n - 2))


def interaction(
    t: NDArray[np.float64],
    energy: NDArray[np.float64],
    mass: NDArray[np.float64],
    radius: NDArray[np.float64],
    mass_loss: NDArray[np.float64],
    beta: NDArray[np.float64],
) -> Wind:
    """Light of the shock that the ejecta drive into a confined wind, and how the wind veils them.

    The shock radiates L = 2π ε D v³ (Moriya et al. 2013) until the shell leaves the wind. Light
    leaks out of the wind within κD/c, 6.6 days for 5e16 g/cm (Chevalier & Irwin 2011, ApJ 729, L6):
    of a steady source 1 − exp(−t c/κD) is seen. The colour is that of the radius where
    τ = κD (1/r − 1/r_edge) is `COLOUR_DEPTH`. That the light of the ejecta too is late and of this
    colour, in proportion to 1 − exp(−τ), is our approximation of the wind breakouts of Moriya et
    al. (2018).

    Parameters
    ----------
    t, energy, mass, radius : as in `shock_cooling.cooling`
    mass_loss : array, shape (N, 1)
        Ṁ, M☉/yr.
    beta : array, shape (N, 1)
        β of the acceleration.
    """
    star, seconds = radius * SOLAR_RADIUS, t * DAY
    erg, gram = energy * 1e51, mass * SUN
    steady = mass_loss * SUN / YEAR / (4 * np.pi * SPEED)
    # The self-similar radius wants one D: that of the wind where a shell in a steady wind would be.
    guess = density(star + shell_radius(seconds, erg, gram, steady), star, mass_loss, beta)
    shell = shell_radius(seconds, erg, gram, guess)
    speed = (STEEPNESS - 3) / (STEEPNESS - 2) * shell / seconds
    r = star + shell
    d = density(r, star, mass_loss, beta)
    out = -np.expm1(-seconds * LIGHT / (OPACITY * d))
    inside = np.exp(-(np.minimum((r / EDGE) ** 2, 17.0) ** 2))
    depth = OPACITY * d * np.maximum(1 / r - 1 / EDGE, 0)
    cover = -np.expm1(-depth)
    trapped = -np.expm1(-depth * speed / LIGHT)
    radiated = RADIATED + (RADIATED_THICK - RADIATED) * trapped
    thick = 1 / (1 / EDGE + COLOUR_DEPTH / (OPACITY * steady))
    return Wind(
        luminosity=2 * np.pi * radiated * d * speed * speed**2 * out * inside,
        escape=1 - cover * (1 - out),
        cover=cover,
        surface=np.maximum(r, thick),
    )


def temperature(luminosity: NDArray[np.float64], r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Effective temperature, K, of a sphere of erg/s and cm."""
    return (luminosity / (4 * np.pi * SIGMA * r**2)) ** 0.25

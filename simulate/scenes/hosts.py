"""Host galaxies, and the galaxies that are objects themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from simulate.light_curves.explosions import explodes
from simulate.population import cosmology, galaxy_shapes, magnitudes
from simulate.population.rngs import ObjectRNGs
from simulate.render.transforms import EXPONENTIAL_HALF_LIGHT
from surveys.errors import UsageError
from surveys.survey import Survey

SHARE = {"galaxy": 1.0, "supernova": 0.85}
"""How many objects of a class stand on a galaxy. Carrasco-Davis et al. (2018, §2.3) have it for
half of the supernovae; but 18 of 23 real ones in HiTS show light in a ring of 4 to 7 pixels (over
1.5 ADU in the median of their first five images), as 47 % of simulated ones did when half had a
galaxy."""

OTHER_SHARE = 0.05
"""The same for all other classes, by chance along the line of sight."""

MASS = {"Ia": (10.4, 0.75), "II": (9.7, 0.85)}
"""Mean and scatter of log10 of the stellar mass (M☉) of supernova hosts: of the mass function of
Baldry et al. (2012, MNRAS 421, 621), weighted for type II by star formation, which they trace
(Schulze et al. 2021, ApJS 255, 29), and for Ia by 5.3e-14 M + 3.9e-4 SFR a year (Sullivan et al.
2006, ApJ 648, 868), with log SFR = 0.76 log M − 7.64 (Renzini & Peng 2015, ApJ 801, L29)."""

# log10 M = SLOPE · M_g + ZERO: mass to light of 2 (M/L)☉ at M_g = −20, more for the brighter and
# redder (Bell et al. 2003, ApJS 149, 289), with M_g☉ = 5.11.
SLOPE, ZERO, MASS_SCATTER = -0.55, -0.66, 0.15
K_CORRECTION = 1.5  # mag per unit redshift in g, of spirals (Chilingarian et al. 2010)
SCHECHTER_M, SCHECHTER_SLOPE = -20.1, -0.9  # Blanton et al. (2003, ApJ 592, 819), ⁰·¹g, h = 0.7


@dataclass(frozen=True)
class Hosts:
    """Galaxies of N objects: an exponential disc and a de Vaucouleurs bulge about one centre.

    All arrays have shape (N,) and are NaN where an object has no galaxy.

    Attributes
    ----------
    magnitude : float
        Of disc and bulge together, in the survey's band.
    redshift : float
    disc_radius, bulge_radius : float
        Half-light radii, arcsec, geometric mean of the axes.
    bulge_fraction : float
        Share of the light in the bulge, 0 … 1.
    disc_axis_ratio, bulge_axis_ratio : float
        b/a.
    angle : float
        Of the long axes, from x towards y, radians.
    offset_x, offset_y : float
        Position of the object from the centre of the galaxy, arcsec.
    """

    magnitude: NDArray[np.float64]
    redshift: NDArray[np.float64]
    disc_radius: NDArray[np.float64]
    bulge_radius: NDArray[np.float64]
    bulge_fraction: NDArray[np.float64]
    disc_axis_ratio: NDArray[np.float64]
    bulge_axis_ratio: NDArray[np.float64]
    angle: NDArray[np.float64]
    offset_x: NDArray[np.float64]
    offset_y: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.magnitude)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which objects have a galaxy, shape (N,)."""
        return np.isfinite(self.magnitude)


def sample(
    rngs: ObjectRNGs,
    label: NDArray[Any],
    parameters: pd.DataFrame,
    survey: Survey,
    by_chance: float = OTHER_SHARE,
) -> Hosts:
    """Draw the galaxies of N objects.

    Supernovae are at their host's redshift and follow its exponential profile. Galaxies, and those
    that other objects stand on by chance, follow the survey's magnitude distribution, with the
    redshift that the luminosity function gives; objects of the galaxy class are at the centre.

    Parameters
    ----------
    streams : Streams of N objects
    label : str array, shape (N,)
        Class of each object.
    parameters : DataFrame, N rows
        With ``redshift`` and ``subtype`` (Ia or II) where there are supernovae.
    survey : Survey
    by_chance : float
        Share of the other classes that stand on a galaxy.

    Raises
    ------
    UsageError
        If a supernova has no redshift or no known type.
    """
    u, score = rngs.random(10), rngs.normal(6)
    supernova = explodes(label, parameters)
    share = np.array([SHARE.get(name, by_chance) for name in label])
    share[supernova] = SHARE["supernova"]
    present = u[:, 0] < share
    if supernova.any():
        _check_supernovae(parameters, supernova)

    magnitude = magnitudes.draw(u[:, 1], survey.magnitudes, "galaxy")
    redshift = redshift_of(magnitude, u[:, 2])
    log_mass = _log_mass(magnitude, redshift) + MASS_SCATTER * score[:, 0]
    if supernova.any():
        custom_models = parameters["redshift"].to_numpy(np.float64)[supernova]
        mean, width = np.array([MASS[kind] for kind in parameters["subtype"][supernova]]).T
        log_mass[supernova] = np.clip(mean + width * score[supernova, 0], 7.5, 11.6)
        redshift[supernova] = custom_models
        scattered = log_mass[supernova] + MASS_SCATTER * score[supernova, 1]
        magnitude[supernova] = _apparent(scattered, custom_models)
    heavy = 1 / (1 + np.exp(-(log_mass - 10.7) / 0.25))
    early = u[:, 3] < heavy
    if supernova.any():  # core collapse happens where stars form
        early[supernova] &= parameters["subtype"][supernova].to_numpy() != "II"

    radius = galaxy_shapes.half_light_radius(log_mass, early, score[:, 2], redshift)
    radius = radius * cosmology.arcsec_per_kpc(redshift)
    face_on = galaxy_shapes.face_on_axis_ratio(score[:, 3])
    azimuth = 2 * np.pi * u[:, 5]
    disc_axis_ratio, bulge_axis_ratio = (
        galaxy_shapes.projected_axis_ratio(thickness, face_on, u[:, 4], azimuth)
        for thickness in (
            galaxy_shapes.disc_thickness(score[:, 4]),
            galaxy_shapes.spheroid_thickness(log_mass, score[:, 5]),
        )
    )
    angle = np.pi * u[:, 6]
    x, y = _offset(u[:, 7], 2 * np.pi * u[:, 8], radius, disc_axis_ratio, angle)
    centred = np.asarray(label) == "galaxy"
    columns = {
        "magnitude": magnitude,
        "redshift": redshift,
        "disc_radius": radius,
        # Bulges of spirals are a fifth of their disc (Lackner & Gunn 2012); early types are bulge.
        "bulge_radius": np.where(early, radius, 0.2 * radius),
        "bulge_fraction": galaxy_shapes.bulge_fraction(u[:, 9], early),
        "disc_axis_ratio": disc_axis_ratio,
        "bulge_axis_ratio": bulge_axis_ratio,
        "angle": angle,
        "offset_x": np.where(centred, 0.0, x),
        "offset_y": np.where(centred, 0.0, y),
    }
    return Hosts(**{name: np.where(present, value, np.nan) for name, value in columns.items()})


def _check_supernovae(parameters: pd.DataFrame, rows: NDArray[np.bool_]) -> None:
    missing = sorted({"redshift", "subtype"} - set(parameters.columns))
    if missing:
        raise UsageError(
            f"hosts: expected redshift and subtype of supernovae, {missing[0]} missing"
        )
    kinds = set(parameters["subtype"][rows])
    if not kinds <= set(MASS) or not np.isfinite(parameters["redshift"][rows]).all():
        raise UsageError(
            f"hosts: expected supernovae of type {' or '.join(MASS)} with finite redshifts, got "
            f"{', '.join(sorted(map(str, kinds)))}"
        )


def redshift_of(magnitude: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Redshift of galaxies of an apparent magnitude, at the probability `u`; all shape (N,).

    p(z | m) ∝ dV/dz φ(M), with the Schechter function φ.
    """
    m, z, share = _redshift_table()
    row = np.clip(np.rint((magnitude - m[0]) / (m[1] - m[0])), 0, len(m) - 1).astype(np.int64)
    share = share[row]
    above = np.clip((share < u[:, None]).sum(axis=1), 1, len(z) - 1)
    low, high = (np.take_along_axis(share, k[:, None], 1)[:, 0] for k in (above - 1, above))
    part = (u - low) / np.maximum(high - low, 1e-12)
    return z[above - 1] + np.clip(part, 0, 1) * (z[above] - z[above - 1])


@cache
def _redshift_table() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Magnitudes (M,), redshifts (Z,) and the share of galaxies nearer, shape (M, Z)."""
    m, z = np.arange(13.0, 28.0, 0.1), np.geomspace(0.004, 1.5, 150)
    brightness = 10 ** (-0.4 * (_absolute(m[:, None], z) - SCHECHTER_M))
    count = brightness ** (SCHECHTER_SLOPE + 1) * np.exp(-brightness)
    grid, below = cosmology.redshift_distribution(lambda at: 1 + at, 1.5)
    volume = np.gradient(np.interp(z, grid, below), z)
    share = np.cumsum(count * volume * np.gradient(z), axis=1)
    share -= share[:, :1]
    return m, z, share / share[:, -1:]


def _absolute(m: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    return m - cosmology.distance_modulus(z) - K_CORRECTION * z


def _log_mass(m: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    return SLOPE * _absolute(m, z) + ZERO


def _apparent(log_mass: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    return (log_mass - ZERO) / SLOPE + cosmology.distance_modulus(z) + K_CORRECTION * z


def _offset(
    u: NDArray[np.float64],
    direction: NDArray[np.float64],
    radius: NDArray[np.float64],
    axis_ratio: NDArray[np.float64],
    angle: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A place in an exponential disc: light within r grows as the gamma distribution of shape 2."""
    r = gammaincinv(2, u) / EXPONENTIAL_HALF_LIGHT * radius
    along = r / np.sqrt(axis_ratio) * np.cos(direction)
    across = r * np.sqrt(axis_ratio) * np.sin(direction)
    x = along * np.cos(angle) - across * np.sin(angle)
    y = along * np.sin(angle) + across * np.cos(angle)
    return x, y

"""Distances in a flat universe (H0 = 70 km/s/Mpc, Ωm = 0.3), and redshifts drawn from rates."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_trapezoid

Z_MIN, Z_MAX = 0.002, 2.5


def distance_modulus(redshift: ArrayLike) -> NDArray[np.float64]:
    """m − M without K correction, mag, for 0.002 < z < 2.5."""
    z, modulus, _, _ = _table()
    return np.interp(np.asarray(redshift), z, modulus)


def arcsec_per_kpc(redshift: ArrayLike) -> NDArray[np.float64]:
    """Angular size of a proper kiloparsec, arcsec, for 0.002 < z < 2.5."""
    z, _, scale, _ = _table()
    return np.interp(np.asarray(redshift), z, scale)


def redshift_distribution(
    rate: Callable[[NDArray[np.float64]], NDArray[np.float64]], farthest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the events seen below each redshift.

    The observed rate is ∫ R(z) / (1 + z) dV/dz dz: clocks run slower by 1 + z.

    Parameters
    ----------
    rate : function
        Events per comoving volume and proper time, in any unit, of an array of redshifts.
    farthest : float
        Redshift at which to stop.

    Returns
    -------
    redshift, share : arrays
        ``np.interp(u, share, redshift)`` draws a redshift.
    """
    z, _, _, volume = _table()
    near = z <= farthest
    density = rate(z[near]) / (1 + z[near]) * volume[near]
    share = cumulative_trapezoid(density, z[near], initial=0)
    return z[near], share / share[-1]


@cache
def _table() -> tuple[NDArray[np.float64], ...]:
    """Redshift, distance modulus, arcsec per kpc and dV/dz per steradian (Mpc³)."""
    from astropy.cosmology import FlatLambdaCDM  # half a second that --help need not wait for

    universe = FlatLambdaCDM(H0=70, Om0=0.3)
    z = np.concatenate([np.geomspace(Z_MIN, 0.05, 100), np.arange(0.055, Z_MAX, 0.005)])
    return (
        z,
        universe.distmod(z).value,
        universe.arcsec_per_kpc_proper(z).value,
        universe.differential_comoving_volume(z).value,
    )

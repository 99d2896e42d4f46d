"""Fourier transforms of the profiles that stars and galaxies are made of.

All are of unit flux and depend on the elliptical wavenumber alone, so each is one curve.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import fht
from scipy.special import gamma, kv

DEV_B = 7.669249442500804
"""b of I ∝ exp(−b (r/r_e)^¼) for which r_e holds half of the light (Ciotti & Bertin 1999)."""

EXPONENTIAL_HALF_LIGHT = 1.6783469900166612
"""Half-light radius of an exponential disc in scale lengths."""


def moffat(kr: ArrayLike, beta: ArrayLike) -> NDArray[np.float64]:
    """Transform of a Moffat profile: 2/Γ(β−1) (kα/2)^{β−1} K_{β−1}(kα).

    Parameters
    ----------
    kr : array
        Wavenumber times core radius α, dimensionless.
    beta : array
        Exponent, over 1.
    """
    x, nu = np.broadcast_arrays(np.asarray(kr, float), np.asarray(beta, float) - 1)
    safe = np.maximum(x, 1e-6)
    return np.where(x < 1e-6, 1.0, 2 / gamma(nu) * (safe / 2) ** nu * kv(nu, safe))


@lru_cache(maxsize=1)
def de_vaucouleurs_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform of a de Vaucouleurs profile on a logarithmic grid, by a fast Hankel transform.

    Returns
    -------
    log_kr : array, shape (K,)
        Natural logarithm of wavenumber times half-light radius, evenly spaced.
    value : array, shape (K,)
    """
    n = 4096
    log_r = np.linspace(-26.0, 14.0, n)
    step = log_r[1] - log_r[0]
    r = np.exp(log_r)
    profile = np.exp(-DEV_B * r**0.25) * DEV_B**8 / (8 * np.pi * gamma(8))
    # fht gives ∫ a(r) J0(kr) k dr at k = 1/r; ours is ∫ I(r) J0(kr) 2πr dr.
    log_k = -log_r[::-1]
    value = fht(2 * np.pi * r * profile, step, mu=0) * np.exp(-log_k)
    inside = (log_k > -8) & (log_k < 9)
    return log_k[inside], value[inside]

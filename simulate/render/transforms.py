"""Fourier transforms of the profiles that stars and galaxies are made of.

All are of unit flux and depend on the elliptical wavenumber alone, so each is one curve.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import fht
from scipy.special import gamma, kv

from surveys.errors import UsageError
from surveys.psf.profile import WING_BETA, WING_SHARE, WING_WIDTH

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


def star_reach(beta: NDArray[np.float64], faint: float) -> NDArray[np.float64]:
    """Radius over α beyond which a star is fainter than `faint` of its centre, shape as `beta`."""
    wider = _wider(beta)
    centre = (1 - WING_SHARE) * (beta - 1)
    of_wing = WING_SHARE * (WING_BETA - 1) / wider**2
    left = faint * (centre + of_wing) / of_wing
    core = np.sqrt(faint ** (-1 / beta) - 1)
    wing = wider * np.sqrt(np.maximum(left ** (-1 / WING_BETA) - 1, 0))
    return np.maximum(core, wing)


def _wider(beta: ArrayLike) -> NDArray[np.float64]:
    """α of the wing over that of a core of exponent `beta`."""
    half_widths = (np.sqrt(2 ** (1 / np.asarray(b, float)) - 1) for b in (beta, WING_BETA))
    return WING_WIDTH * next(half_widths) / next(half_widths)


_BETA = np.arange(2.0, 8.021, 0.02)
_DEGREE, _FITTED = 9, 20.0  # of the polynomial, and the kα up to which it is fitted


def moffat_polynomial(beta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients Q of `moffat` ≈ exp(−kα) · Σ Q_i (kα)^i, shape (10, M) for `beta` (M,).

    Where β is half an integer the transform *is* a polynomial of degree β − 3/2 times exp(−kα)
    (a spherical Bessel function); between, a polynomial of degree 9 follows it to 1e-4 of the
    light, and to 7e-4 from β = 2.2 (to 2e-3 from 2), for all kα.

    Raises
    ------
    UsageError
        If an exponent is not from 2 to 8.
    """
    wrong = ~((beta >= 2) & (beta <= 8))
    if wrong.any():
        raise UsageError(f"expected Moffat exponents beta from 2 to 8, got {beta[wrong][0]:g}")
    table = _polynomials()
    at = (beta - _BETA[0]) / (_BETA[1] - _BETA[0])
    row = at.astype(np.int64)
    part = at - row
    return table[:, row] * (1 - part) + table[:, row + 1] * part


@lru_cache(maxsize=1)
def _polynomials() -> NDArray[np.float64]:
    """Least-squares fits weighted by area in the plane of k, shape (10, beta)."""
    x = np.linspace(0, _FITTED, 401)
    chebyshev = np.polynomial.chebyshev.chebvander(2 * x / _FITTED - 1, _DEGREE)
    weight = np.sqrt(x + 0.02)[:, None]
    basis = weight * np.exp(-x)[:, None] * chebyshev
    fitted = np.linalg.lstsq(basis, weight * moffat(x[:, None], _BETA), rcond=None)[0]
    series = (np.polynomial.Chebyshev(column, [0, _FITTED]) for column in fitted.T)
    return np.stack([one.convert(kind=np.polynomial.Polynomial).coef for one in series], axis=1)


def moffat_extent(beta: NDArray[np.float64], lost: float) -> NDArray[np.float64]:
    """kα beyond which the transform holds only the share `lost` of its integral over the plane.

    That integral is the central brightness. By d/dx (x^ν K_ν) = −x^ν K_{ν−1}, what is left of it
    beyond kα is the transform of the exponent β + 1.
    """
    return np.interp(beta, _BETA, _extents(lost))


@lru_cache(maxsize=8)
def _extents(lost: float) -> NDArray[np.float64]:
    x = np.arange(0, 40, 0.02)
    left = moffat(x[:, None], _BETA + 1)
    return np.array([np.interp(-lost, -column, x) for column in left.T])


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

"""Fit what exposures do to stamps over the focal plane (`surveys.psf.focal_plane`).

The departures of the stamps of one exposure are a linear model: patterns, each with a coefficient
of every component, that are normal from exposure to exposure, and what a stamp has of its own.
Expectation-maximization (Dempster, Laird & Rubin 1977, J. R. Stat. Soc. B 39, 1; Laird & Ware 1982,
Biometrics 38, 963) finds their covariances, though the few stars of one exposure cannot tell all of
its coefficients.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveys.psf.focal_plane import PATTERNS, patterns
from surveys.psf.systematics import COMPONENTS, OF_PROFILE, ZERO_POINT, pattern_scale

MODES = 24
"""Modes that are kept: those of the most variance, in units of what exposures do everywhere."""

ROUNDS = 40
BEGIN = 0.01  # first guess of a coefficient's deviation
LEAST = 1e-4  # share of its variance that a component has of a stamp's own: keeps matrices regular


def covariances(
    off: NDArray[np.float64],
    exposure: NDArray[np.int64],
    seeing: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Those of the coefficients, shape (BK, BK), and of what stamps have, shape (K, K).

    Parameters
    ----------
    off : array, shape (S, K)
        PsfSystematics of S stamps, less what belongs to their objects.
    exposure : int array, shape (S,)
    seeing : array, shape (S,)
        Logged, arcsec.
    x, y : array, shape (S,)
        Of their detectors, degrees from the middle of the field.
    """
    design = patterns(x, y)[:, :, None] * pattern_scale(seeing)
    _, B, K = design.shape
    key = np.unique(exposure, return_inverse=True)[1]
    groups = np.split(np.argsort(key), np.cumsum(np.bincount(key))[:-1])
    covariance = np.asarray(BEGIN**2 * np.eye(B * K), np.float64)
    noise = np.asarray(np.cov(off.T) / 2, np.float64)
    least = np.diag(LEAST * off.var(axis=0))
    for _ in range(ROUNDS):
        weight, prior = np.linalg.inv(noise), np.linalg.inv(covariance)
        products, left = np.zeros_like(covariance), np.zeros_like(noise)
        for rows in groups:
            d = design[rows]
            told = np.einsum("sbk,kl,scl->bkcl", d, weight, d, optimize=True)
            posterior = np.linalg.inv(prior + told.reshape(B * K, B * K))
            pull = np.einsum("sbk,sk->bk", d, off[rows] @ weight).ravel()
            mean = posterior @ pull
            products += posterior + np.outer(mean, mean)
            rest = off[rows] - np.einsum("sbk,bk->sk", d, mean.reshape(B, K))
            spread = posterior.reshape(B, K, B, K)
            left += rest.T @ rest
            left += np.einsum("sbk,bkcl,scl->kl", d, spread, d, optimize=True)
        covariance = np.asarray(products / len(groups), np.float64)
        noise = np.asarray(left / len(off) + least, np.float64)
    return covariance, noise


def roots(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Modes that have this covariance of coefficients, those of the most variance first.

    Parameters
    ----------
    covariance : array, shape (BK, BK)

    Returns
    -------
    array, shape (BK, B, K)
    """
    B, K = len(PATTERNS), len(COMPONENTS)
    unit = np.tile(np.sqrt(np.diag(covariance)[:K]), B)
    values, vectors = np.linalg.eigh(covariance / np.outer(unit, unit))
    out = vectors * np.sqrt(np.maximum(values, 0)) * unit[:, None]
    return out.T[::-1].reshape(-1, B, K)


def modes(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The modes to simulate with, shape (MODES, B, K).

    Without that part of the zero point which goes along with the profile everywhere: it is light
    that photometry loses, and simulated stars lose it, too.

    Parameters
    ----------
    covariance : array, shape (BK, BK)
    """
    everywhere = covariance[: len(COMPONENTS), : len(COMPONENTS)]
    less = np.eye(len(COMPONENTS))
    less[ZERO_POINT, OF_PROFILE] = -np.linalg.solve(
        everywhere[OF_PROFILE][:, OF_PROFILE], everywhere[OF_PROFILE, ZERO_POINT]
    )
    every = np.kron(np.eye(len(PATTERNS)), less)
    return roots(every @ covariance @ every.T)[:MODES]

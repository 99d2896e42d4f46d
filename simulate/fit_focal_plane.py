"""Fit how the profiles of an exposure vary over the focal plane (`surveys.focal_plane`).

The departures of the stamps of one exposure are a linear model: a constant and the patterns, each
with coefficients of every component that are normal from exposure to exposure, and what a stamp has
of its own. Expectation-maximization (Dempster, Laird & Rubin 1977, J. R. Stat. Soc. B 39, 1; Laird
& Ware 1982, Biometrics 38, 963) finds their covariances, though the few stars of one exposure
cannot tell all of its coefficients.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveys.departures import COMPONENTS, OF_PROFILE, optics_scale
from surveys.focal_plane import PATTERNS, patterns

MODES = 8
"""Modes that are kept: those of the most variance, in units of a single stamp's."""

ROUNDS = 60
BEGIN = 0.01  # first guess of a coefficient's deviation


def modes(
    off: NDArray[np.float64],
    exposure: NDArray[np.int64],
    seeing: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What varies over the focal plane from exposure to exposure, shape (MODES, B, K).

    Parameters
    ----------
    off : array, shape (S, K)
        Departures of S stamps, less what belongs to their objects.
    exposure : int array, shape (S,)
    seeing : array, shape (S,)
        Logged, arcsec.
    x, y : array, shape (S,)
        Of their detectors, degrees from the middle of the field.
    """
    B = len(PATTERNS)
    value, at = off[:, OF_PROFILE], patterns(x, y)
    K = value.shape[1]
    optics = optics_scale(seeing)[:, OF_PROFILE]
    # Of each coefficient in each component, shape (S, 1 + B, K): the constant first.
    design = np.concatenate([np.ones((len(value), 1, K)), at[:, :, None] * optics[:, None]], axis=1)
    covariance, noise = _expectation_maximization(value, design, exposure)
    varying = covariance[K:, K:]
    unit = np.sqrt(np.outer((at**2).mean(axis=0), 1 / np.diag(noise)).ravel())
    values, vectors = np.linalg.eigh(varying * unit[:, None] * unit)
    first = np.argsort(values)[: -MODES - 1 : -1]
    out = np.zeros((MODES, B, len(COMPONENTS)))
    roots = vectors[:, first] * np.sqrt(np.maximum(values[first], 0)) / unit[:, None]
    out[:, :, OF_PROFILE] = roots.T.reshape(MODES, B, K)
    return out


def _expectation_maximization(
    value: NDArray[np.float64], design: NDArray[np.float64], exposure: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Covariances of the coefficients, shape (QK, QK), and of what stamps have, shape (K, K).

    Parameters
    ----------
    value : array, shape (S, K)
    design : array, shape (S, Q, K)
    """
    _, Q, K = design.shape
    key = np.unique(exposure, return_inverse=True)[1]
    groups = np.split(np.argsort(key), np.cumsum(np.bincount(key))[:-1])
    covariance, noise = BEGIN**2 * np.eye(Q * K), np.cov(value.T) / 2
    for _ in range(ROUNDS):
        weight, prior = np.linalg.inv(noise), np.linalg.inv(covariance)
        products, left = np.zeros_like(covariance), np.zeros_like(noise)
        for rows in groups:
            d = design[rows]
            told = np.einsum("sbk,kl,scl->bkcl", d, weight, d, optimize=True)
            posterior = np.linalg.inv(prior + told.reshape(Q * K, Q * K))
            pull = np.einsum("sbk,sk->bk", d, value[rows] @ weight).ravel()
            mean = posterior @ pull
            products += posterior + np.outer(mean, mean)
            rest = value[rows] - np.einsum("sbk,bk->sk", d, mean.reshape(Q, K))
            spread = posterior.reshape(Q, K, Q, K)
            left += rest.T @ rest
            left += np.einsum("sbk,bkcl,scl->kl", d, spread, d, optimize=True)
        covariance, noise = products / len(groups), left / len(value)
    return covariance, noise

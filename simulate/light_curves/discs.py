"""How much light of a limb-darkened stellar disc another disc in front of it blocks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)


def blocked(distance: ArrayLike, radius: ArrayLike, darkening: float) -> NDArray[np.float64]:
    """Share of a disc's light that a dark disc blocks.

    The disc in the back has radius 1 and the linear limb-darkening law I(μ) ∝ 1 − u (1 − μ) with
    μ = √(1 − r²). A circle of radius r on it is covered over the angle
    2 arccos((r² + d² − p²) / (2 r d)). The integral over r runs over Gauss–Legendre nodes in t,
    r = centre − half-width · cos t, which takes the square roots out of both ends: good to 1e-8.

    Parameters
    ----------
    distance : array
        Between the two centres, d, in radii of the disc in the back.
    radius : array
        Of the disc in front, p, in the same unit; broadcast with `distance`.
    darkening : float
        The coefficient u, 0 … 1.

    Returns
    -------
    array
        0 … 1, of the broadcast shape.
    """
    d, p = np.broadcast_arrays(np.asarray(distance, float), np.asarray(radius, float))
    out = np.zeros(d.shape)
    touched = d < 1 + p
    d, p = d[touched], p[touched]
    whole = np.minimum(np.maximum(p - d, 0), 1)  # circles up to here are covered all round
    low, high = np.minimum(np.abs(d - p), 1), np.minimum(d + p, 1)
    centre, half = (high + low) / 2, (high - low) / 2
    t = np.pi / 2 * (_NODES + 1)
    r = centre[:, None] - half[:, None] * np.cos(t)
    gap = np.maximum(2 * r * d[:, None], 1e-300)
    cosine = (r**2 + d[:, None] ** 2 - p[:, None] ** 2) / gap
    covered = 2 * np.arccos(np.clip(cosine, -1, 1))
    intensity = 1 - darkening * (1 - np.sqrt(np.maximum(1 - r**2, 0)))
    weights = np.pi / 2 * _WEIGHTS * np.sin(t)
    ring = half * np.sum(covered * intensity * r * weights, axis=1)
    light = _within(whole, darkening) + ring
    out[touched] = np.minimum(light / _within(np.ones(1), darkening), 1)
    return out


def _within(radius: NDArray[np.float64], u: float) -> NDArray[np.float64]:
    """Light of the disc inside a radius, in units of its central intensity."""
    return np.pi * ((1 - u) * radius**2 + u * 2 / 3 * (1 - (1 - radius**2) ** 1.5))

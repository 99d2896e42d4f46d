"""Moffat profiles with wings on pixels."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from surveys.psf.profile import WING_BETA, PsfShape

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_NODES, _WEIGHTS = _NODES / 2, _WEIGHTS / 2


@njit(cache=True)
def _add(out, share, alpha, beta, ellipticity, angle, x, y, nodes, weights):  # type: ignore[no-untyped-def]
    M, size = out.shape[:2]
    centre = (size - 1) / 2
    for m in range(M):
        q = 1 - ellipticity[m]
        c, s = math.cos(angle[m]), math.sin(angle[m])
        peak = share * (beta[m] - 1) / (math.pi * alpha[m] ** 2)
        scale = 1 / alpha[m] ** 2
        for j in range(size):
            for i in range(size):
                total = 0.0
                for b in range(len(nodes)):
                    dy = j + nodes[b] - centre - y[m]
                    for a in range(len(nodes)):
                        dx = i + nodes[a] - centre - x[m]
                        u = c * dx + s * dy
                        v = c * dy - s * dx
                        r2 = (u * u * q + v * v / q) * scale
                        total += weights[a] * weights[b] * (1 + r2) ** (-beta[m])
                out[m, j, i] += peak * total


def stamps(
    shape: PsfShape, x: NDArray[np.float64], y: NDArray[np.float64], size: int
) -> NDArray[np.float32]:
    """Pixel-integrated profiles of unit flux, with all that `PsfShape.points` has.

    Parameters
    ----------
    shape : PsfShape of M profiles
    x, y : arrays, shape (M,)
        Centre of the source from the centre of the stamp, pixels.
    size : int
        Pixels on a side.

    Returns
    -------
    array, shape (M, size, size)
        Share of the flux in each pixel, indexed [row = y, column = x], by 3×3 Gauss–Legendre
        points a pixel. The sum falls short of 1 by what lies outside the stamp.
    """
    x, y = (np.asarray(v, np.float64).ravel() for v in (x, y))
    shares, *off = shape.points
    off_x, off_y = (at.reshape(len(x), -1).T for at in off)
    core = _flat(shape.alpha, shape.beta, shape.ellipticity, shape.angle)
    zero = np.zeros_like(x)
    wing = (*_flat(shape.wing_alpha), zero + WING_BETA, zero, zero)
    out = np.zeros((len(x), size, size), np.float32)
    for k, share in enumerate(shares):
        profile = wing if k == len(shares) - 1 else core
        _add(out, share, *profile, x + off_x[k], y + off_y[k], _NODES, _WEIGHTS)
    return out


def _flat(*values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.ascontiguousarray(v, np.float64).ravel() for v in values)

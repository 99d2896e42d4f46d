"""Moffat profiles with wings on pixels."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from surveys.psf import WING_BETA, WING_SHARE, PsfShape

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_NODES, _WEIGHTS = _NODES / 2, _WEIGHTS / 2


@njit(cache=True)
def _integrate(alpha, beta, wing_alpha, ellipticity, angle, x, y, size, nodes, weights):  # type: ignore[no-untyped-def]
    M = len(alpha)
    out = np.zeros((M, size, size), np.float32)
    centre = (size - 1) / 2
    for m in range(M):
        q = 1 - ellipticity[m]
        c, s = math.cos(angle[m]), math.sin(angle[m])
        core = (1 - WING_SHARE) * (beta[m] - 1) / (math.pi * alpha[m] ** 2)
        wing = WING_SHARE * (WING_BETA - 1) / (math.pi * wing_alpha[m] ** 2)
        within_wing = (alpha[m] / wing_alpha[m]) ** 2
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
                        light = core * (1 + r2) ** (-beta[m])
                        light += wing * (1 + r2 * within_wing) ** (-WING_BETA)
                        total += weights[a] * weights[b] * light
                out[m, j, i] = total
    return out


def stamps(
    shape: PsfShape, x: NDArray[np.float64], y: NDArray[np.float64], size: int
) -> NDArray[np.float32]:
    """Pixel-integrated profiles of unit flux, wings, coma and lobe included.

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
    shares, off_x, off_y = shape.points
    out = np.zeros((len(x), size, size), np.float32)
    for k, share in enumerate(shares):
        at = (x + off_x[..., k].ravel(), y + off_y[..., k].ravel())
        out += np.float32(share) * _without_coma(shape, *at, size)
    return out


def _without_coma(
    shape: PsfShape, x: NDArray[np.float64], y: NDArray[np.float64], size: int
) -> NDArray[np.float32]:
    profile = (shape.alpha, shape.beta, shape.wing_alpha, shape.ellipticity, shape.angle)
    return _integrate(
        *(np.ascontiguousarray(v, np.float64).ravel() for v in (*profile, x, y)),
        size,
        _NODES,
        _WEIGHTS,
    )

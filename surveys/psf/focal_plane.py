"""How what an exposure does to its stars varies over the focal plane.

Defocus and tilted optics turn the profiles at one edge of the field otherwise than at the other.
For small aberrations that is a polynomial of low order in the field angle (Schechter & Levinson
2011, PASP 123, 812): astigmatism, say, grows with its square and points to the centre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

PATTERNS = ("1", "x", "y", "x2_y2", "2xy", "r2")
"""The polynomials: 1, x, y, x² − y², 2xy and x² + y² less what that is on average over DECam.

The first is not idle: what turns the profiles at the edges of a field otherwise also acts in its
middle."""

MEAN_SQUARE = 0.52
"""Mean of x² + y² over the detectors of DECam, square degrees."""


def patterns(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Values of the `PATTERNS`, shape (..., B).

    Parameters
    ----------
    x, y : arrays, shape (...)
        Degrees from the middle of the field, along the stamps' axes.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    one = np.ones_like(x + y)
    return np.stack([one, x, y, x * x - y * y, 2 * x * y, x * x + y * y - MEAN_SQUARE], axis=-1)

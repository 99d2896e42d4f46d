"""Contact binaries: the cosine series that describes the light of two stars in one envelope."""

import numpy as np
from numpy.typing import NDArray

ODD = ((1, 0.5), (3, 0.5))
EVEN = ((4, 1.0), (6, 0.4), (8, 0.1))
"""Order and weight of the cosines that make one minimum the deeper, and of those that make minima
sharper than maxima: ratios as of Roche surfaces of all mass ratios and inclinations."""


def light_curve(
    angle: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    contact: NDArray[np.float64],
    inequality: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Magnitudes below maximum light of N contact binaries.

    Light l = 1 + a₁ (cos θ + cos 3θ) / 2 + a₂ cos 2θ + a₄ (cos 4θ + 0.4 cos 6θ + 0.1 cos 8θ), the
    cosine series of Rucinski (1993, PASP 105, 1433) with higher terms tied to lower ones. The
    ellipsoidal term a₂ < 0 is solved for from the amplitude; contact binaries lie above the line
    a₄ = a₂ (0.125 − a₂) (Rucinski 1997, AJ 113, 407), and a₁ makes one minimum the deeper.

    Parameters
    ----------
    angle : array, shape (N, E)
        Of the orbit, radians; 0 is the deeper minimum.
    amplitude : array, shape (N,)
        Depth of the deeper minimum, mag.
    contact, inequality : arrays, shape (N,)
        0 … 1: how far above that line, and how unequal the minima.

    Returns
    -------
    array, shape (N, E)
        Zero at maximum light.
    """
    share = 0.7 - 0.5 * contact  # a4 over its value on the line
    ratio = 0.15 * inequality  # a1 over a2
    # l(0) = c l(90°), with c the light left at minimum, is quadratic in a2.
    c = 10 ** (-0.4 * amplitude)
    crest = sum(weight for _, weight in EVEN)
    trough = sum(weight * np.cos(n * np.pi / 2) for n, weight in EVEN)
    k = share * (crest - trough * c)
    b = 1 + c + ratio + 0.125 * k
    a2 = (b - np.sqrt(b**2 + 4 * k * (1 - c))) / (2 * k)
    a1, a4 = ratio * a2, share * a2 * (0.125 - a2)
    light = 1 + a2[:, None] * np.cos(2 * angle)
    for a, terms in ((a1, ODD), (a4, EVEN)):
        light = light + a[:, None] * sum(weight * np.cos(n * angle) for n, weight in terms)
    return -2.5 * np.log10(light / (1 - a2 + trough * a4)[:, None])

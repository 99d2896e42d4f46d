"""Which plane waves a stamp is made of: the nodes of the Fourier integral, and the stamp's pixels.

A stamp is ∫ spectrum(k) e^{ik·r} dk. Two distances decide how many wavenumbers are needed:

* the integrand is negligible beyond the wavenumber at which the PSF has lost all but `LOST`;
* evenly spaced waves repeat after 2π/spacing, their *box*, and the repeated source must stand so
  far off that no more than `WING` of its peak reaches the stamp.

A galaxy is wide and cusped at once, so its waves are spaced finely where k is small and as a star's
where k is large: node t = 0, 1, 2 … stands at the k of

    t = GRADE · asinh(k / (GRADE · finest)) + k · box / 2π,

and the trapezoid rule in t converges as fast as it does for a star's evenly spaced nodes, which are
those of finest = ∞. A wide galaxy then needs some 24 nodes along half an axis instead of 256.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import ArrayLike, NDArray

from simulate.render import transforms

LOST = 2e-3
"""Share of a Moffat's central light density in the wavenumbers that are left out."""

WING = 1e-4
"""Brightness over the peak's that the repeated wing of a star may have in the stamp."""

GALAXY_WING = 3e-3
"""The same where the nodes are graded, which thins the repeated wing out."""

GRADE = 2.0
"""Nodes for each factor e in wavenumber, where they are graded."""

FINEST = 0.25
"""Spacing of a galaxy's first nodes times its radius along the long axis and 5 pixels."""

_LEAST = 8.0  # pixels from the edge of the stamp to the repeated source
_BOX_STEP, _FINEST_STEP, _COUNT_STEP = 2**0.25, 4.0, 2


class FourierGrid(NamedTuple):
    """Wave vectors, of K nodes along half of each axis, and how they run over a stamp.

    The waves are cos(ky·y ± kx·x − aπ/2), a being 0 or 1; what q is, `fourier_kernels.stamps` says.

    Attributes
    ----------
    waves : float32 array, shape (3, 2 · K · K)
        kx², ±kx·ky and ky² of each wave vector (radians² per pixel²), indexed [ky, sign, kx].
    turns : float32 array, shape (2, 3, 2 · K)
        Wavenumbers along x of waves indexed [sign, kx] and their turns −qπ/2 for q = 0 and 1; then
        those along y of waves indexed [a, ky] and theirs, (q − a)π/2. Radians.
    along_x : float32 array, shape (4 · K, stamp)
        Cosines of both together at the pixels, indexed [(q, sign, kx), x], times the weight of each
        node in the integral, the transform of a pixel included.
    along_y : float32 array, shape (2 · stamp, 2 · K)
        The same, indexed [(y, q), (a, ky)].
    """

    waves: NDArray[np.float32]
    turns: NDArray[np.float32]
    along_x: NDArray[np.float32]
    along_y: NDArray[np.float32]


def modes(stamp: int, box: int, finest: int, count: int) -> FourierGrid:
    """The modes of a class of sources, as `classes` numbers them."""
    # Those of a galaxy whose centre is far outside the stamp are many, and seldom needed again.
    return _kept(stamp, box, finest, count) if count <= 100 else _made(stamp, box, finest, count)


def _made(stamp: int, box: int, finest: int, count: int) -> FourierGrid:
    k, weight = _nodes(_BOX_STEP**box, _FINEST_STEP**-finest if finest else np.inf, count)
    signed, zero = np.concatenate([k, -k]), np.zeros(2 * count)
    waves = [np.tile(k * k, 2 * count), np.outer(k, signed).ravel(), np.repeat(k * k, 2 * count)]
    turn, a = np.pi / 2, np.repeat([0, 1], count)
    turns = np.array([[signed, zero, zero - turn], [np.tile(k, 2), -a * turn, (1 - a) * turn]])
    pixels = np.arange(stamp)[None] - (stamp - 1) / 2
    weight = np.tile(weight * np.sinc(k / (2 * np.pi)) / (np.sqrt(2) * np.pi), 2)
    along_x, along_y = (weight * cosines(pixels, axis)[0] for axis in turns)
    arrays = waves, turns, along_x.reshape(stamp, -1).T, along_y
    return FourierGrid(*(np.ascontiguousarray(v, np.float32) for v in arrays))


_kept = lru_cache(maxsize=1024)(_made)


def _nodes(box: float, finest: float, count: int) -> tuple[NDArray[np.float64], ...]:
    """Wavenumbers of the first nodes and their weights dk/dt (half of it at 0)."""
    t = np.arange(count, dtype=np.float64)
    k = t / (1 / finest + box / (2 * np.pi))
    for _ in range(60):  # Newton's method on a convex function, from below
        slope = 1 / np.hypot(finest, k / GRADE) + box / (2 * np.pi)
        k = k + (t - _position(k, box, finest)) / slope
    weight = 1 / (1 / np.hypot(finest, k / GRADE) + box / (2 * np.pi))
    weight[0] /= 2
    return k, weight


def _position(k: ArrayLike, box: ArrayLike, finest: ArrayLike) -> NDArray[np.float64]:
    """t(k) of the module's docstring."""
    k = np.asarray(k)
    return GRADE * np.arcsinh(k / (GRADE * np.asarray(finest))) + k * np.asarray(box) / (2 * np.pi)


def classes(
    stamp: int,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    axis_ratio: NDArray[np.float64],
    reach: NDArray[np.float64],
    radius: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """Numbers (box, finest, count) of the modes that sources need; shape (3, M).

    All arrays have shape (M,).

    Parameters
    ----------
    alpha, beta, axis_ratio
        Of the PSF.
    reach
        Distance of the source from the centre of the stamp along the farther axis, pixels.
    radius, optional
        Half-light radius of the galaxy along its long axis, pixels; None of stars.
    """
    long, short = alpha / np.sqrt(axis_ratio), alpha * np.sqrt(axis_ratio)
    wing = WING if radius is None else GALAXY_WING
    wings = long * transforms.star_reach(beta, wing)
    least = stamp / 2 + reach + np.maximum(wings, _LEAST)
    box = np.ceil(np.log(least) / np.log(_BOX_STEP))
    finest, spacing = np.zeros_like(box), np.full_like(box, np.inf)
    if radius is not None:
        finest = np.ceil(np.log((5 + radius) / FINEST) / np.log(_FINEST_STEP))
        spacing = _FINEST_STEP**-finest
    highest = transforms.moffat_extent(beta, LOST) / short
    count = np.ceil(_position(highest, _BOX_STEP**box, spacing)) + 1
    count = _COUNT_STEP * np.ceil(count / _COUNT_STEP)
    return np.stack([box, finest, count]).astype(np.int64)


def cosines(at: Any, turns: Any) -> Any:
    """Cosines of waves along an axis, shape (..., 2 · S, 2 · K), indexed [..., (s, q), wave].

    Parameters
    ----------
    at : shape (..., S)
        Places on the axis, pixels.
    turns : shape (..., 3, 2 · K)
        Of the modes, for this axis.
    """
    xp = array_namespace(at)
    one, none = xp.ones_like(at), xp.zeros_like(at)
    terms = xp.stack((at, one, none, at, none, one), axis=-1)
    return xp.cos(xp.reshape(terms, (*at.shape[:-1], -1, 3)) @ turns)

"""The point spread function: what air and optics make of a star.

The air spreads every ray alike: an elliptical Moffat profile, the core. The optics send the rays
of the mirror's annulus to different places, by the slopes of the aberrated wavefront: the light is
that of the core at 16 of them (`PsfShape.points`). Round about is a wing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FWHM_OF_SIGMA = 2 * np.sqrt(2 * np.log(2))
"""FWHM of a Gaussian over its standard deviation."""

WING_SHARE, WING_WIDTH, WING_BETA = 0.15, 2.0, 2.5
"""Share of the light in the wing of a profile, its FWHM over that of the core, and its exponent.

One Moffat profile that fits the cores of the real stamps of HiTS has half the light of theirs at
8 px. These three make the mean real profile at three seeings to 1 % from the centre to 14 px. The
wing is round: so are the outskirts of elongated real stars."""

WING_SHIFT = 0.7
"""By how many times the coma the wing is displaced, from where a ray without aberrations falls."""

DEFOCUS, STRETCH = 1.0, 3.0
"""Pixels from the centre at which the outermost ray falls, and the ellipticity of that ring over
the core's: astigmatism, which only shows beside defocus.

These and `WING_SHIFT` are fitted, with the rest of each profile free, to 250 real stamps of HiTS of
a signal to noise over 800: χ² is 1.29 a pixel, where profiles with a displaced fifth of the light
and wings as elongated as the core left 1.75. The shift alone is worth 0.04, the stretched ring
0.06; powers of the radius other than coma's own change less than 0.03."""

LOBES = np.array([[0.0065, 0.0016, 0.0007], [2.9, 4.8, 8.8], [0.65, 2.5, 2.7]])
"""Shares of the core in a faint plume beside every star, and where they stand, x and y in pixels.

The real stamps of HiTS show it under any seeing alike, on nearly all detectors and in all fields;
fitted to the mean of what the other parts leave of 600 stamps. What makes it is not known."""

INNER, RINGS, SPOKES = 0.33, 2, 8
"""Radius of the shaded middle of DECam's pupil over the mirror's own (its camera stands there), and
rings and spokes of its rays; three rings change χ² by less than 0.02."""


def _pupil() -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """ρ² and the direction of each ray, shape (16,): rings of one area, ρ of the rim being 1."""
    square = INNER**2 + (1 - INNER**2) * (np.arange(RINGS) + 0.5) / RINGS
    turn = np.exp(2j * np.pi * (np.arange(SPOKES) + 0.5) / SPOKES)
    return np.repeat(square, SPOKES), np.tile(turn, RINGS)


@dataclass(frozen=True)
class PsfShape:
    """Cores with wings; every array has the same shape.

    I(r) ∝ (1 + (r/α)²)^−β with α = FWHM / (2 √(2^{1/β} − 1)), r the elliptical radius whose axes'
    geometric mean is that of the circle (Moffat 1969). That is the core, seen at each of `points`;
    `WING_SHARE` of the light is in a round wing, `WING_WIDTH` as wide, of exponent `WING_BETA`.

    Attributes
    ----------
    fwhm : float
        Of the core at one point, pixels, geometric mean of the two axes.
    beta : float
        Exponent of the core.
    ellipticity : float
        1 − b/a.
    angle : float
        Of the long axis from the x axis towards y, radians.
    coma_x, coma_y : float, optional
        Pixels by which half of the rays of the rim are displaced, on average. None where there are
        no optics: the core is one point.
    trefoil_x, trefoil_y : float, optional
        Pixels by which trefoil displaces the rays of the rim, three times as their angle.
    """

    fwhm: NDArray[np.float64]
    beta: NDArray[np.float64]
    ellipticity: NDArray[np.float64]
    angle: NDArray[np.float64]
    coma_x: NDArray[np.float64] | None = None
    coma_y: NDArray[np.float64] | None = None
    trefoil_x: NDArray[np.float64] | None = None
    trefoil_y: NDArray[np.float64] | None = None

    @property
    def alpha(self) -> NDArray[np.float64]:
        """Moffat's core radius, pixels."""
        return self.fwhm / (2 * np.sqrt(2 ** (1 / self.beta) - 1))

    @property
    def wing_alpha(self) -> NDArray[np.float64]:
        """The same of the wing."""
        return WING_WIDTH * self.fwhm / (2 * np.sqrt(2 ** (1 / WING_BETA) - 1))

    @cached_property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Shares, shape (S,), and places x and y, shape (..., S), of what a star is the sum of.

        The last is the wing; the others, of the core, are rays and lobes. Pixels from the centroid
        of all, which is the star's.
        """
        if self.coma_x is None or self.coma_y is None:
            zero = np.zeros((*np.shape(self.fwhm), 2))
            return np.array([1 - WING_SHARE, WING_SHARE]), zero, zero
        rays, wing = self._rays(), WING_SHIFT * (self.coma_x + 1j * self.coma_y)[..., None]
        lobes = np.broadcast_to(LOBES[1] + 1j * LOBES[2], (*wing.shape[:-1], LOBES.shape[1]))
        of_rays = np.full(rays.shape[-1], (1 - LOBES[0].sum()) / rays.shape[-1])
        shares = np.concatenate([of_rays, LOBES[0]]) * (1 - WING_SHARE)
        shares = np.append(shares, WING_SHARE)
        at = np.concatenate([rays, lobes, wing], axis=-1)
        at = at - (at @ shares)[..., None]
        return shares, at.real, at.imag

    def _rays(self) -> NDArray[np.complex128]:
        """x + iy of the rays on the detector, shape (..., 16): slopes of the wavefront.

        Of ρ² (defocus), ρ² cos 2θ (astigmatism), ρ³ cos θ (coma) and ρ³ cos 3θ (trefoil); coma
        of ρ³ alone also displaces the mean of the rays.
        """
        square, turn = _pupil()
        shear = self.ellipticity / (2 - self.ellipticity) * np.exp(2j * self.angle)
        shear, coma, trefoil = (
            np.asarray(v)[..., None]
            for v in (
                shear,
                _complex(self.coma_x, self.coma_y),
                _complex(self.trefoil_x, self.trefoil_y),
            )
        )
        ring = DEFOCUS * np.sqrt(square) * (turn + STRETCH * shear * turn.conj())
        skewed = square * (2 * coma + coma.conj() * turn**2 + trefoil * turn.conj() ** 2)
        return ring + skewed - 2 * coma * square.mean()

    def select(self, index: Any) -> PsfShape:
        """The profiles named by an index."""
        values = {name: getattr(self, name) for name in self.__annotations__}
        return replace(self, **{k: v[index] for k, v in values.items() if v is not None})


def _complex(
    x: NDArray[np.float64] | None, y: NDArray[np.float64] | None
) -> NDArray[np.complex128] | complex:
    return 0j if x is None or y is None else x + 1j * y


@dataclass(frozen=True)
class PsfModel:
    """The PSF that is expected for a logged seeing: what photometry uses where no better is known.

    How single stamps depart from it is in `surveys.psf.systematics`.

    Attributes
    ----------
    slope, intercept : float
        FWHM = slope · seeing + intercept, arcsec.
    beta : float
        Exponent of the Moffat profile.
    """

    slope: float
    intercept: float
    beta: float

    def fwhm(self, seeing: ArrayLike) -> NDArray[np.float64]:
        """Expected FWHM for the logged seeing, both in arcsec."""
        return np.maximum(self.slope * np.asarray(seeing) + self.intercept, 0.5)

    def expected(self, seeing: ArrayLike, pixel_scale: float) -> PsfShape:
        """The round profile expected for the logged seeing, arcsec; `pixel_scale` in arcsec/px."""
        fwhm = self.fwhm(seeing) / pixel_scale
        zero = np.zeros_like(fwhm)
        return PsfShape(fwhm, zero + self.beta, zero, zero)

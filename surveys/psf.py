"""The point spread function: an elliptical Moffat profile with coma and a faint lobe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FWHM_OF_SIGMA = 2 * np.sqrt(2 * np.log(2))
"""FWHM of a Gaussian over its standard deviation."""

WING_SHARE, WING_WIDTH, WING_BETA = 0.15, 2.0, 2.5
"""Share of the light in the wing of a profile, its FWHM over that of the core, and its exponent.

One Moffat profile that fits the cores of the real stamps of HiTS has half the light of theirs at
8 px. These three make the mean real profile at three seeings to 1 % from the centre to 14 px."""

COMA_SHARE = 0.2
"""Share of the light that coma displaces."""

LOBE_SHARE, LOBE_X, LOBE_Y = 0.0037, 5.8, 1.0
"""Share of the light in a faint lobe beside every star, and where it stands, pixels.

The 5,772 real stamps of HiTS of a signal to noise over 500, less their twins without a lobe, show
it under any seeing alike, on 44 of 48 detectors with over 60 of them and in all 8 fields with over
80; fitted to their mean beyond 5.5 px it halves the scatter there (2.1 to 1.1 hundred-thousandths
of the flux a pixel). What makes it is not known."""


@dataclass(frozen=True)
class PsfShape:
    """Moffat profiles with wings; every array has the same shape.

    I(r) ∝ (1 + (r/α)²)^−β with α = FWHM / (2 √(2^{1/β} − 1)), r the elliptical radius whose axes'
    geometric mean is that of the circle (Moffat 1969). That is the core; `WING_SHARE` of the light
    is in a wing of the same shape, `WING_WIDTH` as wide, of exponent `WING_BETA`.

    Attributes
    ----------
    fwhm : float
        Of the core, pixels, geometric mean of the two axes.
    beta : float
        Exponent of the core.
    ellipticity : float
        1 − b/a.
    angle : float
        Of the long axis from the x axis towards y, radians.
    coma_x, coma_y : float, optional
        Pixels by which `COMA_SHARE` of the light is displaced from the rest, as coma does; the
        centroid stays. None where it is not.
    """

    fwhm: NDArray[np.float64]
    beta: NDArray[np.float64]
    ellipticity: NDArray[np.float64]
    angle: NDArray[np.float64]
    coma_x: NDArray[np.float64] | None = None
    coma_y: NDArray[np.float64] | None = None

    @property
    def alpha(self) -> NDArray[np.float64]:
        """Moffat's core radius, pixels."""
        return self.fwhm / (2 * np.sqrt(2 ** (1 / self.beta) - 1))

    @property
    def wing_alpha(self) -> NDArray[np.float64]:
        """The same of the wing."""
        return WING_WIDTH * self.fwhm / (2 * np.sqrt(2 ** (1 / WING_BETA) - 1))

    @property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Shares, shape (S,), and places x and y, shape (..., S), of what a star is the sum of.

        All are of the profile without coma and lobe; pixels from the centroid, which is the star's.
        """
        if self.coma_x is None or self.coma_y is None:
            zero = np.zeros((*np.shape(self.fwhm), 1))
            return np.ones(1), zero, zero
        shares = np.array([1 - COMA_SHARE, COMA_SHARE])
        away = np.array([-COMA_SHARE, 1 - COMA_SHARE])
        return _with_lobe(shares, *(c[..., None] * away for c in (self.coma_x, self.coma_y)))

    def select(self, index: Any) -> PsfShape:
        """The profiles named by an index."""
        values = {name: getattr(self, name) for name in self.__annotations__}
        return replace(self, **{k: v[index] for k, v in values.items() if v is not None})


def _with_lobe(
    shares: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The points, shares (S,) and places (..., S), and the lobe; the centroid stays."""
    lobe = np.full((*x.shape[:-1], 1), 1.0)
    x = np.concatenate([x, LOBE_X * lobe], axis=-1) - LOBE_SHARE * LOBE_X
    y = np.concatenate([y, LOBE_Y * lobe], axis=-1) - LOBE_SHARE * LOBE_Y
    return np.append((1 - LOBE_SHARE) * shares, LOBE_SHARE), x, y


@dataclass(frozen=True)
class PsfModel:
    """The PSF that is expected for a logged seeing: what photometry uses where no better is known.

    How single stamps depart from it is in `surveys.departures`.

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

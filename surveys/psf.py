"""The point spread function: an elliptical Moffat profile whose width follows the logged seeing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from surveys import quantiles

COMA_SHARE = 0.2
"""Share of the light that coma displaces."""


@dataclass(frozen=True)
class PsfShape:
    """Moffat profiles; every array has the same shape.

    I(r) ∝ (1 + (r/α)²)^−β with α = FWHM / (2 √(2^{1/β} − 1)), r the elliptical radius whose axes'
    geometric mean is that of the circle (Moffat 1969).

    Attributes
    ----------
    fwhm : float
        Pixels, geometric mean of the two axes.
    beta : float
        Exponent of the wings.
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

    def select(self, index: Any) -> PsfShape:
        """The profiles named by an index."""
        values = {name: getattr(self, name) for name in self.__annotations__}
        return replace(self, **{k: v[index] for k, v in values.items() if v is not None})


@dataclass(frozen=True)
class PsfModel:
    """How the PSF of a visit is distributed, given its logged seeing.

    Attributes
    ----------
    slope, intercept : float
        FWHM = slope · seeing + intercept, arcsec.
    scatter : float
        Relative scatter of single visits about that line.
    common : float
        Share of the variance of all these that the detectors of one exposure have in common.
    beta, ellipticity : sequences of 3 floats
        At 5, 50 and 95 %.
    """

    slope: float
    intercept: float
    scatter: float
    common: float
    beta: Sequence[float]
    ellipticity: Sequence[float]

    def fwhm(self, seeing: ArrayLike) -> NDArray[np.float64]:
        """Expected FWHM for the logged seeing, both in arcsec."""
        return np.maximum(self.slope * np.asarray(seeing) + self.intercept, 0.5)

    def expected(self, seeing: ArrayLike, pixel_scale: float) -> PsfShape:
        """The round median profile: what photometry uses where no better is known."""
        fwhm = self.fwhm(seeing) / pixel_scale
        zero = np.zeros_like(fwhm)
        return PsfShape(fwhm, zero + self.beta[1], zero, zero)

    def draw(
        self, rng: np.random.Generator, seeing: ArrayLike, pixel_scale: float, detectors: int = 1
    ) -> PsfShape:
        """Profiles as they come at the telescope.

        One exposure has nearly one PSF: what departs from the expected profile is mostly common to
        all its detectors (`common`).

        Parameters
        ----------
        seeing : array, shape (X,)
            Of each exposure, arcsec.
        pixel_scale : float
            Arcsec per pixel.
        detectors : int

        Returns
        -------
        PsfShape, shape (X, detectors)
        """
        mean = self.fwhm(seeing)[:, None] / pixel_scale
        shape = (len(mean), detectors)

        def score() -> NDArray[np.float64]:
            shared, own = rng.standard_normal((len(mean), 1)), rng.standard_normal(shape)
            return np.sqrt(self.common) * shared + np.sqrt(1 - self.common) * own

        beta = quantiles.at(ndtr(score()), self.beta)
        ellipticity = quantiles.at(ndtr(score()), self.ellipticity)
        turn = rng.uniform(0, np.pi, (len(mean), 1))
        turn = turn + np.sqrt(1 - self.common) * rng.standard_normal(shape)
        return PsfShape(
            fwhm=mean * np.exp(self.scatter * score()),
            beta=np.clip(beta, 2.2, 8.0),
            ellipticity=np.clip(ellipticity, 0.0, 0.5),
            angle=turn % np.pi,
        )

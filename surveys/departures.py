"""How stamps depart from what the log of their exposure says: PSF, zero point and background.

A departure is a vector of `COMPONENTS`. Part of it is common to all stamps of an exposure
(tracking, focus, the atmosphere), part belongs to a detector (the optics there), part to the place
of an object on it, and the rest to the single image. Each part is normal; `simulate.fit_departures`
fits their covariances to real stamps.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from surveys.psf import PsfShape

COMPONENTS = ("width", "e1", "e2", "kurtosis", "skew_x", "skew_y", "zero_point", "sky")
"""Of the profile, its adaptive moments as `movies.stamp_statistics` measures them: ln of the width
over the expected FWHM, ellipticity along axes and diagonals, kurtosis, and the skewness that coma
leaves. Then the error of the zero point, mag, and the background less the logged sky in units of
a pixel's noise. Moments are well measured and add up, where a fit can hardly tell a displaced
part of the light from an elongation."""

ZERO_POINT, SKY = COMPONENTS.index("zero_point"), COMPONENTS.index("sky")

LEVELS = ("exposure", "detector", "object", "image")
SEEING, AIRMASS = 1.3, 1.3  # where the mean departure is `mean`

OPTICS = 1.75
"""What optics contribute to a profile's moments drowns in bad seeing, as seeing^−1.75: in the real
stamps of HiTS the parts of objects fall by 2.0 to 2.8 from a seeing of 1.1″ to one of 1.7″."""

AIR = 0.75
"""The same power of what single images have of their own, which the air makes rather than optics
(ibid.: 1.4 between those seeings)."""

OF_PROFILE = np.array([name not in ("zero_point", "sky") for name in COMPONENTS])


def optics_scale(seeing: ArrayLike, power: float = OPTICS) -> NDArray[np.float64]:
    """What the parts of detectors and objects are multiplied by, shape (..., K).

    With the power `AIR`, what the part of a single image is multiplied by.
    """
    return (np.asarray(seeing, np.float64)[..., None] / SEEING) ** (-power * OF_PROFILE)


def design(seeing: ArrayLike, airmass: ArrayLike) -> NDArray[np.float64]:
    """What the mean departure is linear in: 1, ln(seeing / 1.3″), airmass − 1.3; shape (X, 3)."""
    wide = np.log(np.asarray(seeing, np.float64) / SEEING)
    low = np.asarray(airmass, np.float64) - AIRMASS
    return np.stack([np.ones_like(wide), wide, low], axis=1)


@dataclass(frozen=True)
class Departures:
    """The distribution of departures, K = 8 components.

    Attributes
    ----------
    mean : array, shape (K,)
        At a seeing of 1.3″ and airmass 1.3.
    seeing, airmass : arrays, shape (K,)
        Slopes against ln(seeing / 1.3″) and against airmass.
    covariance : mapping of arrays, shape (K, K)
        Of the part of each of `LEVELS`, at a seeing of 1.3″ (see `optics_scale`).
    """

    mean: NDArray[np.float64]
    seeing: NDArray[np.float64]
    airmass: NDArray[np.float64]
    covariance: Mapping[str, NDArray[np.float64]]

    @classmethod
    def load(cls, name: str) -> Departures:
        """Read the embedded table of a survey, such as ``"hits"``."""
        text = (resources.files("surveys") / "data" / f"{name}_departures.csv").read_text("utf-8")
        return cls.from_frame(pd.read_csv(io.StringIO(text), comment="#"))

    @classmethod
    def from_frame(cls, table: pd.DataFrame) -> Departures:
        """The inverse of `to_frame`."""
        table = table.set_index("component").loc[list(COMPONENTS)]
        mean, seeing, airmass = (table[c].to_numpy(float) for c in ("mean", "seeing", "airmass"))
        covariance = {
            level: table[[f"{level}_{c}" for c in COMPONENTS]].to_numpy(float) for level in LEVELS
        }
        return cls(mean, seeing, airmass, covariance)

    def to_frame(self) -> pd.DataFrame:
        """One row a component: mean, slopes, and its line of each covariance."""
        columns: dict[str, object] = {
            "component": list(COMPONENTS),
            "mean": self.mean,
            "seeing": self.seeing,
            "airmass": self.airmass,
        }
        for level in LEVELS:
            for k, name in enumerate(COMPONENTS):
                columns[f"{level}_{name}"] = self.covariance[level][:, k]
        return pd.DataFrame(columns)

    def expected(self, seeing: ArrayLike, airmass: ArrayLike) -> NDArray[np.float64]:
        """Mean departure of exposures, shape (X, K)."""
        _, wide, low = np.split(design(seeing, airmass), 3, axis=1)
        return self.mean + self.seeing * wide + self.airmass * low

    @property
    def lines(self) -> NDArray[np.float64]:
        """What `design` is multiplied by to give `expected`, shape (3, K)."""
        return np.stack([self.mean, self.seeing, self.airmass])

    def common(
        self, rng: np.random.Generator, seeing: ArrayLike, airmass: ArrayLike, detectors: int
    ) -> NDArray[np.float64]:
        """What all stamps of an exposure on one detector share, shape (X, D, K).

        Parameters
        ----------
        seeing : array, shape (X,)
            Logged, arcsec.
        airmass : array, shape (X,)
        detectors : int
        """
        expected = self.expected(seeing, airmass)
        K = len(COMPONENTS)
        own = rng.standard_normal((len(expected), K)) @ self._root("exposure")
        optics = rng.standard_normal((detectors, K)) @ self._root("detector")
        return (expected + own)[:, None] + optics_scale(seeing)[:, None] * optics

    def own(
        self,
        objects: NDArray[np.float64],
        images: NDArray[np.float64],
        seeing: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """What belongs to objects and to their single images, shape (N, E, K).

        Parameters
        ----------
        objects : array, shape (N, K)
            Standard normal draws.
        images : array, shape (N, E, K)
            Standard normal draws.
        seeing : array, shape (N, E)
            Logged, arcsec.
        """
        of_objects = (objects @ self._root("object"))[:, None] * optics_scale(seeing)
        return of_objects + optics_scale(seeing, AIR) * (images @ self._root("image"))

    def _root(self, level: str) -> NDArray[np.float64]:
        """A matrix R with RᵀR the covariance, which may be singular."""
        values, vectors = np.linalg.eigh(self.covariance[level])
        return np.sqrt(np.maximum(values, 0))[:, None] * vectors.T


# Moments of Moffat profiles with coma on pixels, measured on noiseless stamps of FWHM 3 to 6 px and
# fitted by what is below to a few hundredths of their range (`tests/oracles/test_moments.py`).
_TYPICAL = 1.3  # ln(β − 1)
_KURTOSIS, _KURTOSIS_SLOPE = 2.141, -0.0834  # at the typical β, and per unit of ln(β − 1)
_WIDTH, _WIDTH_SLOPE = 0.112, -0.072  # ln of the Gaussian's width over FWHM, likewise
_PIXEL = 0.61  # by how much pixels add to the squared width, px²
MOST_SHEAR, MOST_COMA, WINGS = 0.35, 1.1, (0.1, 1.9)
"""Draws stop here, far out in their tails: shear, displacement over FWHM, ln(β − 1)."""


def psf_shape(departure: NDArray[np.float64], fwhm: NDArray[np.float64]) -> PsfShape:
    """The Moffat profiles with coma whose adaptive moments depart so from the expected ones.

    Parameters
    ----------
    departure : array, shape (..., K)
    fwhm : array, shape (...)
        Expected for the logged seeing, pixels.
    """
    width, e1, e2, kurtosis, skew_x, skew_y = (departure[..., k] for k in range(6))
    skew = np.maximum(np.hypot(skew_x, skew_y), 1e-9)
    cube = np.minimum(skew, 0.1) / (0.1375 - 0.39 * np.minimum(skew, 0.1))
    coma = np.minimum(np.cbrt(cube), MOST_COMA)  # displacement of COMA_SHARE of the light / FWHM
    x, y, square = skew_x / skew, skew_y / skew, coma**2
    stretch = 0.38 * square / (1 + 0.66 * square)
    g1, g2 = ((e - stretch * along) / 1.93 for e, along in ((e1, x**2 - y**2), (e2, 2 * x * y)))
    g = np.minimum(np.hypot(g1, g2), MOST_SHEAR)
    of_coma = -0.065 * square + 0.086 * square**2
    wings = np.clip(_TYPICAL + (kurtosis - of_coma - _KURTOSIS) / _KURTOSIS_SLOPE, *WINGS)
    seen = fwhm * np.exp(width - 0.21 * square / (1 + 0.63 * square))
    seen = np.sqrt(np.maximum(seen**2 - _PIXEL, 0.25 * seen**2))
    own = seen * np.exp(-_WIDTH - _WIDTH_SLOPE * (wings - _TYPICAL))
    return PsfShape(
        fwhm=own,
        beta=1 + np.exp(wings),
        ellipticity=2 * g / (1 + g),
        angle=0.5 * np.arctan2(g2, g1) % np.pi,
        coma_x=own * coma * x,
        coma_y=own * coma * y,
    )

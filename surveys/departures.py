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

COMPONENTS = ("width", "g1", "g2", "beta", "coma_x", "coma_y", "zero_point", "sky")
"""ln of the FWHM over the expected one; the shear of the profile along the axes and the diagonals;
ln(β − `BETA_LEAST`); coma (see `of_coma`); error of the zero point, mag; background less the logged
sky, in units of a pixel's noise."""

LEVELS = ("exposure", "detector", "object", "image")
BETA_LEAST = 1.0
SEEING, AIRMASS = 1.3, 1.3  # where the mean departure is `mean`

MOST_SHEAR, MOST_COMA, WINGS = 0.35, 0.6, (0.1, 1.8)
"""Draws stop here, far out in their tails: shear, displacement over FWHM, ln(β − `BETA_LEAST`)."""


def of_coma(
    x: ArrayLike, y: ArrayLike, fwhm: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Displacement of `surveys.psf.COMA_SHARE` of the light as a vector that adds up.

    γ = c |c| / FWHM²: of the powers of c, the one whose parts by exposure and detector are most
    nearly normal in the real stamps of HiTS.
    """
    x, y, fwhm = (np.asarray(v, np.float64) for v in (x, y, fwhm))
    scale = np.hypot(x, y) / fwhm**2
    return x * scale, y * scale


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
        Of the part of each of `LEVELS`.
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
        at = np.log(np.asarray(seeing, float) / SEEING)[:, None]
        return (
            self.mean + self.seeing * at + self.airmass * (np.asarray(airmass)[:, None] - AIRMASS)
        )

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
        return (expected + own)[:, None] + optics

    def own(self, objects: NDArray[np.float64], images: NDArray[np.float64]) -> NDArray[np.float64]:
        """What belongs to objects and to their single images, shape (N, E, K).

        Parameters
        ----------
        objects : array, shape (N, K)
            Standard normal draws.
        images : array, shape (N, E, K)
            Standard normal draws.
        """
        return (objects @ self._root("object"))[:, None] + images @ self._root("image")

    def _root(self, level: str) -> NDArray[np.float64]:
        """A matrix R with RᵀR the covariance, which may be singular."""
        values, vectors = np.linalg.eigh(self.covariance[level])
        return np.sqrt(np.maximum(values, 0))[:, None] * vectors.T


def psf_shape(departure: NDArray[np.float64], fwhm: NDArray[np.float64]) -> PsfShape:
    """The PSFs of some stamps.

    Parameters
    ----------
    departure : array, shape (..., K)
    fwhm : array, shape (...)
        Expected for the logged seeing, pixels.
    """
    width, g1, g2, beta, coma_x, coma_y = (departure[..., k] for k in range(6))
    fwhm = fwhm * np.exp(width)
    g = np.minimum(np.hypot(g1, g2), MOST_SHEAR)
    gamma = np.hypot(coma_x, coma_y)
    # |c| = FWHM √|γ|, along γ: the inverse of `of_coma`.
    length = fwhm * np.minimum(np.sqrt(gamma), MOST_COMA) / np.maximum(gamma, 1e-12)
    return PsfShape(
        fwhm=fwhm,
        beta=BETA_LEAST + np.exp(np.clip(beta, *WINGS)),
        ellipticity=2 * g / (1 + g),
        angle=0.5 * np.arctan2(g2, g1) % np.pi,
        coma_x=coma_x * length,
        coma_y=coma_y * length,
    )

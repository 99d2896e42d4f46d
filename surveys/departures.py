"""How stamps depart from what the log of their exposure says: PSF, zero point and background.

A departure is a vector of `COMPONENTS`. Part of it is common to all stamps of an exposure
(tracking, focus, the atmosphere), and part of that varies over the focal plane
(`surveys.focal_plane`); part belongs to a detector (the optics there), part to the place of an
object on it, and the rest to the single image. Each part is normal; `simulate.fit_departures` fits
their covariances to real stamps.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from surveys.focal_plane import PATTERNS, patterns

COMPONENTS = (
    *("width", "e1", "e2", "kurtosis", "skew_x", "skew_y", "trefoil_x", "trefoil_y"),
    *("zero_point", "sky"),
)
"""Of the profile, its adaptive moments as `movies.stamp_statistics` measures them: ln of the width
over the expected FWHM, ellipticity along axes and diagonals, kurtosis, and the third moments that
coma and trefoil leave. Then the error of the zero point, mag, and the background less the logged
sky in units of a pixel's noise. Moments are well measured and add up, where a fit can hardly tell a
displaced part of the light from an elongation."""

ZERO_POINT, SKY = COMPONENTS.index("zero_point"), COMPONENTS.index("sky")

LEVELS = ("exposure", "detector", "object", "image")
SEEING, AIRMASS = 1.3, 1.3  # where the mean departure is `mean`

OPTICS = np.array([2.1, 2.1, 2.1, 2.8, 2.5, 2.5, 2.8, 2.8, 0.0, 0.0])
"""What optics contribute to a profile's moments drowns in bad seeing, as these powers of 1/seeing.

Pairs of real stamps of one object in two exposures alike, from 1.05″ to 1.75″, show powers of 2.1
and 1.9 of width and ellipticity, 2.4 of the kurtosis, 2.1 of coma and 2.5 of trefoil: the higher a
moment, the more. These give them, what else acts on stamps being alike in all seeing."""

AIR = 0.75
"""The same power of what single images have of their own, which the air makes rather than optics
(ibid.: 1.4 between those seeings)."""

OF_PROFILE = np.array([name not in ("zero_point", "sky") for name in COMPONENTS])


def optics_scale(
    seeing: ArrayLike, power: float | NDArray[np.float64] = OPTICS
) -> NDArray[np.float64]:
    """What the parts that optics have in a departure are multiplied by, shape (..., K).

    With the power `AIR`, what the part of a single image is multiplied by.
    """
    return (np.asarray(seeing, np.float64)[..., None] / SEEING) ** -(power * OF_PROFILE)


def design(seeing: ArrayLike, airmass: ArrayLike) -> NDArray[np.float64]:
    """What the mean departure is linear in: 1, ln(seeing / 1.3″), airmass − 1.3; shape (X, 3)."""
    wide = np.log(np.asarray(seeing, np.float64) / SEEING)
    low = np.asarray(airmass, np.float64) - AIRMASS
    return np.stack([np.ones_like(wide), wide, low], axis=1)


@dataclass(frozen=True)
class Departures:
    """The distribution of departures, K = 10 components.

    Attributes
    ----------
    mean : array, shape (K,)
        At a seeing of 1.3″ and airmass 1.3.
    seeing, airmass : arrays, shape (K,)
        Slopes against ln(seeing / 1.3″) and against airmass.
    covariance : mapping of arrays, shape (K, K)
        Of the part of each of `LEVELS`, at a seeing of 1.3″ (see `optics_scale`).
    modes : array, shape (M, B, K)
        What varies over the focal plane from exposure to exposure: that of exposure and place is
        the sum of M modes, each times a standard normal number of the exposure, mode m being
        Σ_b pattern_b(place) modes[m, b]; at a seeing of 1.3″.
    """

    mean: NDArray[np.float64]
    seeing: NDArray[np.float64]
    airmass: NDArray[np.float64]
    covariance: Mapping[str, NDArray[np.float64]]
    modes: NDArray[np.float64]

    @classmethod
    def load(cls, name: str) -> Departures:
        """Read the embedded tables of a survey, such as ``"hits"``."""
        return cls.from_frames(*(_table(name, part) for part in ("departures", "focal_plane")))

    @classmethod
    def from_frames(cls, table: pd.DataFrame, modes: pd.DataFrame) -> Departures:
        """The inverse of `to_frame` and `modes_to_frame`."""
        table = table.set_index("component").loc[list(COMPONENTS)]
        mean, seeing, airmass = (table[c].to_numpy(float) for c in ("mean", "seeing", "airmass"))
        covariance = {
            level: table[[f"{level}_{c}" for c in COMPONENTS]].to_numpy(float) for level in LEVELS
        }
        shape = (-1, len(PATTERNS), len(COMPONENTS))
        across = modes[list(COMPONENTS)].to_numpy(float).reshape(shape)
        return cls(mean, seeing, airmass, covariance, across)

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

    def modes_to_frame(self) -> pd.DataFrame:
        """One row a pattern of a mode."""
        index = pd.MultiIndex.from_product(
            [range(len(self.modes)), PATTERNS], names=["mode", "pattern"]
        )
        rows = self.modes.reshape(-1, len(COMPONENTS))
        return pd.DataFrame(rows, index, list(COMPONENTS)).reset_index()

    def expected(self, seeing: ArrayLike, airmass: ArrayLike) -> NDArray[np.float64]:
        """Mean departure of exposures, shape (X, K)."""
        _, wide, low = np.split(design(seeing, airmass), 3, axis=1)
        return self.mean + self.seeing * wide + self.airmass * low

    @property
    def lines(self) -> NDArray[np.float64]:
        """What `design` is multiplied by to give `expected`, shape (3, K)."""
        return np.stack([self.mean, self.seeing, self.airmass])

    def across(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """The modes at some places, degrees from the middle of the field; shape (..., M, K)."""
        return np.einsum("...b,mbk->...mk", patterns(x, y), self.modes)

    def common(
        self,
        rng: np.random.Generator,
        seeing: ArrayLike,
        airmass: ArrayLike,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """What all stamps of an exposure on one detector share, shape (X, D, K).

        Parameters
        ----------
        seeing : array, shape (X,)
            Logged, arcsec.
        airmass : array, shape (X,)
        x, y : array, shape (D,)
            Of the detectors, degrees from the middle of the field.
        """
        expected = self.expected(seeing, airmass)
        K = len(COMPONENTS)
        own = rng.standard_normal((len(expected), K)) @ self._root("exposure")
        optics = rng.standard_normal((len(x), K)) @ self._root("detector")
        static = optics_scale(seeing)[:, None] * optics
        return (expected + own)[:, None] + static + self.varying(rng, seeing, x, y)

    def varying(
        self,
        rng: np.random.Generator,
        seeing: ArrayLike,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The part of that which varies over the focal plane, drawn, shape (X, D, K)."""
        scale = optics_scale(seeing)
        score = rng.standard_normal((len(scale), len(self.modes)))
        return scale[:, None] * np.einsum("xm,dmk->xdk", score, self.across(x, y))

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


def _table(name: str, part: str) -> pd.DataFrame:
    text = (resources.files("surveys") / "data" / f"{name}_{part}.csv").read_text("utf-8")
    return pd.read_csv(io.StringIO(text), comment="#")

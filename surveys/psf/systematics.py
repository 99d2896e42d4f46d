"""How stamps depart from what the log of their exposure says: PSF, zero point and background.

A departure is a vector of `COMPONENTS`. Part of it comes with an exposure (tracking, focus, the
atmosphere) and varies over the focal plane (`surveys.psf.focal_plane`); part belongs to a detector
(the optics there), part to the place of an object on it, and the rest to the single image. Each
part is normal; `simulate.match.fit_systematics` fits their covariances to real stamps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from surveys.psf.focal_plane import MEAN_SQUARE, PATTERNS, patterns

COMPONENTS = (
    *("width", "e1", "e2", "kurtosis", "skew_x", "skew_y", "trefoil_x", "trefoil_y"),
    *("zero_point", "sky"),
)
"""Of the profile, its adaptive moments as `skymovie.measure.stamp_statistics` measures them: ln of
the width over the expected FWHM, ellipticity along axes and diagonals, kurtosis, and the third
moments that coma and trefoil leave. Then the error of the zero point, mag, and the background less
the logged sky in units of a pixel's noise. Moments are well measured and add up, where a fit can
hardly tell a displaced part of the light from an elongation."""

ZERO_POINT, SKY = COMPONENTS.index("zero_point"), COMPONENTS.index("sky")

VARIANCE_COMPONENTS = ("detector", "object", "image")
SEEING, AIRMASS = 1.3, 1.3  # where the mean departure is `mean`

OPTICS_SEEING_POWER = np.array([2.1, 2.1, 2.1, 2.8, 2.5, 2.5, 2.8, 2.8, 0.0, 0.0])
"""What optics contribute to a profile's moments drowns in bad seeing, as these powers of 1/seeing.

Pairs of real stamps of one object in two exposures alike, from 1.05″ to 1.75″, show powers of 2.1
and 1.9 of width and ellipticity, 2.4 of the kurtosis, 2.1 of coma and 2.5 of trefoil: the higher a
moment, the more. These give them, what else acts on stamps being alike in all seeing."""

FOCAL_PLANE_SEEING_POWER = 0.35 * OPTICS_SEEING_POWER
"""The same powers of how exposures vary over the field. Of 0, 0.35, 0.7, 1 and 1.4 times
`OPTICS_SEEING_POWER` this makes the departures of real stamps the most likely, e^137 times as
likely as `OPTICS_SEEING_POWER`."""

ATMOSPHERE_SEEING_POWER = np.array([0.0, 0.2, 0.2, 0.5, 0.35, 0.35, 0.4, 0.4, 0.0, 0.0])
"""The same powers of what single images have of their own, which the air makes rather than optics:
with them, what is left of simulated stamps beyond what exposures, detectors and objects do scatters
as that of real ones does in all seeing, to a tenth but for widths, which are a quarter off."""

FIELD_EDGE_GROWTH = np.array([0.1, 0.35, 0.35, 0.0, 0.2, 0.2, 0.6, 0.6, 0.2, 0.0])
"""By how much that grows from the middle of the field to its rim, per square degree, where patterns
of low order tell less of what air and optics do. Without, the ellipticities of simulated stars in
the middle scattered by a third more than those of real ones, and at the rim as they do."""

IMAGE_SCATTER_SIGMA = 0.25
"""Scatter of the logarithm of its size from image to image. Exposures are not all as restless: what
real stamps have of their own has a kurtosis of 4 to 5, where normal draws gave 3.0 to 3.5."""

AT_ONCE = 1000
"""Exposures whose departures are worked out at once on all detectors: some 10 MB."""

OF_PROFILE = np.array([name not in ("zero_point", "sky") for name in COMPONENTS])


def optics_scale(
    seeing: ArrayLike, power: float | NDArray[np.float64] = OPTICS_SEEING_POWER
) -> NDArray[np.float64]:
    """What the parts that optics have in a departure are multiplied by, shape (..., K).

    With another power of 1/seeing, what other parts are: `FOCAL_PLANE_SEEING_POWER`,
    `ATMOSPHERE_SEEING_POWER`.
    """
    return (np.asarray(seeing, np.float64)[..., None] / SEEING) ** -(power * OF_PROFILE)


def image_scale(seeing: ArrayLike, radius: ArrayLike) -> NDArray[np.float64]:
    """What the part of a single image is multiplied by, shape (..., K).

    Parameters
    ----------
    seeing, radius : arrays, shape (...)
        Logged, arcsec; from the middle of the field, degrees.
    """
    beyond = np.asarray(radius, np.float64)[..., None] ** 2 - MEAN_SQUARE
    return np.asarray(
        optics_scale(seeing, ATMOSPHERE_SEEING_POWER)
        * np.maximum(1 + FIELD_EDGE_GROWTH * beyond, 0.1)
    )


def pattern_scale(seeing: ArrayLike) -> NDArray[np.float64]:
    """What modes of exposures are multiplied by, shape (..., B, K).

    What acts on all stamps of an exposure alike does so in all seeing.
    """
    scale = np.repeat(
        optics_scale(seeing, FOCAL_PLANE_SEEING_POWER)[..., None, :], len(PATTERNS), axis=-2
    )
    scale[..., 0, :] = 1
    return scale


def design(seeing: ArrayLike, airmass: ArrayLike) -> NDArray[np.float64]:
    """What the mean departure is linear in: 1, ln(seeing / 1.3″), airmass − 1.3; shape (X, 3)."""
    wide = np.log(np.asarray(seeing, np.float64) / SEEING)
    low = np.asarray(airmass, np.float64) - AIRMASS
    return np.stack([np.ones_like(wide), wide, low], axis=1)


@dataclass(frozen=True)
class PsfSystematics:
    """The distribution of departures, K = 10 components.

    Attributes
    ----------
    mean : array, shape (K,)
        At a seeing of 1.3″ and airmass 1.3.
    seeing, airmass : arrays, shape (K,)
        Slopes against ln(seeing / 1.3″) and against airmass.
    covariance : mapping of arrays, shape (K, K)
        Of the part of each of `VARIANCE_COMPONENTS`, at a seeing of 1.3″ (see `optics_scale`).
    modes : array, shape (M, B, K)
        Of the exposures: what one of them does at a place is the sum of M modes, each times a
        standard normal number of the exposure, mode m being Σ_b pattern_b(place) modes[m, b]; at a
        seeing of 1.3″ (see `pattern_scale`).
    """

    mean: NDArray[np.float64]
    seeing: NDArray[np.float64]
    airmass: NDArray[np.float64]
    covariance: Mapping[str, NDArray[np.float64]]
    modes: NDArray[np.float64]

    @classmethod
    def from_frames(cls, table: pd.DataFrame, modes: pd.DataFrame) -> PsfSystematics:
        """The inverse of `to_frame` and `modes_to_frame`."""
        table = table.set_index("component").loc[list(COMPONENTS)]
        mean, seeing, airmass = (table[c].to_numpy(float) for c in ("mean", "seeing", "airmass"))
        covariance = {
            level: table[[f"{level}_{c}" for c in COMPONENTS]].to_numpy(float)
            for level in VARIANCE_COMPONENTS
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
        for level in VARIANCE_COMPONENTS:
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

    @property
    def shared(self) -> NDArray[np.float64]:
        """Covariance of what an exposure does to all of its stamps alike, shape (K, K)."""
        return np.asarray(self.modes[:, 0].T @ self.modes[:, 0])

    def at(self, x: ArrayLike, y: ArrayLike, seeing: ArrayLike) -> NDArray[np.float64]:
        """The modes at S places in S exposures, shape (S, M, K).

        Parameters
        ----------
        x, y : array, shape (S,)
            Degrees from the middle of the field.
        seeing : array, shape (S,)
            Logged, arcsec.
        """
        return np.einsum("sb,sbk,mbk->smk", patterns(x, y), pattern_scale(seeing), self.modes)

    def draw_shared(
        self,
        rng: np.random.Generator,
        seeing: ArrayLike,
        airmass: ArrayLike,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
    ) -> SharedDepartures:
        """Draw what all stamps of an exposure on one detector share.

        Parameters
        ----------
        seeing : array, shape (X,)
            Logged, arcsec.
        airmass : array, shape (X,)
        x, y : array, shape (D,)
            Of the detectors, degrees from the middle of the field.
        """
        optics = rng.standard_normal((len(x), len(COMPONENTS))) @ self._root("detector")
        seeing, airmass = np.asarray(seeing, np.float64), np.asarray(airmass, np.float64)
        score = rng.standard_normal((len(seeing), len(self.modes)))
        # All exposures in one product: that of some of them would differ in the last bit.
        drawn = np.tensordot(score, self.modes, 1)
        return SharedDepartures(self, seeing, airmass, patterns(x, y), optics, drawn)

    def common(
        self,
        rng: np.random.Generator,
        seeing: ArrayLike,
        airmass: ArrayLike,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """The same of every exposure on every detector, shape (X, D, K); see `draw_shared`."""
        shared = self.draw_shared(rng, seeing, airmass, x, y)
        every = np.arange(len(shared.seeing))[:, None]
        return shared.at(every, np.arange(len(shared.optics)))

    def own(
        self,
        objects: NDArray[np.float64],
        images: NDArray[np.float64],
        seeing: NDArray[np.float64],
        radius: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """What belongs to objects and to their single images, shape (N, E, K).

        Parameters
        ----------
        objects : array, shape (N, K)
            Standard normal draws.
        images : array, shape (N, E, K + 1)
            Standard normal draws.
        seeing : array, shape (N, E)
            Logged, arcsec.
        radius : array, shape (N,)
            Of the objects' detectors from the middle of the field, degrees.
        """
        of_objects = (objects @ self._root("object"))[:, None] * optics_scale(seeing)
        gust = np.exp(IMAGE_SCATTER_SIGMA * images[..., -1:] - IMAGE_SCATTER_SIGMA**2)
        of_images = image_scale(seeing, radius[:, None]) * (images[..., :-1] @ self._root("image"))
        return of_objects + gust * of_images

    def _root(self, level: str) -> NDArray[np.float64]:
        """A matrix R with RᵀR the covariance, which may be singular."""
        values, vectors = np.linalg.eigh(self.covariance[level])
        return np.sqrt(np.maximum(values, 0))[:, None] * vectors.T


@dataclass(frozen=True)
class SharedDepartures:
    """What exposures and detectors contribute to departures, worked out where it is needed.

    A table of all exposures on all detectors would take 2.5 kB an exposure and detector of ours,
    which is too much for a survey of years.

    Attributes
    ----------
    systematics : PsfSystematics
        That they were drawn from.
    seeing, airmass : arrays, shape (X,)
        Of the exposures.
    patterns : array, shape (D, B)
        At the places of the detectors (`surveys.psf.focal_plane.patterns`).
    optics : array, shape (D, K)
        What was drawn for the detectors, at a seeing of 1.3″.
    drawn : array, shape (X, B, K)
        What was drawn for the exposures: amplitudes of the patterns, at a seeing of 1.3″.
    """

    systematics: PsfSystematics
    seeing: NDArray[np.float64]
    airmass: NDArray[np.float64]
    patterns: NDArray[np.float64]
    optics: NDArray[np.float64]
    drawn: NDArray[np.float64]

    def at(self, exposure: NDArray[Any], detector: NDArray[Any]) -> NDArray[np.float64]:
        """Departures of some exposures on some detectors, shape (..., K).

        Parameters
        ----------
        exposure, detector : int arrays, whose shapes broadcast to (...)
            Numbers of both; negative ones count from the end.
        """
        exposure, detector = np.broadcast_arrays(exposure, detector)
        used, row = np.unique(exposure, return_inverse=True)
        row = row.reshape(exposure.shape)
        seeing = self.seeing[used]
        static = optics_scale(seeing)[row] * self.optics[detector]
        across = np.empty_like(static)
        for begin in range(0, len(used), AT_ONCE):
            on_all = self.of_exposures(used[begin : begin + AT_ONCE])
            here = (row >= begin) & (row < begin + AT_ONCE)
            across[here] = on_all[row[here] - begin, detector[here]]
        return self.systematics.expected(seeing, self.airmass[used])[row] + static + across

    def of_exposures(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """The part that comes with some exposures, on every detector, shape (X, D, K)."""
        scale = pattern_scale(self.seeing[rows])
        return np.asarray(self.patterns @ (scale * self.drawn[rows]))

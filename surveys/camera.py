"""The camera: what turns photons into ADU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Detectors:
    """D detectors of a camera, or those that N objects stand on; all arrays have that shape.

    Attributes
    ----------
    gain : float
        Electrons per ADU.
    read_noise : float
        Standard deviation, electrons per pixel and read.
    saturation : float
        ADU at which a pixel is full.
    zero_point : float
        Magnitude of one ADU per second less that of the camera as a whole.
    x, y : float
        Of the middle of the detector from that of the field, degrees along the stamps' axes.
    """

    gain: NDArray[np.float64]
    read_noise: NDArray[np.float64]
    saturation: NDArray[np.float64]
    zero_point: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.gain)

    def select(self, index: Any) -> Detectors:
        """The detectors named by an index."""
        return Detectors(**{name: getattr(self, name)[index] for name in self.__annotations__})

    def variance(self, sky: ArrayLike) -> NDArray[np.float64]:
        """Variance of a pixel under a background of `sky` ADU, ADU²: its photons and read noise.

        `sky` has the shape of the detectors, or further axes on the right.
        """
        sky = np.asarray(sky)
        gain, noise = (
            v.reshape(v.shape + (1,) * (sky.ndim - v.ndim)) for v in (self.gain, self.read_noise)
        )
        return sky / gain + (noise / gain) ** 2


@dataclass(frozen=True)
class Camera:
    """A camera, as Table 1 of Carrasco-Davis et al. (2018) describes it.

    Attributes
    ----------
    name : str
    gain : float
        Electrons per ADU, of a typical detector.
    read_noise : float
        Standard deviation, electrons per pixel and read, ditto.
    saturation : float
        ADU at which a pixel is full, ditto.
    pixel_scale : float
        Arcseconds per pixel.
    ccds : sequence of str
        Names of the detectors in the focal plane.
    stamp_size : int
        Pixels on a side of a stamp.
    per_ccd : Detectors or None
        The `ccds` one by one, where they are known; else all are typical, in mid-field.
    """

    name: str
    gain: float
    read_noise: float
    saturation: float
    pixel_scale: float
    ccds: Sequence[str] = ("1",)
    stamp_size: int = 21
    per_ccd: Detectors | None = None

    @property
    def detectors(self) -> Detectors:
        """The `ccds`, in their order."""
        if self.per_ccd is not None:
            return self.per_ccd
        ones = np.ones(len(self.ccds))
        typical = (self.gain * ones, self.read_noise * ones, self.saturation * ones)
        return Detectors(*typical, zero_point=0 * ones, x=0 * ones, y=0 * ones)

    def variance(self, sky: ArrayLike) -> NDArray[np.float64]:
        """Variance of a pixel of a typical detector under a background of `sky` ADU, ADU²."""
        return np.asarray(sky) / self.gain + (self.read_noise / self.gain) ** 2

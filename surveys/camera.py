"""The camera: what turns photons into ADU."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Camera:
    """A detector, as Table 1 of Carrasco-Davis et al. (2018) describes it.

    Attributes
    ----------
    name : str
    gain : float
        Electrons per ADU.
    read_noise : float
        Standard deviation, electrons per pixel and read.
    saturation : float
        ADU at which a pixel is full.
    pixel_scale : float
        Arcseconds per pixel.
    ccds : sequence of str
        Names of the detectors in the focal plane.
    stamp_size : int
        Pixels on a side of a stamp.
    """

    name: str
    gain: float
    read_noise: float
    saturation: float
    pixel_scale: float
    ccds: Sequence[str] = ("1",)
    stamp_size: int = 21

    def variance(self, sky: ArrayLike) -> NDArray[np.float64]:
        """Variance of a pixel under a background of `sky` ADU, ADU²: its photons and read noise."""
        return np.asarray(sky) / self.gain + (self.read_noise / self.gain) ** 2

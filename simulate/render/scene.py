"""What stands before the camera: positions, fluxes and profiles, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveys.psf.profile import PsfShape


@dataclass(frozen=True)
class Galaxies:
    """Galaxies of M objects: an exponential disc and a de Vaucouleurs bulge about one centre.

    All arrays have shape (M,) but `flux`, which has (M, E).

    Attributes
    ----------
    row : int
        Object of the scene that the galaxy belongs to.
    flux : float
        Of disc and bulge together, ADU in each image.
    dx, dy : float
        Centre of the galaxy from the object's own position, pixels.
    disc_radius, bulge_radius : float
        Half-light radii, pixels, geometric mean of the axes.
    bulge_fraction : float
        Share of the light in the bulge.
    disc_axis_ratio, bulge_axis_ratio : float
        b/a.
    angle : float
        Of the long axes from x towards y, radians.
    """

    row: NDArray[np.int64]
    flux: NDArray[np.float64]
    dx: NDArray[np.float64]
    dy: NDArray[np.float64]
    disc_radius: NDArray[np.float64]
    bulge_radius: NDArray[np.float64]
    bulge_fraction: NDArray[np.float64]
    disc_axis_ratio: NDArray[np.float64]
    bulge_axis_ratio: NDArray[np.float64]
    angle: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    def select(self, index: Any) -> Galaxies:
        """The galaxies named by an index."""
        return Galaxies(**{name: getattr(self, name)[index] for name in self.__annotations__})


@dataclass(frozen=True)
class Neighbours:
    """M other stars in or near the stamps of the objects.

    Attributes
    ----------
    row : int, shape (M,)
        Object of the scene that the star is near; an object may have several, or none.
    flux : float, shape (M, E)
        ADU in each image.
    dx, dy : float, shape (M,)
        Position of the star from the object's, pixels.
    """

    row: NDArray[np.int64]
    flux: NDArray[np.float64]
    dx: NDArray[np.float64]
    dy: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def none(cls, n_images: int) -> Neighbours:
        """No star near any object."""
        return cls(np.empty(0, np.int64), np.empty((0, n_images)), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Scene:
    """N objects in at most E images each; arrays have shape (N, E).

    Attributes
    ----------
    present : bool
        Whether there is an image.
    flux : float
        Of the point source, ADU; 0 where there is none.
    x, y : float
        Position of the object from the centre of the stamp, pixels.
    psf : PsfShape
    sky : float
        ADU per pixel.
    galaxies : Galaxies
        Hosts, and the objects that are galaxies.
    neighbours : Neighbours
    """

    present: NDArray[np.bool_]
    flux: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    psf: PsfShape
    sky: NDArray[np.float64]
    galaxies: Galaxies
    neighbours: Neighbours

    def __len__(self) -> int:
        return len(self.flux)

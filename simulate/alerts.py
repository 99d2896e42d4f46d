"""When a survey would first have noticed a simulated transient.

The alert decides where a movie starts, so it is drawn as the pipeline would have made it: from the
flux in the difference with the first visit, with the noise of optimal photometry.
"""

import numpy as np
from numpy.typing import NDArray

from movies.first_alert import THRESHOLD, detect
from simulate.scene import Scene
from surveys.camera import Detectors
from surveys.psf import PsfShape


def flux_error(
    psf: PsfShape, sky: NDArray[np.float64], detectors: Detectors
) -> NDArray[np.float64]:
    """Error of optimal photometry of a faint source in every image, ADU; all of one shape.

    A pixel's noise times the square root of the effective area 1/∫P² (Naylor 1998, Eq. 10), which
    for a Moffat profile is π α² (2β − 1) / (β − 1)² pixels.
    """
    area = np.pi * psf.alpha**2 * (2 * psf.beta - 1) / (psf.beta - 1) ** 2
    return np.sqrt(area * detectors.variance(sky))


def limiting_magnitude(
    psf: PsfShape, sky: NDArray[np.float64], zero_point: NDArray[np.float64], detectors: Detectors
) -> NDArray[np.float64]:
    """Magnitude of a source that is just detected in the difference of two like images.

    The logged limits scatter by a magnitude at one depth of sky and seeing, as their empty-aperture
    noise does; this one belongs to the images that will be drawn.

    Parameters
    ----------
    zero_point : array
        Magnitude of one ADU in the exposure.
    """
    return zero_point - 2.5 * np.log10(THRESHOLD * np.sqrt(2) * flux_error(psf, sky, detectors))


def first_alert(
    scene: Scene, detectors: Detectors, noise: NDArray[np.float64], against_first: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Image in which each transient is first five times brighter than its error.

    Parameters
    ----------
    scene : Scene of N objects in E images
    detectors : Detectors
        That each of the N objects stands on.
    noise : array, shape (N, E)
        Standard normal draws.
    against_first : bool array, shape (N,)
        Whether the flux is measured in the difference with the first image (supernovae, which may
        shine in it already) rather than on empty sky (asteroids).

    Returns
    -------
    int array, shape (N,)
        Where noise hides every image, the one with the largest ratio of flux to error.
    """
    error = flux_error(scene.psf, scene.sky, detectors)
    error = np.sqrt(error**2 + np.maximum(scene.flux, 0) / detectors.gain[:, None])
    flux = scene.flux + error * noise
    first = against_first[:, None]
    difference = flux - np.where(first, flux[:, :1], 0.0)
    error = np.sqrt(error**2 + np.where(first, error[:, :1] ** 2, 0.0))
    difference[~scene.present] = np.nan
    found = detect(difference, error)
    best = np.nanargmax(np.where(scene.present, difference / error, -np.inf), axis=1)
    return np.where(found >= 0, found, best)


_LEVELS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
_SUPERNOVAE = (0.042, 0.2, 0.364, 0.609, 0.731, 0.842, 0.913, 0.92, 0.962)
"""Where in their movies supernovae are first noticed, at the quantiles `_LEVELS`: 3,000 of seed 5
(``simulate.movies(surveys.load("hits"), 3000, 5, ["supernova"])``)."""


def borrowed(u: NDArray[np.float64], n_images: NDArray[np.int64]) -> NDArray[np.int64]:
    """Alerts for objects that have none, so that the length of a movie does not tell its class.

    Half are those of asteroids, which may appear at any visit; half those of supernovae
    (Carrasco-Davis et al. 2018, §4: all classes get the same distribution of lengths).

    Parameters
    ----------
    u : array, shape (N, 2)
        Uniform draws.
    n_images : int array, shape (N,)
    """
    share = np.where(u[:, 0] < 0.5, u[:, 1], np.interp(u[:, 1], _LEVELS, _SUPERNOVAE))
    return np.floor(share * n_images).astype(np.int64)

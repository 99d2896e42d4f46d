"""When a survey would first have noticed a simulated transient.

The alert decides where a movie starts, so it is drawn as the pipeline would have made it: from the
flux in the difference with the first visit, with the noise of optimal photometry.
"""

import numpy as np
from numpy.typing import NDArray

from movies.first_alert import detect
from simulate.scene import Scene
from surveys.camera import Camera


def flux_error(scene: Scene, camera: Camera) -> NDArray[np.float64]:
    """Error of optimal photometry of every image, ADU, shape (N, E).

    A pixel's noise times the square root of the effective area 1/∫P² (Naylor 1998, Eq. 10), which
    for a Moffat profile is π α² (2β − 1) / (β − 1)² pixels; plus the source's own photon noise.
    """
    area = np.pi * scene.psf.alpha**2 * (2 * scene.psf.beta - 1) / (scene.psf.beta - 1) ** 2
    pixel = scene.sky / camera.gain + (camera.read_noise / camera.gain) ** 2
    return np.sqrt(area * pixel + np.maximum(scene.flux, 0) / camera.gain)


def first_alert(
    scene: Scene, camera: Camera, noise: NDArray[np.float64], against_first: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Image in which each transient is first five times brighter than its error.

    Parameters
    ----------
    scene : Scene of N objects in E images
    camera : Camera
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
    error = flux_error(scene, camera)
    flux = scene.flux + error * noise
    first = against_first[:, None]
    difference = flux - np.where(first, flux[:, :1], 0.0)
    error = np.sqrt(error**2 + np.where(first, error[:, :1] ** 2, 0.0))
    difference[~scene.present] = np.nan
    found = detect(difference, error)
    best = np.nanargmax(np.where(scene.present, difference / error, -np.inf), axis=1)
    return np.where(found >= 0, found, best)

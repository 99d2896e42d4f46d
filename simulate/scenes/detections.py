"""When a survey would first have noticed a simulated transient.

The alert decides where a movie starts, so it is drawn as the pipeline would have made it: from the
flux in the difference with the first visit, with the noise of optimal photometry.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simulate.render.scene import Scene
from simulate.render.transforms import DEV_B, EXPONENTIAL_HALF_LIGHT
from skymovie.measure.first_detection import THRESHOLD, detect
from surveys.camera import Detectors
from surveys.psf.profile import WING_BETA, WING_SHARE, PsfShape


def flux_error(
    psf: PsfShape, sky: NDArray[np.float64], detectors: Detectors
) -> NDArray[np.float64]:
    """Error of optimal photometry of a faint source in every image, ADU; all of one shape.

    A pixel's noise times the square root of the `effective_area`.
    """
    return np.sqrt(effective_area(psf) * detectors.variance(sky))


def effective_area(psf: PsfShape) -> NDArray[np.float64]:
    """1/∫P² of optimal photometry (Naylor 1998, MNRAS 296, 339, Eq. 10), pixels.

    For a Moffat profile it is π α² (2β − 1) / (β − 1)², for a Gaussian 4π σ²; the core is spread
    over its points as a Gaussian is by another of their variance, and overlaps with the wing as two
    Gaussians of their areas do, 2 / (A + B).
    """
    core, wing = (
        np.pi * alpha**2 * (2 * beta - 1) / (beta - 1) ** 2
        for alpha, beta in ((psf.alpha, psf.beta), (psf.wing_alpha, WING_BETA))
    )
    shares, x, y = psf.points
    spread = (x**2 + y**2)[..., :-1] @ shares[:-1] / (2 * (1 - WING_SHARE))
    core = core + 4 * np.pi * spread
    share = (1 - WING_SHARE) ** 2 / core + WING_SHARE**2 / wing
    return 1 / (share + 4 * WING_SHARE * (1 - WING_SHARE) / (core + wing))


def host_light(scene: Scene) -> NDArray[np.float64]:
    """Light of its galaxies under each object, ADU per pixel, shape (N, E).

    Surface brightness at the object, averaged as optimal photometry weighs the pixels. A galaxy
    seen through a PSF is one of its own kind whose squared half-light radius is larger by 2.1 σ²
    and whose cusp is rounded off at 0.6 σ, with σ² the effective area over 4π: exact for galaxies
    much larger or much smaller than the PSF, within a quarter or so between.
    """
    g = scene.galaxies
    light = np.zeros(scene.flux.shape)
    variance = effective_area(scene.psf)[g.row] / (4 * np.pi)
    along = g.dx * np.cos(g.angle) + g.dy * np.sin(g.angle)
    across = g.dy * np.cos(g.angle) - g.dx * np.sin(g.angle)
    disc = EXPONENTIAL_HALF_LIGHT**2 / (2 * np.pi)
    bulge = DEV_B**8 / (8 * np.pi * math.gamma(8))
    for share, radius, ratio, centre, slope, power in (
        (1 - g.bulge_fraction, g.disc_radius, g.disc_axis_ratio, disc, EXPONENTIAL_HALF_LIGHT, 1.0),
        (g.bulge_fraction, g.bulge_radius, g.bulge_axis_ratio, bulge, DEV_B, 0.25),
    ):
        r2 = (along**2 * ratio + across**2 / ratio)[:, None] + 0.36 * variance
        size2 = radius[:, None] ** 2 + 2.1 * variance
        profile = centre / size2 * np.exp(-slope * (r2 / size2) ** (power / 2))
        np.add.at(light, g.row, share[:, None] * g.flux * profile)
    return light


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
    photons = np.maximum(scene.flux, 0) + effective_area(scene.psf) * host_light(scene)
    error = np.sqrt(error**2 + photons / detectors.gain[:, None])
    flux = scene.flux + error * noise
    first = against_first[:, None]
    difference = flux - np.where(first, flux[:, :1], 0.0)
    error = np.sqrt(error**2 + np.where(first, error[:, :1] ** 2, 0.0))
    difference[~scene.present] = np.nan
    found = detect(difference, error)
    best = np.nanargmax(np.where(scene.present, difference / error, -np.inf), axis=1)
    return np.where(found >= 0, found, best)


_LEVELS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
_SUPERNOVAE = (0.038, 0.2, 0.348, 0.6, 0.714, 0.857, 0.913, 0.923, 0.962)
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

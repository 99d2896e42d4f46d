"""First alerts: the image in which a transient first stands out, and where its movie then starts.

A survey hears of a transient when its difference flux first reaches five times its error; the
movie that is classified begins five images before that (Carrasco-Davis et al. 2018, §4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skymovie.movies import BEFORE_ALERT
from surveys.exposures import Exposures
from surveys.psf import moffat
from surveys.survey import Survey

THRESHOLD = 5.0
"""Flux over error at which there is an alert (ibid.)."""

BASELINE = 3
"""First images whose median flux is the reference where no difference flux is published."""

HOST_SCATTER = 0.08
"""Relative scatter of a host's PSF-weighted flux from visit to visit, as the true PSF is not the
expected one. With it, our first alerts of the real HiTS supernovae differ from the published ones
by a median of 0 images and quartiles of one; without it, they come early."""

MEDIAN = np.pi / 2
"""Variance of the median of many normal values over that of their mean."""


def detect(flux: ArrayLike, error: ArrayLike, threshold: float = THRESHOLD) -> NDArray[np.int64]:
    """Index of the first image with flux ≥ threshold · error.

    Parameters
    ----------
    flux, error : arrays, shape (..., E)
        Difference fluxes and their errors in one unit. Entries that are not finite, or whose error
        is not positive, are no detection.

    Returns
    -------
    int array, shape (...)
        −1 where there is none.
    """
    flux, error = np.asarray(flux, np.float64), np.asarray(error, np.float64)
    usable = np.isfinite(flux) & np.isfinite(error) & (error > 0)
    above = usable & (np.where(usable, flux, 0) >= threshold * np.where(usable, error, 1))
    return np.where(above.any(axis=-1), above.argmax(axis=-1), -1)


def start(first_alert: ArrayLike) -> NDArray[np.int64]:
    """Index of the first image to classify; 0 where there was no alert (−1)."""
    return np.maximum(np.asarray(first_alert, np.int64) - BEFORE_ALERT, 0)


def difference_fluxes(
    images: NDArray[np.float32], exposures: Exposures, survey: Survey
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fluxes of one object less that of its first images, where nothing better is published.

    PSF-weighted sums at the stamp's centre, F = Σ P·(D − b) / Σ P² with b the median of the stamp's
    border (Naylor 1998 for equal noise in all pixels), brought to the zero point of the first
    image; less the median of the first `BASELINE`.

    Parameters
    ----------
    images : array, shape (E, S, S)
        ADU with sky, in time order.
    exposures : Exposures, E rows

    Returns
    -------
    flux, error : arrays, shape (E,)
        ADU of the first image. The error holds the photon and read noise of the image, its
        background and the baseline, and the scatter of what shines in the baseline.
    """
    camera = survey.camera
    centre = np.zeros(len(images))
    psf = moffat.stamps(
        survey.psf.expected(exposures.seeing, camera.pixel_scale), centre, centre, images.shape[1]
    ).astype(np.float64)
    border = np.ones(images.shape[1:], bool)
    border[1:-1, 1:-1] = False
    background = np.median(images[:, border], axis=1)[:, None, None]
    light = images.astype(np.float64) - background
    variance = np.maximum(images, 1.0) / camera.gain + (camera.read_noise / camera.gain) ** 2
    norm = (psf**2).sum(axis=(1, 2))
    scale = 10 ** (0.4 * (exposures.zero_point[0] - exposures.zero_point))
    scale *= exposures.exposure_time[0] / exposures.exposure_time
    flux = scale * (psf * light).sum(axis=(1, 2)) / norm
    of_sky = MEDIAN * variance[:, border].mean(axis=1) / border.sum() * psf.sum(axis=(1, 2)) ** 2
    error = scale * np.sqrt((psf**2 * variance).sum(axis=(1, 2)) + of_sky) / norm
    first = slice(0, BASELINE)
    host = np.median(flux[first])
    of_baseline = MEDIAN * np.mean(error[first] ** 2) / len(error[first])
    return flux - host, np.sqrt(error**2 + of_baseline + (HOST_SCATTER * host) ** 2)

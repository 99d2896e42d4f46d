"""Optimal photometry: from a movie to a light curve.

Every image is fitted by the survey's expected PSF at the source's centroid, each pixel weighted by
its signal over its variance (Naylor 1998, MNRAS 296, 339, §2). What is measured is the total flux
at the position, a host's included: nothing but the movie itself is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from skymovie.movies import Movies
from surveys.psf import moffat
from surveys.psf.systematics import ZERO_POINT

BLOCK = 8192
"""Images that are measured at a time: their profiles take 14 MB."""

POGSON = 2.5 / np.log(10)


@dataclass(frozen=True)
class PhotometrySettings:
    """How stamps are measured.

    Attributes
    ----------
    border : int
        Width of the frame of pixels that gives the sky, pixels.
    centroid_from : float
        Signal to noise from which the source is centred on what is seen; a fainter one is measured
        at the centre of its stamp. Real centres scatter by 0.29 px in each axis, which is what
        a centroid is worth at a signal to noise of about 6.
    zero_flux_magnitude : float
        Magnitude given to a flux of zero: 1σ of an image whose 5σ limit is 23.6 mag, the median of
        HiTS 2015A.
    psf_error : float
        Relative error of a flux because the PSF is the expected one, not the image's own, and the
        zero point a little off. With it, pulls of real HiTS stars brighter than 20 mag have a width
        of 1.0 within 0.1, against the published magnitudes of the same images as against the
        medians of non-variables (`benchmarks/photometry_vs_published.py`).
    """

    border: int = 2
    centroid_from: float = 10.0
    zero_flux_magnitude: float = 25.35
    psf_error: float = 0.016


@dataclass(frozen=True)
class LightCurves:
    """What was measured of N objects in at most E images.

    Every array has shape (N, E), NaN where there is no image or no usable pixel.

    Attributes
    ----------
    time : float
        MJD, days.
    flux, flux_error : float
        ADU as if under the zero point and exposure time of the object's first image
        (Carrasco-Davis et al. 2018, Eq. 4).
    magnitude, magnitude_error : float
        Asinh magnitudes (Lupton, Gunn & Szalay 1999, AJ 118, 1406, Eqs. 3 and 4), which are defined
        for fluxes of zero and below, too, and within 0.01 mag of the usual ones from 11 times
        the flux of `PhotometrySettings.zero_flux_magnitude` on.
    """

    time: NDArray[np.float64]
    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    magnitude_error: NDArray[np.float64]


def measure(movies: Movies, settings: PhotometrySettings | None = None) -> LightCurves:
    """Measure every image of every movie."""
    settings = settings or PhotometrySettings()
    camera = movies.survey.camera
    row, column = np.nonzero(movies.exposure >= 0)
    shape = movies.survey.psf.expected(movies.conditions("seeing")[row, column], camera.pixel_scale)
    counts, error = np.empty(len(row)), np.empty(len(row))
    for first in range(0, len(row), BLOCK):
        part = slice(first, first + BLOCK)
        images = movies.images[row[part], column[part]].astype(np.float32)
        psf = shape.select(part)
        x, y = _centroids(
            images,
            psf.fwhm,
            camera.gain,
            camera.read_noise,
            settings.border,
            settings.centroid_from,
        )
        profiles = moffat.stamps(psf, x, y, images.shape[1])
        counts[part], error[part] = _fluxes(
            images, profiles, camera.gain, camera.read_noise, camera.saturation, settings.border
        )
    adu, adu_error = np.full((2, *movies.exposure.shape), np.nan)
    adu[row, column] = counts
    adu_error[row, column] = np.hypot(error, settings.psf_error * counts)
    return calibrate(movies, adu, adu_error, settings)


def calibrate(
    movies: Movies,
    adu: NDArray[np.float64],
    error: NDArray[np.float64],
    settings: PhotometrySettings,
) -> LightCurves:
    """Bring ADU, shape (N, E), to the zero point of each first image, and to magnitudes."""
    zero = movies.conditions("zero_point") + 2.5 * np.log10(movies.conditions("exposure_time"))
    zero = zero - movies.survey.systematics.mean[ZERO_POINT]
    to_first = 10 ** ((zero[:, :1] - zero) / 2.5)
    # Twice the softening b is the unit in which Lupton et al. take the asinh.
    unit = 2 * 10 ** ((zero - settings.zero_flux_magnitude) / 2.5)
    return LightCurves(
        time=movies.conditions("mjd"),
        flux=adu * to_first,
        flux_error=error * to_first,
        magnitude=settings.zero_flux_magnitude - POGSON * np.arcsinh(adu / unit),
        magnitude_error=POGSON * error / np.hypot(adu, unit),
    )


@njit(cache=True)
def _frame(image, border):  # type: ignore[no-untyped-def]
    """Pixels of the frame of the given width."""
    size = len(image)
    out = np.empty(size * size - (size - 2 * border) ** 2, np.float32)
    n = 0
    for j in range(size):
        for i in range(size):
            if min(i, j, size - 1 - i, size - 1 - j) < border:
                out[n] = image[j, i]
                n += 1
    return out


@njit(cache=True)
def _centroids(images, fwhm, gain, read_noise, border, centroid_from):  # type: ignore[no-untyped-def]
    """Offsets (x, y) from the centre of the stamp, px, at most 1 in each axis.

    Moments under a Gaussian as wide as the PSF that moves with the source until it stands still;
    the step is doubled as the window halves it (Bertin's XWIN_IMAGE of SExtractor).
    """
    M, size = images.shape[:2]
    out = np.zeros((2, M))
    offset = np.arange(size) - (size - 1) / 2
    for m in range(M):
        sky = np.median(_frame(images[m], border))
        variance = max(sky, 0.0) / gain + (read_noise / gain) ** 2
        width = fwhm[m] / 2.3548
        x = y = 0.0
        for step in range(8):
            across = np.exp(-0.5 * ((offset - x) / width) ** 2)
            along = np.exp(-0.5 * ((offset - y) / width) ** 2)
            total = square = mx = my = 0.0
            for j in range(size):
                for i in range(size):
                    weight = across[i] * along[j]
                    signal = weight * (images[m, j, i] - sky)
                    total += signal
                    square += weight * weight
                    mx += signal * (offset[i] - x)
                    my += signal * (offset[j] - y)
            if step == 0 and not total > centroid_from * np.sqrt(variance * square):
                break
            if total <= 0:
                break
            dx, dy = 2 * mx / total, 2 * my / total
            x, y = min(max(x + dx, -1.0), 1.0), min(max(y + dy, -1.0), 1.0)
            if dx * dx + dy * dy < 1e-6:
                break
        out[0, m], out[1, m] = x, y
    return out


@njit(cache=True)
def _fluxes(images, profiles, gain, read_noise, saturation, border):  # type: ignore[no-untyped-def]
    """Flux and its error, ADU, shape (2, M); NaN where no pixel is usable.

    f = Σ w (D − S) / Σ w P with w = P / V (Naylor 1998, Eqs. 10 and 12), V the variance of a pixel
    of sky, source and read noise. The source's share of V follows from the last f times P, not from
    the pixel itself, whose noise would bias the sum. The sky S is the median of the frame less the
    wings f P.
    """
    M, size = images.shape[:2]
    out = np.empty((2, M))
    read_variance = (read_noise / gain) ** 2
    for m in range(M):
        image, profile = images[m], profiles[m]
        frame, wings = _frame(image, border), _frame(profile, border)
        flux = sky = signal = norm = weights = 0.0
        for _ in range(4):
            sky = np.median(frame - np.float32(flux) * wings)
            signal = norm = weights = 0.0
            for j in range(size):
                for i in range(size):
                    if not image[j, i] < saturation:
                        continue
                    light = max(sky, 0.0) + max(flux, 0.0) * profile[j, i]
                    weight = profile[j, i] / (light / gain + read_variance)
                    signal += weight * (image[j, i] - sky)
                    norm += weight * profile[j, i]
                    weights += weight
            flux = signal / norm if norm > 0 else np.nan
        # The variance of a median is π/2 that of a mean.
        sky_variance = np.pi / 2 * (max(sky, 0.0) / gain + read_variance) / len(frame)
        out[0, m] = flux
        out[1, m] = np.sqrt(1 / norm + (weights / norm) ** 2 * sky_variance) if norm > 0 else np.nan
    return out

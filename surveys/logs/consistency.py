"""Do the columns of an observing log agree? Four of them determine the limiting magnitude."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surveys.camera import Camera
from surveys.exposures import Exposures

TOLERANCE = 1.0
"""Magnitudes; limits that pipelines log are some 0.5 mag from those expected of the sky."""

COMMON = 0.1
"""Fraction of visits; clouds and glitches put 7% of HiTS' own limits over `TOLERANCE`, but a wrong
unit does so to most."""

GROSS = 4.5
"""Magnitudes that need no company: HiTS' worst visit is 3.9 mag off."""

AGREES = 0.7
"""Magnitudes within which another reading of a column explains the log."""

DARKEST = 23.3
"""The night sky, mag/arcsec²: it is 22.9 in u at a dark site, less elsewhere; plus 0.4 for care."""

SIGNIFICANCE = 5.0


def limits(exposures: Exposures, camera: Camera) -> NDArray[np.float64]:
    """5σ limiting magnitude of a point source, from the other columns; shape (X,), mag.

    A Gaussian PSF whose FWHM is the seeing covers 2.266 FWHM² pixels (LSST Overview, eq. 5 of
    LSE-40); the photons of the source count too.
    """
    pixels = 2.266 * (exposures.seeing / camera.pixel_scale) ** 2
    variance = pixels * (exposures.sky / camera.gain + (camera.read_noise / camera.gain) ** 2)
    # signal² = 25 (signal / gain + variance)
    half = SIGNIFICANCE**2 / camera.gain / 2
    signal = half + np.sqrt(half**2 + SIGNIFICANCE**2 * variance)
    out = exposures.zero_point - 2.5 * np.log10(signal / exposures.exposure_time)
    return np.asarray(out, np.float64)


def surface_brightness(exposures: Exposures, camera: Camera) -> NDArray[np.float64]:
    """Of the background, mag/arcsec²; shape (X,)."""
    rate = exposures.sky / exposures.exposure_time / camera.pixel_scale**2
    return np.asarray(exposures.zero_point - 2.5 * np.log10(rate), np.float64)


def contradiction(exposures: Exposures, camera: Camera) -> str | None:
    """One line on visits that contradict themselves by more than `TOLERANCE`, or None.

    Parameters
    ----------
    exposures : Exposures
    camera : Camera
        Its pixel scale, gain and read noise are taken to be those of the log.
    """
    off = exposures.limiting_magnitude - limits(exposures, camera)
    dark = surface_brightness(exposures, camera) - DARKEST
    contradicts, too_dark = np.abs(off) > TOLERANCE, dark > 0
    if contradicts.mean() < COMMON:
        contradicts = np.abs(off) > GROSS
    bad = contradicts | too_dark
    if not bad.any():
        return None
    said = []
    if contradicts.any():
        said.append(
            f"{contradicts.sum():,} of {len(off):,} visits state a limiting_magnitude "
            f"{np.median(np.abs(off[contradicts])):.1f} mag (median) from what sky, zero_point, "
            "exposure_time and seeing give"
        )
    if too_dark.any():
        said.append(
            f"{too_dark.sum():,} of {len(off):,} visits have a sky "
            f"{np.median(dark[too_dark]):.1f} mag/arcsec2 (median) darker than any night sky"
        )
    return f"{' and '.join(said)}; {_reason(exposures.select(bad), camera)}"


def _reason(bad: Exposures, camera: Camera) -> str:
    """Which reading of one column makes the others agree."""
    time, scale = bad.exposure_time, camera.pixel_scale**2
    with np.errstate(over="ignore"):
        from_brightness = time * scale * 10 ** (0.4 * (bad.zero_point - bad.sky))
    readings = {
        "sky looks like mag/arcsec2: ADU per pixel are expected": replace(bad, sky=from_brightness)
        if np.all((bad.sky > 10) & (bad.sky < 25))
        else None,
        "zero_point looks like that of the whole exposure: it differs from that of one second by "
        "2.5 log10(exposure_time)": replace(bad, zero_point=bad.zero_point - 2.5 * np.log10(time)),
        "sky looks like ADU per second: ADU per exposure are expected": replace(
            bad, sky=bad.sky * time
        ),
        "exposure_time looks like minutes: seconds are expected": replace(
            bad, exposure_time=60 * time
        ),
        "seeing looks like pixels: arcsec are expected": replace(
            bad, seeing=bad.seeing * camera.pixel_scale
        ),
    }
    for words, other in readings.items():
        if other is None or not np.isfinite(other.sky).all():
            continue
        off = np.median(np.abs(other.limiting_magnitude - limits(other, camera)))
        if off < AGREES and np.median(surface_brightness(other, camera)) < DARKEST:
            return words
    return "check their units (see the README) and the survey's camera"

"""What can be measured on single stamps without a model of the object: sky, noise, shape, place.

By these a simulated stamp is compared with a real one (``benchmarks/real_or_simulated.py``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.movies import Movies
from surveys.psf.profile import FWHM_OF_SIGMA

BORDER = 2
"""Width of the frame of pixels that stands for the sky, pixels."""

QUANTUM = 0.3
"""Scatter of whole ADU, the least that a border has."""

ITERATIONS = 30
CORE, HALO = 2.0, 6.0
"""Radii of the apertures whose fluxes give the concentration, pixels."""


def measure(movies: Movies) -> pd.DataFrame:
    """Statistics of every image of every movie.

    Returns
    -------
    DataFrame, one row an image
        ``object``, ``image`` (row and column in `movies`), then

        ``background``
            Median of the border less the logged sky, in units of a pixel's expected noise.
        ``noise``
            Robust scatter of the border over the noise expected there.
        ``correlation_x``, ``correlation_y``
            Of border pixels with their right and upper neighbours.
        ``border_tail``
            Brightest pixel of the border above its median, in units of its scatter.
        ``signal``
            log10 of the signal to noise in the core.
        ``x``, ``y``
            Centroid from the centre of the stamp, pixels.
        ``width``
            FWHM of the Gaussian of the same adaptive moments over the one that the survey expects
            for the logged seeing.
        ``e1``, ``e2``, ``ellipticity``
            (a² − b²) / (a² + b²) along the axes, along the diagonals, and its size.
        ``kurtosis``
            Fourth adaptive moment, 2 for a Gaussian.
        ``skew_x``, ``skew_y``
            Third adaptive moments over σ³: what coma leaves.
        ``trefoil_x``, ``trefoil_y``
            Those of them that turn three times: of x³ − 3xy² and 3x²y − y³.
        ``concentration``
            Light within `CORE` over light within `HALO` pixels.
    """
    camera = movies.survey.camera
    row, column = np.nonzero(movies.exposure >= 0)
    images = movies.images[row, column].astype(np.float64)
    size = images.shape[-1]
    edge = np.ones((size, size), bool)
    edge[BORDER:-BORDER, BORDER:-BORDER] = False
    logged = movies.conditions("sky")[row, column]
    expected = np.sqrt(camera.variance(logged))
    border = images[:, edge]
    sky = np.median(border, axis=1)
    # A border that is all saturated, or filled, does not scatter.
    scatter = np.maximum(1.4826 * np.median(np.abs(border - sky[:, None]), axis=1), QUANTUM)
    light = images - sky[:, None, None]
    out = {
        "object": row,
        "image": column,
        "background": (sky - logged) / expected,
        "noise": scatter / np.sqrt(camera.variance(np.maximum(sky, 1.0))),
        "correlation_x": _correlation(light, edge, 2),
        "correlation_y": _correlation(light, edge, 1),
        "border_tail": (border.max(axis=1) - sky) / scatter,
    }
    seeing = movies.conditions("seeing")[row, column]
    fwhm = movies.survey.psf.fwhm(seeing) / camera.pixel_scale
    out |= _moments(light, fwhm, scatter)
    return pd.DataFrame(out)


def _correlation(
    light: NDArray[np.float64], edge: NDArray[np.bool_], axis: int
) -> NDArray[np.float64]:
    """Correlation of neighbouring border pixels, clipped at 3σ so that no star decides it."""
    both = edge & np.roll(edge, -1, axis - 1)
    both[(-1,) if axis == 1 else (slice(None), -1)] = False
    scale = np.maximum(1.4826 * np.median(np.abs(light[:, edge]), axis=1), QUANTUM)[:, None]
    a, b = (np.clip(v / scale, -3, 3) for v in (light[:, both], np.roll(light, -1, axis)[:, both]))
    spread = np.sqrt((a**2).mean(axis=1) * (b**2).mean(axis=1))
    return (a * b).mean(axis=1) / np.maximum(spread, 1e-9)


def _moments(
    light: NDArray[np.float64], fwhm: NDArray[np.float64], scatter: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Adaptive moments: under an elliptical Gaussian that is matched to the light.

    Bernstein & Jarvis (2002, AJ 123, 583, §3.1): the weight's covariance and centre are set to
    twice and once the weighted moments until they stand still.
    """
    M, size = light.shape[:2]
    at = np.arange(size) - (size - 1) / 2
    X, Y = np.meshgrid(at, at)
    x, y = np.zeros((2, M))
    sigma2 = (fwhm / FWHM_OF_SIGMA) ** 2
    xx, yy, xy = sigma2.copy(), sigma2.copy(), np.zeros(M)
    for _ in range(ITERATIONS):
        dx, dy, weight = _weight(X, Y, x, y, xx, yy, xy)
        seen = weight * light
        total = np.maximum(seen.sum(axis=(1, 2)), 1e-9)
        x = np.clip(x + 2 * (seen * dx).sum(axis=(1, 2)) / total, -3, 3)
        y = np.clip(y + 2 * (seen * dy).sum(axis=(1, 2)) / total, -3, 3)
        new = (2 * (seen * d).sum(axis=(1, 2)) / total for d in (dx * dx, dy * dy, dx * dy))
        xx, yy, xy = (_bounded(v, sigma2, k == 2) for k, v in enumerate(new))
        xy = np.clip(xy, -0.6 * np.sqrt(xx * yy), 0.6 * np.sqrt(xx * yy))
    dx, dy, weight = _weight(X, Y, x, y, xx, yy, xy)
    seen = weight * light
    total = np.maximum(seen.sum(axis=(1, 2)), 1e-9)
    determinant = xx * yy - xy**2
    r2 = (yy[:, None, None] * dx**2 + xx[:, None, None] * dy**2) / determinant[:, None, None]
    r2 -= 2 * (xy / determinant)[:, None, None] * dx * dy
    sigma = determinant**0.25
    e1, e2 = (xx - yy) / (xx + yy), 2 * xy / (xx + yy)
    radius = np.hypot(dx, dy)
    core, halo = ((light * (radius < r)).sum(axis=(1, 2)) for r in (CORE, HALO))
    noise = scatter * np.sqrt((weight**2).sum(axis=(1, 2)))
    return {
        "signal": np.log10(np.maximum(seen.sum(axis=(1, 2)) / noise, 0.1)),
        "x": x,
        "y": y,
        "width": FWHM_OF_SIGMA * sigma / fwhm,
        "e1": e1,
        "e2": e2,
        "ellipticity": np.hypot(e1, e2),
        "kurtosis": (seen * r2**2).sum(axis=(1, 2)) / total,
        "skew_x": (seen * dx * r2).sum(axis=(1, 2)) / total / sigma,
        "skew_y": (seen * dy * r2).sum(axis=(1, 2)) / total / sigma,
        "trefoil_x": (seen * dx * (dx**2 - 3 * dy**2)).sum(axis=(1, 2)) / total / sigma**3,
        "trefoil_y": (seen * dy * (3 * dx**2 - dy**2)).sum(axis=(1, 2)) / total / sigma**3,
        "concentration": np.clip(core / np.maximum(halo, 1.0), 0, 2),
    }


def _weight(X, Y, x, y, xx, yy, xy):  # type: ignore[no-untyped-def]
    dx, dy = X - x[:, None, None], Y - y[:, None, None]
    determinant = (xx * yy - xy**2)[:, None, None]
    quadratic = yy[:, None, None] * dx**2 + xx[:, None, None] * dy**2
    quadratic -= 2 * xy[:, None, None] * dx * dy
    return dx, dy, np.exp(-0.5 * quadratic / determinant)


def _bounded(
    value: NDArray[np.float64], sigma2: NDArray[np.float64], signed: bool
) -> NDArray[np.float64]:
    return np.clip(value, -4 * sigma2 if signed else 0.1 * sigma2, 6 * sigma2)

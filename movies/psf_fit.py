"""Fits of a Moffat profile with coma to single stamps: what the PSF was in each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import least_squares

from movies.movie import Movies
from surveys.departures import BETA_LEAST, of_coma
from surveys.psf import COMA_SHARE

FAR = 7.5
"""Pixels from the centre beyond which the residuals tell of the sky's noise."""

MODEL_ERROR = 0.003
"""Share of a pixel's light by which a Moffat profile may miss it: keeps the cores of bright stars
from deciding everything."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_NODES, _WEIGHTS = _NODES / 2, _WEIGHTS / 2
_SCALE = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.5, 0.5])
_LOW = np.array([-2.0, -2.0, 0.0, -0.7, -0.7, 0.0, -4.0, -4.0])
_HIGH = np.array([2.0, 2.0, 3.0, 0.7, 0.7, 3.0, 4.0, 4.0])


@njit(cache=True, fastmath=True)
def _profile(p, size, share, least, nodes, weights, out):  # type: ignore[no-untyped-def]
    """Unit flux in pixels for x, y, ln FWHM, g1, g2, ln(beta − least), coma x, coma y."""
    beta = np.exp(p[5]) + least
    alpha2 = (np.exp(p[2]) / 2) ** 2 / (2 ** (1 / beta) - 1)
    g1, g2 = p[3], p[4]
    unit = 1 / ((1 - g1 * g1 - g2 * g2) * alpha2)
    centre = (size - 1) / 2
    out[:] = 0
    for s in range(2):
        part = share if s else 1 - share
        along = 1 - share if s else -share
        x, y = p[0] + along * p[6] + centre, p[1] + along * p[7] + centre
        for j in range(size):
            for i in range(size):
                total = 0.0
                for b in range(len(nodes)):
                    dy = j + nodes[b] - y
                    for a in range(len(nodes)):
                        dx = i + nodes[a] - x
                        u = (1 - g1) * dx - g2 * dy
                        v = (1 + g1) * dy - g2 * dx
                        total += weights[a] * weights[b] * (1 + (u * u + v * v) * unit) ** (-beta)
                out[j, i] += part * (beta - 1) / (np.pi * alpha2) * total


def fit(
    image: NDArray[np.float64], fwhm: float, gain: float, read_noise: float
) -> dict[str, float]:
    """Fit one stamp of a star.

    Parameters
    ----------
    image : array, shape (S, S)
        ADU with sky.
    fwhm : float
        First guess, pixels.
    gain, read_noise : float
        Electrons per ADU, electrons.

    Returns
    -------
    dict
        ``x``, ``y`` (px from the centre), ``ln_fwhm`` (px), ``g1``, ``g2`` (shear of the profile),
        ``beta`` (ln(β − `BETA_LEAST`)), ``coma_x``, ``coma_y`` (`surveys.departures.of_coma`),
        ``flux``, ``sky`` (ADU), ``chi2`` (a pixel), ``far_variance`` (ADU², of the residuals beyond
        `FAR`), ``far_level`` (ADU, of the fit there), ``far_correlation_x`` and ``_y`` (of
        neighbouring residuals there).
    """
    size = len(image)
    first = np.median(image)
    light = np.maximum(image - first, 0)
    variance = np.maximum(image, 0.8 * first) / gain + (read_noise / gain) ** 2
    weight = 1 / np.sqrt(variance + (MODEL_ERROR * light) ** 2)
    profile = np.empty((size, size))
    linear = np.zeros(2)

    def residuals(p: NDArray[np.float64]) -> NDArray[np.float64]:
        _profile(p, size, COMA_SHARE, BETA_LEAST, _NODES, _WEIGHTS, profile)
        design = np.stack([(profile * weight).ravel(), weight.ravel()], axis=1)
        wanted = (image * weight).ravel()
        linear[:] = np.linalg.solve(design.T @ design, design.T @ wanted)
        return design @ linear - wanted

    guess = np.array([0, 0, np.log(fwhm), 0, 0, np.log(2.9), 0.05, 0.05])
    found = least_squares(residuals, guess, x_scale=_SCALE, bounds=(_LOW, _HIGH), max_nfev=25)
    p = found.x
    off = residuals(p).reshape(size, size) / weight
    at = np.arange(size) - (size - 1) / 2
    far = np.hypot(*np.meshgrid(at, at)) > FAR
    scatter = 1.4826 * np.median(np.abs(off[far]))
    a = np.clip(off / scatter, -3.5, 3.5)
    right, up = far[:, 1:] & far[:, :-1], far[1:] & far[:-1]
    square = (a[far] ** 2).mean()
    coma_x, coma_y = of_coma(p[6], p[7], np.exp(p[2]))
    return {
        "x": p[0],
        "y": p[1],
        "ln_fwhm": p[2],
        "g1": p[3],
        "g2": p[4],
        "beta": p[5],
        "coma_x": coma_x,
        "coma_y": coma_y,
        "flux": linear[0],
        "sky": linear[1],
        "chi2": 2 * found.cost / size**2,
        "far_variance": scatter**2,
        "far_level": float((linear[0] * profile + linear[1])[far].mean()),
        "far_correlation_x": (a[:, 1:] * a[:, :-1])[right].mean() / square,
        "far_correlation_y": (a[1:] * a[:-1])[up].mean() / square,
    }


def fit_all(movies: Movies) -> pd.DataFrame:
    """Fit every image: one row each, with its ``object``, ``image``, ``exposure`` and ``ccd``."""
    camera, exposures = movies.survey.camera, movies.exposures
    ccd = movies.truth["ccd"].to_numpy()
    rows = []
    for n, e in np.argwhere(movies.exposure >= 0):
        x = movies.exposure[n, e]
        fwhm = float(movies.survey.psf.fwhm(exposures.seeing[x]) / camera.pixel_scale)
        image = movies.images[n, e].astype(np.float64)
        found = fit(image, fwhm, camera.gain, camera.read_noise)
        rows.append({"object": n, "image": e, "exposure": x, "ccd": ccd[n], **found})
    return pd.DataFrame(rows)

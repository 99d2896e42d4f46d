"""The batched renderer: one product in Fourier space for source, pixel and PSF.

A stamp is the inverse transform of flux × profile × PSF × pixel × shift. All profiles have closed
or tabulated transforms, so nothing is drawn on a finer grid and the cusp of a bulge is integrated
over its pixels exactly. Two things must be kept small, and each has its own grid:

* a star under a sharp PSF reaches beyond the pixels' Nyquist frequency, so its nearest aliases are
  added; under a wide one it has wings, so its box is larger (`WIDE`);
* a galaxy is wide: its light wraps round the edge of a small box, so its box grows with its radius
  (`_boxes`); aliases count only under the sharpest PSFs (`SHARP`), where half pixels are drawn.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import irfft2

from simulate import transforms
from simulate.scene import Galaxies, Scene

WIDE = 4.2
"""FWHM along the short axis, pixels, from which a star is drawn in the larger box."""

SHARP = 2.8
"""FWHM along the short axis, pixels, under which a galaxy's aliases exceed 1e-3 of the peak."""

_X_STEP, _X_MAX = 0.02, 30.0
_BETA_STEP, _BETA_MIN, _BETA_MAX = 0.05, 2.0, 8.0


@lru_cache(maxsize=1)
def _moffat_table() -> NDArray[np.float32]:
    """Moffat transforms, shape (beta, k α)."""
    beta = np.arange(_BETA_MIN, _BETA_MAX + 2 * _BETA_STEP, _BETA_STEP)
    x = np.arange(0, _X_MAX + 2 * _X_STEP, _X_STEP)
    return transforms.moffat(x[None, :], beta[:, None]).astype(np.float32)


@lru_cache(maxsize=1)
def _bulge_table() -> tuple[float, float, NDArray[np.float32]]:
    """First log(k r_e), step and values of the de Vaucouleurs transform."""
    log_k, value = transforms.de_vaucouleurs_table()
    return float(log_k[0]), float(log_k[1] - log_k[0]), value.astype(np.float32)


@njit(cache=True, fastmath=True)
def _psf_curve(beta, table):  # type: ignore[no-untyped-def]
    """The Moffat transform of one exponent, between two tabulated ones."""
    at = min(max((beta - _BETA_MIN) / _BETA_STEP, 0.0), table.shape[0] - 2.0)
    b = int(at)
    w = np.float32(at - b)
    return table[b] * (1 - w) + table[b + 1] * w


@njit(cache=True, fastmath=True)
def _shift(centre, size, reach, flux):  # type: ignore[no-untyped-def]
    """flux × pixel × shift along one axis, at wavenumbers −reach … reach (in units of 2π/size)."""
    out = np.empty(2 * reach + 1, np.complex64)
    for n in range(-reach, reach + 1):
        half = np.pi * n / size
        pixel = np.sin(half) / half if n != 0 else 1.0
        phase = -2 * half * centre
        out[n + reach] = np.complex64(flux * pixel * complex(np.cos(phase), np.sin(phase)))
    return out


@njit(cache=True, fastmath=True)
def _star_spectra(flux, x, y, alpha, beta, q, angle, table, size, folds):  # type: ignore[no-untyped-def]
    """Half-plane spectra of point sources, aliases folded in; shape (M, size, size // 2 + 1)."""
    M, half = len(flux), size // 2
    out = np.zeros((M, size, half + 1), np.complex64)
    step = np.float32(2 * np.pi / size)
    for m in range(M):
        if flux[m] == 0:
            continue
        curve = _psf_curve(beta[m], table)
        ex = _shift(x[m], size, size, flux[m])
        ey = _shift(y[m], size, size, 1.0)
        c, s = np.float32(np.cos(angle[m])), np.float32(np.sin(angle[m]))
        long = np.float32(alpha[m] / np.sqrt(q[m])) * step / np.float32(_X_STEP)
        short = np.float32(alpha[m] * np.sqrt(q[m])) * step / np.float32(_X_STEP)
        limit = np.float32((len(curve) - 2) ** 2)
        for row in range(size):
            for col in range(half + 1):
                total = np.complex64(0)
                for a in range(folds):
                    ky = row - size * (a if folds == 2 else row > half)
                    for b in range(folds):
                        kx = col - size * b
                        u = (c * kx + s * ky) * long
                        v = (c * ky - s * kx) * short
                        r2 = u * u + v * v
                        if r2 < limit:
                            r = np.sqrt(r2)
                            i = int(r)
                            w = r - np.float32(i)
                            psf = curve[i] + w * (curve[i + 1] - curve[i])
                            total += psf * ex[kx + size] * ey[ky + size]
                out[m, row, col] = total
    return out


_SHAPE = (
    "disc_radius",
    "bulge_radius",
    "bulge_fraction",
    "disc_axis_ratio",
    "bulge_axis_ratio",
    "angle",
)


@njit(cache=True, fastmath=True)
def _galaxy_spectra(  # type: ignore[no-untyped-def]
    flux, x, y, psf, galaxy, psf_table, bulge_first, bulge_step, bulge_table, box, fine
):
    """Spectra of one galaxy under the PSF of each of its images; (E, size, size // 2 + 1).

    The box measures `box` pixels and is sampled `fine` times a pixel: size = box × fine.
    """
    E, size = len(flux), box * fine
    half = size // 2
    disc_radius, bulge_radius, fraction, disc_q, bulge_q, angle = galaxy  # as in _SHAPE
    profile = np.empty((size, half + 1), np.float32)
    step = 2 * np.pi / box
    c, s = np.cos(angle), np.sin(angle)
    scale = disc_radius / transforms.EXPONENTIAL_HALF_LIGHT
    for row in range(size):
        ky = step * (row if row <= half else row - size)
        for col in range(half + 1):
            kx = step * col
            u2, v2 = (c * kx + s * ky) ** 2, (c * ky - s * kx) ** 2
            disc = (1 + (u2 / disc_q + v2 * disc_q) * scale**2) ** -1.5
            k2 = (u2 / bulge_q + v2 * bulge_q) * bulge_radius**2
            bulge = 1.0
            if k2 > 0:
                at = max((0.5 * np.log(k2) - bulge_first) / bulge_step, 0.0)
                i = min(int(at), len(bulge_table) - 2)
                bulge = bulge_table[i] + (at - i) * (bulge_table[i + 1] - bulge_table[i])
            profile[row, col] = (1 - fraction) * disc + fraction * bulge
    out = np.zeros((E, size, half + 1), np.complex64)
    for e in range(E):
        alpha, beta, q, turn = psf[e]
        curve = _psf_curve(beta, psf_table)
        ex = _shift(x[e], box, half, flux[e] * fine**2)
        ey = _shift(y[e], box, half, 1.0)
        c, s = np.cos(turn), np.sin(turn)
        long, short = alpha / np.sqrt(q) * step / _X_STEP, alpha * np.sqrt(q) * step / _X_STEP
        for row in range(size):
            ky = row if row <= half else row - size
            for col in range(half + 1):
                u, v = (c * col + s * ky) * long, (c * ky - s * col) * short
                r = np.sqrt(u * u + v * v)
                i = int(r)
                if i < len(curve) - 1:
                    value = curve[i] + (r - i) * (curve[i + 1] - curve[i])
                    out[e, row, col] = value * profile[row, col] * ex[col + half] * ey[ky + half]
    return out


def _boxes(
    galaxies: Galaxies, stamp: int, short_axis: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Box and fineness of each galaxy in each image, shape (M, E).

    The box is a power of two of pixels that neither the galaxy nor the wings of the PSF leave.
    """
    reach = np.hypot(galaxies.dx, galaxies.dy)
    radius = np.maximum(
        galaxies.disc_radius / np.sqrt(galaxies.disc_axis_ratio),
        galaxies.bulge_radius / np.sqrt(galaxies.bulge_axis_ratio),
    )
    needed = (stamp + 2 * reach + 16 * radius)[:, None]
    least = np.where(short_axis > WIDE, 3.0, 1.5) * stamp
    box = 2 ** np.ceil(np.log2(np.clip(needed, least, 24 * stamp))).astype(np.int64)
    return box, np.where(short_axis < SHARP, 2, 1)


def expected(scene: Scene, stamp: int) -> NDArray[np.float32]:
    """Mean image of every exposure of a scene, without noise.

    Returns
    -------
    array, shape (N, E, stamp, stamp)
        ADU per pixel, sky included; 0 where there is no image.
    """
    out = np.where(scene.present, scene.sky, 0.0)[..., None, None].astype(np.float32)
    out = np.repeat(np.repeat(out, stamp, axis=2), stamp, axis=3)
    _add_stars(out, scene)
    _add_galaxies(out, scene)
    return out


def _add_stars(out: NDArray[np.float32], scene: Scene) -> None:
    """Add the point sources to the images, shape (N, E, stamp, stamp)."""
    stamp = out.shape[-1]
    centre = (stamp - 1) / 2
    psf, q = scene.psf, 1 - scene.psf.ellipticity
    light = (scene.flux, scene.x + centre, scene.y + centre, psf.alpha, psf.beta, q, psf.angle)
    lit = scene.present & (scene.flux != 0)
    wide = psf.fwhm * np.sqrt(q) > WIDE
    small = 2 ** int(np.ceil(np.log2(1.5 * stamp)))
    for box, folds, of_box in ((small, 2, lit & ~wide), (2 * small, 1, lit & wide)):
        spectra = _star_spectra(*(v[of_box] for v in light), _moffat_table(), box, folds)
        images = irfft2(spectra, s=(box, box), overwrite_x=True)
        out[of_box] += images[:, :stamp, :stamp]


def _add_galaxies(out: NDArray[np.float32], scene: Scene) -> None:
    """Add the galaxies to the images, shape (N, E, stamp, stamp)."""
    stamp = out.shape[-1]
    centre = (stamp - 1) / 2
    psf, q, galaxies = scene.psf, 1 - scene.psf.ellipticity, scene.galaxies
    profile = np.stack([psf.alpha, psf.beta, q, psf.angle], axis=-1)
    short_axis = (psf.fwhm * np.sqrt(q))[galaxies.row]
    boxes, fines = _boxes(galaxies, stamp, short_axis)
    for g, n in enumerate(galaxies.row):
        shape = tuple(float(getattr(galaxies, name)[g]) for name in _SHAPE)
        there = scene.present[n]
        for box, fine in set(zip(boxes[g, there].tolist(), fines[g, there].tolist(), strict=True)):
            rows = np.flatnonzero(there & (boxes[g] == box) & (fines[g] == fine))
            spectra = _galaxy_spectra(
                galaxies.flux[g, rows],
                scene.x[n, rows] + galaxies.dx[g] + centre,
                scene.y[n, rows] + galaxies.dy[g] + centre,
                profile[n, rows],
                shape,
                _moffat_table(),
                *_bulge_table(),
                box,
                fine,
            )
            images = irfft2(spectra, s=(box * fine, box * fine), overwrite_x=True)
            out[n, rows] += images[:, : stamp * fine : fine, : stamp * fine : fine]

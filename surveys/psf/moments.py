"""Profiles of given adaptive moments, and how elongation acts on those of higher order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveys.psf.profile import PsfShape
from surveys.psf.systematics import COMPONENTS

OF_SKEW, OF_TREFOIL = 2.1, 2.9
"""How elongation e, complex as e1 + i e2, acts on coma and trefoil of the same profile: it has the
skewness S₀ + 2.1 e S₀* and the trefoil T₀ + 2.9 e S₀, S₀ and T₀ free of it. Within objects, real
stamps of HiTS show slopes of 2.3 and 3.1, simulated ones 2.4 and 3.2."""

MOST_SHEAR, MOST_COMA, WINGS = 0.35, 0.5, (0.1, 1.9)
"""Draws stop here, far out in their tails: shear, coma and trefoil over the Gaussian's FWHM, and
ln(β − 1)."""


TURNING = [COMPONENTS.index(name) for name in ("e1", "skew_x", "trefoil_x")]
"""Index of the first of the two components of each moment that turns with the profile."""


def of_departures(departure: NDArray[np.float64]) -> NDArray[np.float64]:
    """The moments of departures, which go together linearly alone; shape (..., K).

    They are the same but for the skewness and the trefoil that elongation makes of coma.
    """
    e, skew, trefoil = _turning(departure)
    return _with(departure, skew + OF_SKEW * e * skew.conj(), trefoil + OF_TREFOIL * e * skew)


def to_departures(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `of_departures`."""
    e, skew, trefoil = _turning(moments)
    free = (skew - OF_SKEW * e * skew.conj()) / (1 - OF_SKEW**2 * np.abs(e) ** 2)
    return _with(moments, free, trefoil - OF_TREFOIL * e * free)


def _turning(values: NDArray[np.float64]) -> tuple[NDArray[np.complex128], ...]:
    """Elongation, no larger than `MOST_SHEAR`, skewness and trefoil as complex numbers."""
    e, skew, trefoil = (values[..., k] + 1j * values[..., k + 1] for k in TURNING)
    return _within(e, MOST_SHEAR), skew, trefoil


def _with(
    values: NDArray[np.float64], skew: NDArray[np.complex128], trefoil: NDArray[np.complex128]
) -> NDArray[np.float64]:
    out = np.array(values)
    for k, value in zip(TURNING[1:], (skew, trefoil), strict=True):
        out[..., k], out[..., k + 1] = value.real, value.imag
    return out


def psf_shape(moments: NDArray[np.float64], fwhm: NDArray[np.float64]) -> PsfShape:
    """The profiles of given adaptive moments.

    The numbers are fitted to the moments of 4,200 profiles on noiseless stamps, of FWHM 3 to 6 px
    and drawn from the table of HiTS or turned at random, and give each within a tenth of its range
    (`tests/oracles/test_moments.py`).

    Parameters
    ----------
    moments : array, shape (..., K)
        As `surveys.psf.systematics.COMPONENTS` list them.
    fwhm : array, shape (...)
        Expected for the logged seeing, pixels.
    """
    width, e1, e2, kurtosis, skew_x, skew_y, trefoil_x, trefoil_y = (
        moments[..., k] for k in range(8)
    )
    seen = fwhm * np.exp(width)  # FWHM of the Gaussian of these moments
    small = np.minimum(seen**-2.0, 0.2)  # what pixels and defocus count for, pixels⁻²
    off = small - 1 / 16
    # Moments that turn once, twice or three times when the profile turns; less those of the lobes.
    skew = skew_x + 1j * skew_y - (0.0021 + 0.0008j)
    shear = e1 + 1j * e2 - (0.0037 + 0.0029j)
    three = trefoil_x + 1j * trefoil_y - (0.0012 + 0.0020j)

    # Aberrations skew in proportion beside defocus, by their cubes without.
    coma = _coma(skew, small)
    coma = _within(_coma(skew - 2.719 * small * shear * coma.conj(), small), MOST_COMA)
    c2 = np.abs(coma) ** 2
    three = three - 0.93 * shear * skew  # coma under elongation has trefoil
    trefoil = _within(three / (2.378 * small + 1.398 * c2), MOST_COMA)
    t2 = np.abs(trefoil) ** 2
    shear = shear - 0.526 * coma**2 - 1.907 * trefoil * coma.conj()
    shear = shear / np.maximum(2.123 + 4.599 * off - 2.625 * (c2 + 0.6 * t2), 1.0)
    shear = _within(shear, MOST_SHEAR)
    peaked = kurtosis - 2.11 + 0.308 * off + 0.143 * c2 + 0.157 * t2
    slope = -15.94 + 46.34 * peaked - 60.31 * off - 43.80 * c2
    wings = np.clip(1.447 + slope * peaked, *WINGS)
    narrower = -0.3388 + 0.0964 * wings + (0.2081 * wings - 2.074) * off
    narrower = narrower - 0.987 * c2 - 2.037 * c2**2 - 0.776 * t2
    g = np.abs(shear)
    return PsfShape(
        fwhm=seen * np.exp(np.maximum(narrower, -0.8)),
        beta=1 + np.exp(wings),
        ellipticity=2 * g / (1 + g),
        angle=0.5 * np.angle(shear) % np.pi,
        coma_x=seen * coma.real,
        coma_y=seen * coma.imag,
        trefoil_x=seen * trefoil.real,
        trefoil_y=seen * trefoil.imag,
    )


def _coma(skew: NDArray[np.complex128], small: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Coma over the FWHM: the root c of skew = c (1.730 small + 0.6564 |c|²), which is one."""
    size = np.maximum(np.abs(skew), 1e-9)
    flat = np.sqrt(1.730 * small / (3 * 0.6564))
    return 2 * flat * np.sinh(np.arcsinh(size / (2 * 0.6564 * flat**3)) / 3) * skew / size


def _within(value: NDArray[np.complex128], most: float) -> NDArray[np.complex128]:
    """The same, no larger than `most`."""
    return value * np.minimum(1, most / np.maximum(np.abs(value), 1e-9))

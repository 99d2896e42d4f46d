"""Magnitudes of spectra through the survey's filter, on grids of redshift computed once.

A supernova's magnitude is read off such a grid and costs no integral.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveys.errors import UsageError

R_V = 3.0
"""Total to selective extinction in supernova hosts [Carrasco-Davis et al. 2018, §2.2]."""

REDSHIFTS = np.arange(0, 1.21, 0.01)
_AB = 3.631e-20 * 2.99792458e18  # erg/s/cm²/Hz of magnitude 0, times c in Å/s
_FAINTEST = 5.0  # absolute magnitude that stands for no light at all


@dataclass(frozen=True)
class MagnitudeGrid:
    """Magnitude at 10 pc over some axis x and redshift, before and per magnitude of extinction.

    Attributes
    ----------
    start, step : float
        Of the x axis; values beyond its ends count as the ends.
    magnitude : array, shape (X, Z)
        AB magnitude at 10 pc of a spectrum redshifted by `redshifts`: K-corrected, without the
        distance modulus.
    extinction : array, shape (X, Z)
        By how much one magnitude of A_V in the host dims it.
    redshifts : array, shape (Z,)
        Evenly spaced, from 0.
    """

    start: float
    step: float
    magnitude: NDArray[np.float64]
    extinction: NDArray[np.float64]
    redshifts: NDArray[np.float64] = field(default_factory=lambda: REDSHIFTS)

    def at(self, x: ArrayLike, redshift: ArrayLike, a_v: ArrayLike) -> NDArray[np.float64]:
        """Magnitudes at 10 pc, by bilinear interpolation; NaN where x is NaN.

        Parameters
        ----------
        x, redshift, a_v : arrays that broadcast to one shape
        """
        x, redshift = np.asarray(x, np.float64), np.asarray(redshift, np.float64)
        i, part_x = _cell((x - self.start) / self.step, len(self.magnitude))
        Z = len(self.redshifts)
        j, part_z = _cell(redshift / self.redshifts[1], Z)
        here = i * Z + j

        def read(grid: NDArray[np.float64]) -> NDArray[np.float64]:
            flat = grid.ravel()
            low, high = ((1 - part_z) * flat[at] + part_z * flat[at + 1] for at in (here, here + Z))
            return (1 - part_x) * low + part_x * high

        m, k = read(self.magnitude), read(self.extinction)
        return np.where(np.isfinite(x), m + np.asarray(a_v) * k, np.nan)


def _cell(place: NDArray[np.float64], n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Lower neighbour on an axis of n points and the way from it to the next; ends hold beyond."""
    place = np.clip(np.nan_to_num(place), 0, n - 1)
    low = np.minimum(place.astype(np.int64), n - 2)
    return low, place - low


def magnitude_grid(
    bandpass: str,
    x: NDArray[np.float64],
    spectrum: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    redshifts: NDArray[np.float64] = REDSHIFTS,
) -> MagnitudeGrid:
    """Compute a grid.

    Parameters
    ----------
    bandpass : str
        Name of the filter in speclite.
    x : array, shape (X,)
        Evenly spaced.
    spectrum : function
        Of rest wavelengths (W,), Å, gives flux at 10 pc (X, W), erg/s/cm²/Å.
    redshifts : array, shape (Z,)
        Evenly spaced, from 0.
    """
    from sncosmo import CCM89Dust  # a second that --help need not wait for

    wave, weight = passband(bandpass)
    zero = _AB * np.sum(weight / wave**2)
    dust = CCM89Dust()
    dust.set(ebv=1 / R_V, r_v=R_V)
    grids = np.empty((2, len(x), len(redshifts)))
    for k, z in enumerate(redshifts):
        flux = spectrum(wave / (1 + z)) / (1 + z)
        dimmed = dust.propagate(wave / (1 + z), flux)
        for grid, light in zip(grids, (flux, dimmed), strict=True):
            counts = np.maximum(np.sum(light * weight, axis=1), 1e-300)
            grid[:, k] = -2.5 * np.log10(counts / zero)
    bare, red = grids
    shines = bare < _FAINTEST  # elsewhere the interpolated spectra may even be negative
    dimming = np.where(shines, red - bare, np.median(red - bare, axis=0))
    return MagnitudeGrid(x[0], x[1] - x[0], np.minimum(bare, _FAINTEST), dimming, redshifts)


@cache
def passband(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wavelengths (Å) of a filter and the weight λ T(λ) Δλ of a photon-counting integral.

    Raises
    ------
    UsageError
        If speclite has no filter of that name.
    """
    from speclite import filters

    try:
        curve = filters.load_filter(name)
    except ValueError as error:
        raise UsageError(
            f"bandpass: expected a filter of speclite, such as decam2014-g; got {name!r}"
        ) from error
    wave, response = np.asarray(curve.wavelength), np.asarray(curve.response)
    inside = response > 1e-5 * response.max()  # with the leak in the red: distant ones shine there
    return wave[inside], (wave * response * np.gradient(wave))[inside]

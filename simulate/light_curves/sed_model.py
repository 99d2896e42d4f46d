"""What a filter sees of a series of spectra: magnitudes over age, redshift and dust, by sncosmo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.light_curves.sed_series import LEAST, Series
from simulate.light_curves.synthetic import MagnitudeGrid, magnitude_grid, passband
from simulate.population import cosmology
from surveys.errors import UsageError

SIGMAS = 4.0
"""At which the scatter of the peak is cut off."""

STEP, STEPS = 0.05, 4000
"""Ages among which those are sought at which magnitudes are kept: days apart, and how many."""

TOLERANCE, DEPTH = 0.003, 6.0
"""Largest error of the interpolation between them, mag, and how far below the peak it matters."""

EVEN = 3.0
"""Longest over shortest way between two phases that are taken to be evenly spaced."""

TAIL, DECLINE = 10.0, 0.0098
"""After its last spectrum a model declines as in its last 10 days, and at least at the rate of
⁵⁶Co, mag/day."""

REDSHIFT_STEP = 0.0025
"""Of the grids: at 0.01, lines that enter the filter make errors of 0.03 mag."""

ESSENTIAL = 0.01
"""Response over its maximum from which on a filter's wavelengths must be covered. A series gives no
light beyond its ends."""


@dataclass(frozen=True)
class Model:
    """A series as one filter sees it.

    Attributes
    ----------
    series : Series
        Without its spectra.
    grid : MagnitudeGrid
        Against the index of an age.
    age : array, shape (X,)
        Days since the first spectrum.
    span : float
        Days from first to last spectrum.
    brightest : array, shape (Z,)
        Apparent magnitude of the brightest one at or beyond each redshift of the grid, without
        dust.
    rise : float
        Days from the first spectrum to the peak, at the redshift where it takes longest.
    """

    series: Series
    grid: MagnitudeGrid
    age: NDArray[np.float64]
    span: float
    brightest: NDArray[np.float64]
    rise: float

    @property
    def peak(self) -> float:
        """Magnitude at 10 pc at its brightest, nearby and without dust."""
        return float(self.grid.magnitude[:, 0].min())

    def absolute(
        self, age: NDArray[np.float64], redshift: NDArray[np.float64], a_v: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Magnitude at 10 pc, K-corrected and reddened, some days after the first spectrum.

        Parameters
        ----------
        age : array, shape (N, E)
            In the rest frame.
        redshift, a_v : arrays, shape (N, 1)

        Returns
        -------
        array, shape (N, E)
            NaN before the first spectrum.
        """
        m = self.grid.at(np.where(age >= 0, self._index(age), np.nan), redshift, a_v)
        after = np.maximum(age - self.span, 0)
        if not (after > 0).any():
            return m
        tail = min(TAIL, self.span)
        last, before = (
            self.grid.at(np.full_like(redshift, self._index(days)), redshift, a_v)
            for days in (self.span, self.span - tail)
        )
        return m + np.nan_to_num(after) * np.maximum((last - before) / tail, DECLINE)

    def reach(self, deepest: NDArray[np.float64]) -> NDArray[np.float64]:
        """Redshift beyond which visits of some depth see none of the model's, shape (N,)."""
        z = self.grid.redshifts
        first_unseen = np.searchsorted(self.brightest, deepest)
        return np.minimum(z[np.clip(first_unseen, 1, len(z) - 1)], self.series.farthest)

    def _index(self, age: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Place of an age on the grid's axis."""
        return np.asarray(np.interp(age, self.age, np.arange(len(self.age))))


def source(series: Series) -> Any:
    """A series in sncosmo, scaled to its peak magnitude if it has one.

    Raises
    ------
    UsageError
        If its band is none, or not covered.
    """
    import sncosmo  # a second that --help need not wait for

    out = sncosmo.TimeSeriesSource(
        series.phase,
        series.wave,
        series.flux,
        time_spline_degree=time_degree(series.phase),
        name=series.name,
    )
    if series.band:
        try:
            wave, weight = passband(series.band)
        except ValueError as error:
            raise UsageError(
                f"{series.path}: expected a band that speclite has, such as bessell-B or "
                f"decam2014-g, got {series.band} ({error})"
            ) from error
        inside = _check_cover(series, series.band, 0.0)
        response = (weight / wave / np.gradient(wave))[inside]
        band = sncosmo.Bandpass(wave[inside], response, name=series.band)
        out.set_peakmag(series.peak_magnitude, band, "ab")
    return out


def time_degree(phase: NDArray[np.float64]) -> int:
    """Degree of sncosmo's spline in time: cubic, its default, or lines where a cubic would ring.

    Between spectra of one night and of the next, as of SN 2013fs, a cubic dips by 1.5 mag.
    """
    gaps = np.diff(phase)
    return 3 if len(phase) > 3 and gaps.max() <= EVEN * gaps.min() else 1


def _check_cover(series: Series, bandpass: str, redshift: float) -> NDArray[np.bool_]:
    """Which wavelengths of a filter matter; an error if a series lacks one up to a redshift."""
    wave, weight = passband(bandpass)
    response = weight / wave / np.gradient(wave)
    matters = response > ESSENTIAL * response.max()
    blue, red = wave[matters][0] / (1 + redshift), wave[matters][-1]
    if series.wave[0] > blue or series.wave[-1] < red:
        nearer = wave[matters][0] / series.wave[0] - 1
        remedy = "extend the spectra"
        if series.wave[-1] >= red and nearer > LEAST:
            remedy += f", or give farthest = {np.floor(100 * nearer) / 100:g} in models.csv"
        raise UsageError(
            f"{series.path}: expected wavelengths from {blue:.0f} to {red:.0f} Å ({bandpass} out "
            f"to redshift {redshift:g}), got {series.wave[0]:g} to {series.wave[-1]:g} Å; {remedy}"
        )
    return matters


def see(series: Series, bandpass: str) -> Model:
    """Compute what a filter sees of a series.

    Raises
    ------
    UsageError
        If the spectra do not cover the filter out to their redshift limit, or its band is unknown.
    """
    _check_cover(series, bandpass, series.farthest)
    spectra = source(series)
    span = float(series.phase[-1] - series.phase[0])

    def grid_at(age: NDArray[np.float64], redshifts: NDArray[np.float64]) -> MagnitudeGrid:
        def flux(wave: NDArray[np.float64]) -> NDArray[np.float64]:
            inside = (wave >= series.wave[0]) & (wave <= series.wave[-1])
            out = np.zeros((len(age), len(wave)))
            out[:, inside] = spectra.flux(series.phase[0] + age, wave[inside])
            return out

        return magnitude_grid(bandpass, np.arange(len(age), dtype=np.float64), flux, redshifts)

    days = np.arange(0, span, max(STEP, span / STEPS))
    days = np.unique(np.concatenate([days, series.phase - series.phase[0]]))
    age = days[_knots(days, grid_at(days, np.linspace(0, series.farthest, 8)).magnitude)]
    redshifts = np.arange(0, series.farthest + REDSHIFT_STEP, REDSHIFT_STEP)
    grid = grid_at(age, redshifts)
    peak = grid.magnitude.min(axis=0) - SIGMAS * series.peak_scatter
    apparent = peak + cosmology.distance_modulus(redshifts)
    brightest = np.minimum.accumulate(apparent[::-1])[::-1]
    rise = float(age[grid.magnitude.argmin(axis=0)].max())
    grid = replace(
        grid,
        magnitude=grid.magnitude.astype(np.float32),
        extinction=grid.extinction.astype(np.float32),
    )
    return Model(replace(series, flux=series.flux[:0]), grid, age, span, brightest, rise)


def _knots(x: NDArray[np.float64], curves: NDArray[np.float64]) -> NDArray[np.int64]:
    """Points between which lines follow all curves (X, Z) of magnitudes within `TOLERANCE`.

    The farthest point from a line is added until none is too far (Douglas & Peucker 1973).
    """
    curves = np.minimum(curves, curves.min(axis=0) + DEPTH)
    keep, open_ = {0, len(x) - 1}, [(0, len(x) - 1)]
    while open_:
        a, b = open_.pop()
        part = ((x[a : b + 1] - x[a]) / (x[b] - x[a]))[:, None]
        away = np.abs(curves[a : b + 1] - (1 - part) * curves[a] - part * curves[b]).max(axis=1)
        k = a + int(away.argmax())
        if away.max() > TOLERANCE and a < k < b:
            keep.add(k)
            open_ += [(a, k), (k, b)]
    return np.array(sorted(keep))

"""Supernovae, or what else explodes, after a user's own series of spectra.

As the built-in types, they explode at a uniform date behind the dust of their hosts and are kept if
the survey finds them; rate and hosts are those of type Ia or II, as the series' table says.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movies import console
from simulate import cosmology
from simulate.light_curves import sed_series, sn_ia, sn_ii
from simulate.light_curves.explosions import (
    explosion_date,
    host_extinction,
    is_found,
    truncated_normal,
)
from simulate.light_curves.light_curves import LightCurves, Visits, keep
from simulate.light_curves.sed_series import LEAST, MOST, Series
from simulate.light_curves.synthetic import MagnitudeGrid, magnitude_grid, passband
from simulate.streams import Streams
from surveys.errors import UsageError
from surveys.survey import Survey

SHARES = {"Ia": sn_ia.redshift_shares, "II": sn_ii.redshift_shares}
"""Redshifts of the explosions: the rates of Dilday et al. (2010) and Madau & Dickinson (2014)."""

NEAR = 0.02
"""Redshift within which the rates of all types are still what they are today."""

MANY = 20
"""Series from which on a progress bar tells how far their magnitudes are."""

CANDIDATES = 32
SIGMAS = 4.0  # at which the scatter of the peak is cut off

STEP, STEPS = 0.05, 4000
"""Ages among which those are sought at which magnitudes are kept: days apart, and how many."""

TOLERANCE, DEPTH = 0.003, 6.0
"""Largest error of the interpolation between them, mag, and how far below the peak it matters."""

EVEN = 3.0
"""Longest over shortest way between two phases that are taken to be evenly spaced."""

TAIL, DECLINE = 10.0, 0.0098
"""After its last spectrum a model declines as in its last 10 days, and at least at the rate of
⁵⁶Co, mag/day."""

SUDDEN = 2.5
"""A series that begins no fainter than this below its peak, mag, has no rise to speak of."""

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

    def _index(self, age: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Place of an age on the grid's axis."""
        return np.asarray(np.interp(age, self.age, np.arange(len(self.age))))


@dataclass(frozen=True)
class SedGrid:
    """A generator of explosions after series of spectra; see `read`.

    Attributes
    ----------
    series : tuple of Series
    fingerprint : str
        Of the files: what tells two runs apart.
    seen : dict
        The models in each filter asked for so far.
    """

    series: tuple[Series, ...]
    fingerprint: str
    seen: dict[str, tuple[Model, ...]] = field(default_factory=dict, repr=False)

    def prepared(self, label: str, survey: Survey) -> SedGrid:
        """The generator with its magnitudes in the survey's filter computed.

        Raises
        ------
        UsageError
            If spectra do not cover the filter out to their redshift limit, or a band is unknown.
        """
        models = self.models(survey.bandpass)
        sudden = {
            model.series.name: start
            for model in models
            if (start := float(model.grid.magnitude[0, 0] - model.grid.magnitude[:, 0].min()))
            < SUDDEN
        }
        if sudden:
            name, least = min(sudden.items(), key=lambda entry: entry[1])
            console.note(
                f"class {label}: {len(sudden)} of {len(models)} series begin less than {SUDDEN} "
                f"mag below their peak, and their objects appear at once: {name} at {least:.1f}"
            )
        # Without the spectra, which no worker needs.
        series = tuple(model.series for model in models)
        return SedGrid(series, self.fingerprint, {survey.bandpass: models})

    def models(self, bandpass: str) -> tuple[Model, ...]:
        """All models in a filter; computed once."""
        if bandpass not in self.seen:
            if len(self.series) < MANY:
                self.seen[bandpass] = tuple(_model(one, bandpass) for one in self.series)
            else:
                found = []
                with console.progress("spectral series", len(self.series)) as advance:
                    for one in self.series:
                        found.append(_model(one, bandpass))
                        advance(1)
                self.seen[bandpass] = tuple(found)
        return self.seen[bandpass]

    def __call__(self, streams: Streams, visits: Visits, survey: Survey) -> LightCurves:
        """Draw N explosions that the survey finds on their way up.

        Returns
        -------
        LightCurves
            With the parameters ``magnitude`` (at the brightest visit), ``subtype`` (Ia or II),
            ``model`` (file), ``redshift``, ``explosion`` (MJD of the first spectrum),
            ``peak_offset`` (mag) and ``a_v``.

        Raises
        ------
        SkymovieError
            If the visits of an object never find one.
        """
        found = keep(
            partial(self.draw, survey=survey),
            is_found,
            streams,
            visits,
            "an explosion after the spectral series that the survey finds",
            CANDIDATES,
        )
        found.parameters.insert(0, "magnitude", np.nanmin(found.magnitude, axis=1))
        return found

    def draw(self, streams: Streams, visits: Visits, survey: Survey) -> LightCurves:
        """Draw N explosions of those near enough to be seen at all, found or not.

        A model's chance is its weight times the explosions out to where its brightest reach the
        deepest visit, and the redshift is drawn up to there: farther ones would only be rejected.
        """
        models = self.models(survey.bandpass)
        u = streams.random(6)
        deepest = np.nanmax(visits.limiting_magnitude, axis=1)
        limit = np.stack([_reach(model, deepest) for model in models], axis=1)  # (N, K)
        count = np.stack(
            [
                model.series.weight * _explosions(model.series.subtype, limit[:, k])
                for k, model in enumerate(models)
            ],
            axis=1,
        )
        below = np.cumsum(count, axis=1)
        kind = (u[:, :1] * below[:, -1:] > below[:, :-1]).sum(axis=1)
        row = np.arange(len(u))
        before = max(model.rise * (1 + model.series.farthest) for model in models)
        explosion = explosion_date(u[:, 2], visits, before)
        a_v = host_extinction(u[:, 3])
        score = truncated_normal(u[:, 4], 0.0, 1.0, -SIGMAS, SIGMAS)
        redshift, offset = np.empty(len(u)), np.empty(len(u))
        magnitude = np.empty(visits.mjd.shape)
        for k in np.unique(kind):
            some, model = row[kind == k], models[k]
            share, z = SHARES[model.series.subtype](MOST)
            redshift[some] = np.interp(u[some, 1] * np.interp(limit[some, k], z, share), share, z)
            offset[some] = model.series.peak_scatter * score[some] + 0.0  # and no −0
            age = (visits.mjd[some] - explosion[some, None]) / (1 + redshift[some, None])
            m = model.absolute(age, redshift[some, None], a_v[some, None])
            shift = cosmology.distance_modulus(redshift[some]) + offset[some]
            magnitude[some] = m + shift[:, None]
        parameters = pd.DataFrame(
            {
                "subtype": np.array([model.series.subtype for model in models], object)[kind],
                "model": np.array([model.series.name for model in models], object)[kind],
                "redshift": redshift,
                "explosion": explosion,
                "peak_offset": offset,
                "a_v": a_v,
            }
        )
        return LightCurves(magnitude, parameters)


def read(path: str | Path) -> SedGrid:
    """Learn a class from series of spectra.

    Parameters
    ----------
    path : path
        A folder or a file; see `simulate.light_curves.sed_series.read`.

    Returns
    -------
    SedGrid
        For `simulate.write(..., own={"supernova": read("my_seds")})`.

    Raises
    ------
    UsageError
        If there is none, or a file or row is not as it must be.
    SkymovieError
        If a file is damaged.
    """
    series = sed_series.read(path)
    digest = hashlib.sha256()
    table = Path(path) / sed_series.MODELS
    for file in [one.path for one in series] + ([table] if table.exists() else []):
        digest.update(file.name.encode() + file.read_bytes())
    return SedGrid(tuple(series), digest.hexdigest()[:16])


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
                f"decam2014-g, came {series.band} ({error})"
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
            f"to redshift {redshift:g}), came {series.wave[0]:g} to {series.wave[-1]:g} Å; {remedy}"
        )
    return matters


def _model(series: Series, bandpass: str) -> Model:
    """Compute what a filter sees of a series."""
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


def _reach(model: Model, deepest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Redshift beyond which visits of some depth see none of a model's, shape (N,)."""
    z = model.grid.redshifts
    first_unseen = np.searchsorted(model.brightest, deepest)
    return np.minimum(z[np.clip(first_unseen, 1, len(z) - 1)], model.series.farthest)


def _explosions(subtype: str, redshift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Explosions out to a redshift, per those within `NEAR`."""
    share, z = SHARES[subtype](MOST)
    return np.interp(redshift, z, share) / np.interp(NEAR, z, share)

"""Supernovae, or what else explodes, after a user's own series of spectra.

As the built-in types, they explode at a uniform date behind the dust of their hosts and are kept if
the survey finds them; rate and hosts are those of type Ia or II, as the series' table says.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves import sed_series, sn_ia, sn_ii
from simulate.light_curves.explosions import (
    explosion_date,
    host_extinction,
    is_found,
    truncated_normal,
)
from simulate.light_curves.light_curves import LightCurves, Visits, keep
from simulate.light_curves.sed_model import SIGMAS, Model, see
from simulate.light_curves.sed_series import MOST, Series
from simulate.population import cosmology
from simulate.population.rngs import ObjectRNGs
from skymovie.cli import console
from surveys.files.paths import local
from surveys.survey import Survey

SHARES = {"Ia": sn_ia.redshift_shares, "II": sn_ii.redshift_shares}
"""Redshifts of the explosions: the rates of Dilday et al. (2010) and Madau & Dickinson (2014)."""

NEAR = 0.02
"""Redshift within which the rates of all types are still what they are today."""

MANY = 20
"""Series from which on a progress bar tells how far their magnitudes are."""

CANDIDATES = 32

PLAUSIBLE = (-25.0, -5.0)
"""Absolute magnitudes at peak from superluminous supernovae to the faintest novae, generously."""

SUDDEN = 2.5
"""A series that begins no fainter than this below its peak, mag, has no rise to speak of."""


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
        # Without the spectra, which no worker needs.
        series = tuple(model.series for model in models)
        return SedGrid(series, self.fingerprint, {survey.bandpass: models})

    def models(self, bandpass: str) -> tuple[Model, ...]:
        """All models in a filter; computed once."""
        if bandpass not in self.seen:
            if len(self.series) < MANY:
                self.seen[bandpass] = tuple(see(one, bandpass) for one in self.series)
            else:
                found = []
                with console.progress("spectral series", len(self.series)) as advance:
                    for one in self.series:
                        found.append(see(one, bandpass))
                        advance(1)
                self.seen[bandpass] = tuple(found)
            _note_sudden(self.seen[bandpass])
            _note_odd(self.seen[bandpass], bandpass)
        return self.seen[bandpass]

    def _peaks(self, bandpass: str) -> str:
        """Where the models peak, in words for an error."""
        peaks = [model.peak for model in self.models(bandpass)]
        span = f"{min(peaks):.1f}" + (f" to {max(peaks):.1f}" if len(peaks) > 1 else "")
        return (
            f"which peak at an absolute magnitude of {span} in {bandpass}; peak_magnitude in "
            f"{sed_series.MODELS} scales them"
        )

    def __call__(self, rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
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
            rngs,
            visits,
            f"an explosion after the spectral series ({self._peaks(survey.bandpass)}) that the "
            "survey finds",
            CANDIDATES,
        )
        found.parameters.insert(0, "magnitude", np.nanmin(found.magnitude, axis=1))
        return found

    def draw(self, rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
        """Draw N explosions of those near enough to be seen at all, found or not.

        A model's chance is its weight times the explosions out to where its brightest reach the
        deepest visit, and the redshift is drawn up to there: farther ones would only be rejected.
        """
        models = self.models(survey.bandpass)
        u = rngs.random(5)
        deepest = np.nanmax(visits.limiting_magnitude, axis=1)
        limit = np.stack([model.reach(deepest) for model in models], axis=1)  # (N, K)
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
    beside = [local(path) / name for name in (sed_series.MODELS, sed_series.SNANA)]
    for file in [one.path for one in series] + [file for file in beside if file.exists()]:
        digest.update(file.name.encode() + file.read_bytes())
    return SedGrid(tuple(series), digest.hexdigest()[:16])


def _note_sudden(models: tuple[Model, ...]) -> None:
    """Tell of series that begin when the light curve is well up."""
    begins = {
        model.series.name: float(model.grid.magnitude[0, 0] - model.grid.magnitude[:, 0].min())
        for model in models
    }
    sudden = [name for name in begins if begins[name] < SUDDEN]
    if sudden:
        worst = min(sudden, key=lambda name: begins[name])
        console.note(
            f"{len(sudden)} of {len(models)} spectral series begin less than {SUDDEN} mag below "
            f"their peak, and their objects appear at once: {worst} at {begins[worst]:.1f}"
        )


def _note_odd(models: tuple[Model, ...], bandpass: str) -> None:
    """Tell of series whose flux is in other units than those that are meant."""
    odd = [model for model in models if not PLAUSIBLE[0] <= model.peak <= PLAUSIBLE[1]]
    if odd:
        first = odd[0]
        console.note(
            f"{len(odd)} of {len(models)} spectral series peak where no explosion does: "
            f"{first.series.name} at an absolute magnitude of {first.peak:.1f} in {bandpass}; flux "
            "is taken as erg/s/cm²/Å at 10 pc, and peak_magnitude with its band in "
            f"{sed_series.MODELS} scales a series of arbitrary units"
        )


def _explosions(subtype: str, redshift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Explosions out to a redshift, per those within `NEAR`."""
    share, z = SHARES[subtype](MOST)
    return np.interp(redshift, z, share) / np.interp(NEAR, z, share)

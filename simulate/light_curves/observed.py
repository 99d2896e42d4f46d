"""Classes made of observed light curves: Gaussian processes give each star for any date.

As Carrasco-Davis et al. (2018, §2.2) did for their Cepheids. Where a star's measurements say little
(between the nights of a fold, in a season's gap) the posterior mean falls back to the star's mean,
and an object that followed it would vary less than any star does. Objects therefore follow draws
from the posterior: each agrees with the measurements within their errors and varies as the star
does elsewhere. It is another star of that kind, not a copy; where the measurements are dense and
good the two are the same.

A star with a period is folded, and its objects begin at any phase. Without one, variation that is
faster than the measurements follow keeps its amplitude and gets their pace. Such a star is taken as
it was from some date on, in the first half of its observations or as late as the survey still
finds room. What the survey sees after the last measurement follows the process alone: it goes on
from the value and slope there and forgets them over its length scale.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from simulate.light_curves import clean, gaussian_process, observed_table
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.light_curves.observed_table import Star
from simulate.population import magnitudes
from simulate.population.rngs import ObjectRNGs
from skymovie.cli import console
from surveys.errors import UsageError
from surveys.files.paths import local
from surveys.survey import Survey

DRAWS = 16
"""Curves drawn from the posterior of each star, among which its objects choose."""

GIVE = 0.1
"""By how much a curve may leave the range of its star's measurements, in that range."""

WILD = 3.0
"""Range of the process over that of the measurements from which on a fit is refused."""

MOST_LEFT_OUT = 0.2
"""Share of a star's measurements that may be left out as bad."""

MANY = 50
"""Stars from which on a progress bar tells how far the fits are."""


@dataclass(frozen=True)
class _Curves:
    """The drawn curves of one star, less the mean of each over the points.

    `points` has shape (DRAWS, G), float32; `centre` is where the process falls back to, `slope` the
    derivative at the end, `low` and `high` the measured range, all of shape (DRAWS,); `span` is in
    days, `rate` is √3/ℓ; `left_out` counts measurements that nothing near them confirms.
    """

    points: NDArray[np.float32]
    span: float = np.nan
    centre: NDArray[np.float64] | float = 0.0
    slope: NDArray[np.float64] | float = 0.0
    sigma: float = 0.0
    rate: float = 1.0
    low: NDArray[np.float64] | float = 0.0
    high: NDArray[np.float64] | float = 0.0
    left_out: int = 0


@dataclass(frozen=True)
class ObservedLightCurves:
    """A generator of light curves like those of S stars; see `read`.

    Attributes
    ----------
    star : str array, shape (S,)
    period, span : arrays, shape (S,)
        Days; each star has the one and NaN for the other.
    centre, slope, amplitude : arrays, shape (S, DRAWS)
        Where the process falls back to (mag), derivative at the end (mag/day), and brightest to
        faintest (mag).
    sigma, rate : arrays, shape (S,)
        Standard deviation of the process, mag, and √3 over its length, 1/day.
    low, high : arrays, shape (S, DRAWS)
        The range of the star's measurements, mag.
    first, count : int arrays, shape (S,)
        Where the curves of a star begin in `points`, and how many points each has.
    points : float32 array
        All curves one after the other, mag from the mean.
    fingerprint : str
        Of the table: what tells two runs apart.
    label : str or None
        Class whose magnitude distribution the objects follow; `prepared` sets it.
    """

    star: NDArray[np.str_]
    period: NDArray[np.float64]
    span: NDArray[np.float64]
    centre: NDArray[np.float64]
    slope: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    sigma: NDArray[np.float64]
    rate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    points: NDArray[np.float32]
    fingerprint: str
    label: str | None = None

    def prepared(self, label: str, survey: Survey) -> ObservedLightCurves:
        """The generator of a class of this name.

        Raises
        ------
        UsageError
            If objects of the class need what light curves do not tell.
        """
        if label == "supernova":
            raise UsageError(
                "expected light curves of a class other than supernova, whose host galaxies need "
                "redshifts; name the class otherwise, or give spectra (--sed)"
            )
        return replace(self, label=label)

    def __call__(self, rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
        """Draw N objects, each like one of the stars at any phase or from any date on.

        The mean, over the period or over the star's observations, follows the survey's magnitude
        distribution.

        Returns
        -------
        LightCurves
            With the parameters ``magnitude`` (mean), ``period`` (days, NaN without), ``star`` (its
            ``object_id``), ``draw`` (which of its curves), ``phase`` (added to MJD / period) or
            ``shift`` (days from the star's first measurement to the first visit; each NaN where the
            other holds), and ``amplitude`` (brightest to faintest, mag).
        """
        u = rngs.random(4)
        star, draw = (
            np.floor(u[:, k] * n).astype(np.int64) for k, n in ((0, len(self)), (1, DRAWS))
        )
        mean = magnitudes.draw(u[:, 2], survey.magnitudes, self.label)
        period, span = self.period[star], self.span[star]
        folded = np.isfinite(period)

        since = visits.mjd - np.nanmin(visits.mjd, axis=1)[:, None]
        latest = np.maximum(span - np.nanmax(since, axis=1), span / 2)
        shift = u[:, 3] * latest
        t = since + shift[:, None]
        phase = (visits.mjd / period[:, None] + u[:, 3:]) % 1
        count = self.count[star][:, None]
        at = np.where(folded[:, None], phase * count, t / span[:, None] * (count - 1))
        curve = self._read(star, draw, np.nan_to_num(at), folded)
        beyond = np.flatnonzero((t > span[:, None]).any(axis=1) & (self.sigma[star] > 0))
        if len(beyond):
            normal = rngs.select(beyond).normal(2 * t.shape[1])
            curve[beyond] = self._go_on(
                star[beyond], draw[beyond], t[beyond], curve[beyond], normal
            )
        parameters = pd.DataFrame(
            {
                "magnitude": mean,
                "period": period,
                "star": self.star[star],
                "draw": draw,
                "phase": np.where(folded, u[:, 3], np.nan),
                "shift": shift,
                "amplitude": self.amplitude[star, draw],
            }
        )
        curve = np.where(np.isfinite(visits.mjd), mean[:, None] + curve, np.nan)
        return LightCurves(curve, parameters)

    def __len__(self) -> int:
        return len(self.star)

    def _read(
        self,
        star: NDArray[np.int64],
        draw: NDArray[np.int64],
        at: NDArray[np.float64],
        folded: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Curves (N, E) at some places among their points, by linear interpolation."""
        count = self.count[star][:, None]
        last = np.where(folded[:, None], count - 1, np.maximum(count - 2, 0))
        low = np.clip(at.astype(np.int64), 0, last)
        part = np.clip(at - low, 0, 1)
        first = self.first[star][:, None] + draw[:, None] * count
        left, right = self.points[first + low], self.points[first + (low + 1) % count]
        return (1 - part) * left + part * right

    def _go_on(
        self,
        star: NDArray[np.int64],
        draw: NDArray[np.int64],
        t: NDArray[np.float64],
        curve: NDArray[np.float64],
        normal: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Curves (N, E) whose values after the last measurement are drawn from visit to visit."""
        out, centre, end = curve.copy(), self.centre[star, draw], self.span[star]
        last = self.first[star] + (draw + 1) * self.count[star] - 1
        state = np.stack([self.points[last] - centre, self.slope[star, draw]], axis=1)
        before = end
        for e in range(t.shape[1]):
            now = np.maximum(np.nan_to_num(t[:, e]), before)
            step, root = gaussian_process.transition(now - before, self.rate[star])
            new = self.sigma[star, None] * normal[:, 2 * e : 2 * e + 2]
            state = (step @ state[:, :, None] + root @ new[:, :, None])[:, :, 0]
            out[:, e] = np.where(t[:, e] > end, centre + state[:, 0], curve[:, e])
            before = now
        low, high = self.low[star, draw, None], self.high[star, draw, None]
        return clean.bounded(out, low, high, GIVE * (high - low))


def read(path: str | Path, band: str | None = None) -> ObservedLightCurves:
    """Learn a class from a table of observed light curves.

    Each star gets a Gaussian process of its own, fitted when the table is read: a tenth of a second
    a star, more with many measurements.

    Parameters
    ----------
    path : path
        CSV, ECSV or Parquet; see `simulate.light_curves.observed_table.read` for its columns.
        Magnitudes are those of the survey's band, or are taken to vary alike.
    band : str, optional
        Which band to take of a table that holds several, such as ``g``.

    Returns
    -------
    ObservedLightCurves
        For `simulate.write(..., own={"cepheid": read("my_cepheids.csv")})`.

    Raises
    ------
    UsageError
        If there is no such file, or a column, row or star is not as it must be.
    SkymovieError
        If the file is damaged.
    """
    stars = observed_table.read(path, band)
    # Matrices of a few hundred rows: more threads would wait for one another.
    with threadpool_limits(1, user_api="blas"):
        if len(stars) < MANY:
            curves = [_learn(star) for star in stars]
        else:
            curves = []
            with console.progress("stars fitted", len(stars)) as advance:
                for star in stars:
                    curves.append(_learn(star))
                    advance(1)
    _tell_left_out(path, stars, curves)
    constant = [star.name for star, one in zip(stars, curves, strict=True) if not one.points.any()]
    if constant:
        names = ", ".join(constant[:3]) + (", …" if len(constant) > 3 else "")
        console.note(
            f"{path}: {len(constant)} of {len(stars)} stars do not vary beyond their errors "
            f"({names}), and neither will their objects; if they should, check their periods"
        )
    counts = np.array([one.points.shape[1] for one in curves], np.int64)
    return ObservedLightCurves(
        star=np.array([star.name for star in stars]),
        period=np.array([star.period for star in stars]),
        span=np.array([one.span for one in curves]),
        centre=np.array([np.broadcast_to(one.centre, DRAWS) for one in curves]),
        slope=np.array([np.broadcast_to(one.slope, DRAWS) for one in curves]),
        amplitude=np.array([np.ptp(one.points, axis=1) for one in curves], np.float64),
        sigma=np.array([one.sigma for one in curves]),
        rate=np.array([one.rate for one in curves]),
        low=np.array([np.broadcast_to(one.low, DRAWS) for one in curves], np.float64),
        high=np.array([np.broadcast_to(one.high, DRAWS) for one in curves], np.float64),
        first=np.concatenate([[0], np.cumsum(DRAWS * counts)[:-1]]),
        count=counts,
        points=np.concatenate([one.points.ravel() for one in curves]),
        # Without a band, the fingerprint of the file alone: earlier stores can be resumed.
        fingerprint=hashlib.sha256(
            local(path).read_bytes() + (f"band {band}".encode() if band else b"")
        ).hexdigest()[:16],
    )


def _tell_left_out(path: str | Path, stars: list[Star], curves: list[_Curves]) -> None:
    """A note on measurements that were left out, with the stars that have most of them."""
    found = [(one.left_out, star) for star, one in zip(stars, curves, strict=True) if one.left_out]
    if not found:
        return
    found.sort(key=lambda one: (-one[0], one[1].name))
    names = ", ".join(f"{n} of {len(star.mjd)} of {star.name}" for n, star in found[:3])
    more = f" and some of {len(found) - 3} more stars" if len(found) > 3 else ""
    console.note(
        f"{path}: measurements that nothing near them confirms are left out: {names}{more}"
    )


def _learn(star: Star) -> _Curves:
    """Draw the curves of one star; the draws depend on its name and measurements alone."""
    rng = np.random.default_rng([0x0B5, zlib.crc32(star.name.encode())])
    periodic = bool(np.isfinite(star.period))
    x = (star.mjd / star.period) % 1 if periodic else star.mjd - star.mjd[0]
    order = np.argsort(x, kind="stable")
    x, y, error = x[order], star.magnitude[order], star.error[order]
    bad = clean.outliers(y, error, periodic)
    n_bad = int(bad.sum())
    if n_bad > MOST_LEFT_OUT * len(y):
        raise UsageError(
            f"star {star.name}: expected measurements that agree with those near them, got "
            f"{n_bad} of {len(y)} that do not; see that they are of one band and, with a period, "
            "that it is right, and that the bad ones are flagged or left out"
        )
    x, y, error = x[~bad], y[~bad], error[~bad]
    span = np.nan if periodic else float(x[-1])
    learn = _over_phase if periodic else _over_time
    process, draws, slope = learn(x, y, error, rng)
    if not process.sigma:
        return _Curves(np.zeros((DRAWS, 2), np.float32), span=span, left_out=n_bad)
    measured, drawn = float(np.ptp(y)), float(np.median(np.ptp(draws, axis=1)))
    if drawn > WILD * measured:
        raise UsageError(
            f"star {star.name}: expected curves that vary as it does, by {measured:.2f} mag, got "
            f"{drawn:.2f} mag; give its period or more measurements, or leave it out"
        )
    draws = clean.bounded(draws, y.min(), y.max(), GIVE * measured)
    mean = draws.mean(axis=1)
    return _Curves(
        (draws - mean[:, None]).astype(np.float32),
        span=span,
        centre=0.0 if periodic else process.mean - mean,
        slope=slope,
        sigma=0.0 if periodic else process.sigma,
        rate=1.0 if periodic else np.sqrt(3) / process.length,
        low=y.min() - mean,
        high=y.max() - mean,
        left_out=n_bad,
    )


def _over_phase(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    error: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[gaussian_process.Process, NDArray[np.float64], NDArray[np.float64] | float]:
    """The process of a star with a period, and curves drawn from it."""
    x, y, error = _binned(x, y, error)
    process = gaussian_process.fit(x, y, error, periodic=True)
    if not process.sigma:
        return process, np.zeros((DRAWS, 2)), 0.0
    _, draws = gaussian_process.draw_periods(process, x, y, error, DRAWS, rng)
    return process, draws, 0.0


def _over_time(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    error: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[gaussian_process.Process, NDArray[np.float64], NDArray[np.float64] | float]:
    """The process of a star without one, curves drawn from it, and their slopes at the end."""
    x, y, error = clean.thinned(x, y, error, float(x[-1]) / gaussian_process.FINEST)
    process = gaussian_process.fit(x, y, error, periodic=False)
    if not process.sigma:
        return process, np.zeros((DRAWS, 2)), 0.0
    _, _, draws, slope = gaussian_process.draw_times(process, x, y, error, DRAWS, rng)
    return process, draws, slope


def _binned(
    phase: NDArray[np.float64], y: NDArray[np.float64], error: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Phases, magnitudes and errors in the order of phase, as many as a process can learn from.

    More than `FITTED` measurements are averaged in as many bins of phase, narrower than anything
    that the process resolves.
    """
    if len(phase) <= gaussian_process.FITTED:
        return phase, y, error
    bin_ = np.floor(phase * gaussian_process.FITTED).astype(np.int64)
    weight = np.bincount(bin_, 1 / error**2)
    there = weight > 0
    phase, y = (np.bincount(bin_, v / error**2)[there] / weight[there] for v in (phase, y))
    return phase, y, 1 / np.sqrt(weight[there])

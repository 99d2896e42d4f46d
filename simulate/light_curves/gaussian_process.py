"""Gaussian processes over the phase of a periodic star, or over time: fitted, and drawn from.

Over phase the covariance is σ² exp(−sin²(π Δφ) / (2 π² w²)) (george's ExpSine2Kernel), smooth and
periodic; over time it is Matérn's of ν = 3/2, σ² (1 + λΔ) exp(−λΔ) with λ = √3/ℓ, which is rougher
and, with its derivative, a Markov process: what comes after the last measurement depends on value
and slope there alone (Hartikainen & Särkkä 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import gammainc

PHASES = 256
"""Points over a period on which curves are kept."""

PER_LENGTH = 8
"""Points over a length scale on which curves in time are kept."""

FINEST = 256
"""Length scales that the span of a star may hold: it bounds the points that are kept."""

FITTED = 200
"""Measurements in a row from which length and amplitude are learnt: the cost grows as their cube,
and they belong to the process, not to the stretch."""

WIDTH = (0.015, 1.0)
"""Limits of w. Below, a fold would follow the noise of single measurements."""

LOUDEST = 2.0
"""Largest jitter of a star without a period, in units of its median error."""

# Median and scatter of the logarithm, a priori: w in periods, jitter in units of the median error.
_WIDTH_PRIOR, _JITTER_PRIOR = (0.15, 0.7), (0.3, 1.0)
_LOOSE = 1.5  # scatter of ln σ about the standard deviation of the measurements, and of ln ℓ


@dataclass(frozen=True)
class Process:
    """A fitted process.

    Attributes
    ----------
    periodic : bool
    mean : float
        mag
    sigma : float
        Standard deviation of the process, mag; 0 for a star that does not vary.
    length : float
        w in periods, or ℓ in days.
    jitter : float
        What the errors leave out, mag, added in quadrature.
    """

    periodic: bool
    mean: float
    sigma: float
    length: float
    jitter: float

    @property
    def kernel(self) -> Any:
        """In george."""
        from george import kernels

        if self.periodic:
            gamma = 1 / (2 * np.pi**2 * self.length**2)
            return self.sigma**2 * kernels.ExpSine2Kernel(gamma=gamma, log_period=0.0)
        return self.sigma**2 * kernels.Matern32Kernel(self.length**2)

    def on(self, x: NDArray[np.float64], error: NDArray[np.float64]) -> Any:
        """George's process without its mean, ready for measurements at x (M,)."""
        import george

        # A leaf as large as the data: exact, and without the threads that a small matrix wakes.
        gp = george.GP(
            self.kernel,
            white_noise=2 * np.log(self.jitter),
            fit_white_noise=True,
            solver=george.HODLRSolver,
            min_size=len(x) + 1,
        )
        if self.periodic:
            gp.freeze_parameter("kernel:k2:log_period")
        gp.compute(x, error)
        return gp


def fit(
    x: NDArray[np.float64], y: NDArray[np.float64], error: NDArray[np.float64], periodic: bool
) -> Process:
    """The most probable process behind some measurements.

    Amplitude, length and jitter maximize likelihood times priors that hold a length off the noise;
    a star whose variation does not pay for its two parameters in Schwarz's (1978) criterion is
    constant.

    Parameters
    ----------
    x : array, shape (M,)
        Phases in [0, 1), or days, ascending.
    y, error : arrays, shape (M,)
        mag
    periodic : bool
    """
    y_all, error_all = y, error
    if len(x) > FITTED:
        first = (len(x) - FITTED) // 2
        x, y, error = (values[first : first + FITTED] for values in (x, y, error))
    noise = float(np.median(error))
    spread = max(float(np.std(y)), noise)
    low, high = WIDTH if periodic else _lengths(x)
    middle, scatter = _WIDTH_PRIOR if periodic else (float(np.sqrt(low * high)), _LOOSE)
    prior = np.log([spread, middle, _JITTER_PRIOR[0] * noise])
    widths = np.array([_LOOSE, scatter, _JITTER_PRIOR[1]])
    # Scatter about a fold is noise, or a period that changes; in time, what is far above the errors
    # is variation, even if it is faster than the measurements follow.
    loudest = max(spread, 3 * noise) if periodic else LOUDEST * noise
    bounds = np.log([(spread / 30, spread * 30), (low, high), (1e-3 * noise, loudest)])

    def process(theta: NDArray[np.float64]) -> Process:
        sigma, length, jitter = np.exp(theta).tolist()
        return Process(periodic, 0.0, sigma, length, jitter)

    def cost(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        gp = process(theta).on(x, error)
        rest = y - _mean(gp, y)
        jitter, sigma, length = gp.grad_log_likelihood(rest)
        # By ln σ, ln(length), ln(jitter); george's are ln j², ln σ², and γ or ln ℓ².
        by_length = -2 * length / (2 * np.pi**2 * np.exp(2 * theta[1])) if periodic else 2 * length
        away = (theta - prior) / widths
        slope = np.array([2 * sigma, by_length, 2 * jitter])
        value = gp.log_likelihood(rest) - np.sum(away**2) / 2
        return -value, -(slope - away / widths)

    begins = [
        np.clip([prior[0], np.log(length), prior[2]], *bounds.T)
        for length in (np.sqrt(low * middle), np.sqrt(middle * high))
    ]
    found = [minimize(cost, begin, jac=True, method="L-BFGS-B", bounds=bounds) for begin in begins]
    # Rounded, so that the last bits of a platform's arithmetic do not make other objects.
    theta = np.round(min(found, key=lambda one: float(one.fun)).x, 3)
    best = process(theta)
    gp = best.on(x, error)
    gain = gp.log_likelihood(y - _mean(gp, y)) - _constant(y, error, prior[2], bounds[2])
    if 2 * gain < 2 * np.log(len(x)):
        weight = 1 / error_all**2
        return Process(periodic, float(np.sum(weight * y_all) / np.sum(weight)), 0.0, 1.0, 0.0)
    return Process(periodic, float(_mean(gp, y)), best.sigma, best.length, best.jitter)


def _lengths(x: NDArray[np.float64]) -> tuple[float, float]:
    """Limits of ℓ: what the measurements resolve, and what they can tell from a trend, days."""
    span = float(x[-1] - x[0])
    return max(span / FINEST, float(np.median(np.diff(x))) / 4), 2 * span


def _mean(gp: Any, y: NDArray[np.float64]) -> float:
    """Weighted by the inverse covariance: the most likely constant under the process."""
    weight = gp.apply_inverse(np.ones(len(y)))
    return float(np.dot(weight, y) / weight.sum())


def _constant(
    y: NDArray[np.float64], error: NDArray[np.float64], prior: float, bounds: NDArray[np.float64]
) -> float:
    """Log likelihood of a constant with jitter, at its most probable jitter."""

    def likelihood(log_jitter: float) -> float:
        variance = error**2 + np.exp(2 * log_jitter)
        rest = y - np.sum(y / variance) / np.sum(1 / variance)
        return float(-0.5 * np.sum(rest**2 / variance + np.log(2 * np.pi * variance)))

    trials = np.linspace(bounds[0], bounds[1], 200)
    away = (trials - prior) / _JITTER_PRIOR[1]
    values = np.array([likelihood(trial) for trial in trials])
    return float(values[np.argmax(values - away**2 / 2)])


def draw_periods(
    process: Process,
    phase: NDArray[np.float64],
    y: NDArray[np.float64],
    error: NDArray[np.float64],
    n: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The posterior mean at phases k / `PHASES`, and n draws around it.

    Returns
    -------
    mean, draws : arrays, shapes (PHASES,) and (n, PHASES)
        mag
    """
    grid = np.arange(PHASES) / PHASES
    mean, covariance = process.on(phase, error).predict(y - process.mean, grid, return_cov=True)
    value, vector = eigh((covariance + covariance.T) / 2)
    # The symmetric root: one and the same whatever signs the eigenvectors come with.
    root = (vector * np.sqrt(np.maximum(value, 0))) @ vector.T
    mean = mean + process.mean
    return mean, mean + rng.standard_normal((n, PHASES)) @ root


def draw_times(
    process: Process,
    t: NDArray[np.float64],
    y: NDArray[np.float64],
    error: NDArray[np.float64],
    n: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """n draws from the posterior between first and last measurement, by Matheron's rule.

    A draw from the prior, with noise, is conditioned by adding what the difference between it and
    the measurements predicts (Wilson et al. 2020): no covariance of the whole grid is needed.

    Returns
    -------
    grid : array, shape (G,)
        Days, evenly spaced from t[0] to t[-1].
    mean : array, shape (G,)
        Of the posterior, mag.
    draws : array, shape (n, G)
        mag
    slope : array, shape (n,)
        Derivative at the last point, mag/day.
    """
    span = t[-1] - t[0]
    G = 1 + int(np.clip(np.ceil(PER_LENGTH * span / process.length), 16, PER_LENGTH * FINEST))
    grid = np.linspace(t[0], t[-1], G)
    times = np.concatenate([grid, t])
    order = np.argsort(times, kind="stable")
    path = np.empty((n, len(times), 2))
    path[:, order] = prior_path(process, times[order], rng.standard_normal((n, len(times), 2)))
    gp = process.on(t, error)
    noise = np.sqrt(error**2 + process.jitter**2) * rng.standard_normal((n, len(t)))
    rest = np.vstack([y - process.mean, y - process.mean - path[:, G:, 0] - noise])
    weight = gp.apply_inverse(rest.T)
    predicted = (gp.kernel.get_value(grid[:, None], t[:, None]) @ weight).T
    rate = np.sqrt(3) / process.length
    gap = t[-1] - t
    slope = -(process.sigma**2) * rate**2 * gap * np.exp(-rate * gap) @ weight[:, 1:]
    draws = process.mean + path[:, :G, 0] + predicted[1:]
    return grid, process.mean + predicted[0], draws, path[:, G - 1, 1] + slope


def prior_path(
    process: Process, t: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values and slopes of a process in time before any measurement, less its mean.

    Parameters
    ----------
    t : array, shape (G,)
        Days, ascending.
    normal : array, shape (n, G, 2)
        Standard normal draws.

    Returns
    -------
    array, shape (n, G, 2)
    """
    rate = np.sqrt(3) / process.length
    out = np.empty_like(normal)
    state = normal[:, 0] * (process.sigma * np.array([1.0, rate]))
    out[:, 0] = state
    step, root = transition(np.diff(t), rate)
    root = process.sigma * root
    for k in range(len(t) - 1):
        state = state @ step[k].T + normal[:, k + 1] @ root[k].T
        out[:, k + 1] = state
    return out


def transition(
    gap: NDArray[np.float64], rate: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How value and slope of a Matérn-3/2 process go on after some days.

    With a = λ·gap and σ = 1: mean e^−a [[1 + a, gap], [−λa, 1 − a]] times what they were; variances
    P(3, 2a) and λ² (P(3, 2a) + 4a e^−2a), covariance 2λ a² e^−2a, where P is the regularized
    incomplete gamma function (Särkkä & Solin 2019, Applied SDEs, §12.3).

    Parameters
    ----------
    gap, rate : arrays that broadcast to shape S
        Days, and λ = √3/ℓ.

    Returns
    -------
    step, root : arrays, shape (*S, 2, 2)
        The matrix of the mean, and Cholesky's lower root of the covariance.
    """
    gap, rate = np.broadcast_arrays(np.asarray(gap, np.float64), np.asarray(rate, np.float64))
    a = rate * gap
    fade = np.exp(-a)
    step = (
        np.stack([np.stack([1 + a, gap], -1), np.stack([-rate * a, 1 - a], -1)], -2)
        * fade[..., None, None]
    )
    variance = gammainc(3, 2 * a)
    first = np.sqrt(variance)
    across = 2 * rate * a**2 * fade**2 / np.maximum(first, 1e-150)
    left = rate**2 * (variance + 4 * a * fade**2) - across**2
    zero = np.zeros_like(a)
    root = np.stack(
        [np.stack([first, zero], -1), np.stack([across, np.sqrt(np.maximum(left, 0))], -1)], -2
    )
    return step, root

"""Our posteriors against george's own predictions, and our Markov steps against its kernel."""

import george
import numpy as np
import pytest
from george import kernels

from simulate.light_curves import gaussian_process
from simulate.light_curves.gaussian_process import Process

rng = np.random.default_rng(8)
X = np.sort(rng.random(40))
ERROR = rng.uniform(0.02, 0.06, 40)
Y = 19.5 + 0.3 * np.sin(2 * np.pi * X) + ERROR * rng.standard_normal(40)


def by_george(kernel, mean, jitter, x, at):
    """Mean and covariance that george's default solver predicts."""
    gp = george.GP(kernel, mean=mean)
    gp.compute(x, np.hypot(ERROR, jitter))
    return gp.predict(Y, at, return_cov=True)


def test_periodic_posteriors():
    process = Process(True, 19.4, 0.5, 0.2, 0.01)
    grid = np.arange(gaussian_process.PHASES) / gaussian_process.PHASES
    kernel = 0.5**2 * kernels.ExpSine2Kernel(gamma=1 / (2 * (np.pi * 0.2) ** 2), log_period=0.0)
    mean, covariance = by_george(kernel, 19.4, 0.01, X, grid)
    ours, draws = gaussian_process.draw_periods(process, X, Y, ERROR, 4000, rng)
    np.testing.assert_allclose(ours, mean, atol=1e-6)
    scatter = np.cov(draws, rowvar=False)
    np.testing.assert_allclose(scatter, covariance, atol=0.1 * covariance.max())


def test_posteriors_in_time():
    process = Process(False, 19.4, 0.5, 15.0, 0.01)
    t = 100 * X
    n = 6000
    grid, ours, draws, slope = gaussian_process.draw_times(process, t, Y, ERROR, n, rng)
    kernel = 0.5**2 * kernels.Matern32Kernel(15.0**2)
    mean, covariance = by_george(kernel, 19.4, 0.01, t, grid)
    np.testing.assert_allclose(ours, mean, atol=1e-6)
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=5 * spread.max() / np.sqrt(n))
    np.testing.assert_allclose(draws.std(axis=0), spread, rtol=0.06)
    # The slope at the end is that of george's mean, taken over a short way.
    before, after = by_george(kernel, 19.4, 0.01, t, t[-1] + np.array([-1e-4, 1e-4]))[0]
    away = slope.mean() - (after - before) / 2e-4
    assert abs(away) < 5 * slope.std() / np.sqrt(n)


@pytest.mark.parametrize("gaps", [np.full(12, 2.0), np.geomspace(1e-4, 60, 12)])
def test_steps_from_date_to_date_make_the_kernels_covariance(gaps):
    process = Process(False, 0.0, 0.5, 15.0, 0.01)
    t = np.cumsum(gaps)
    paths = gaussian_process.prior_path(process, t, rng.standard_normal((20_000, 12, 2)))
    kernel = 0.5**2 * kernels.Matern32Kernel(15.0**2)
    theirs = kernel.get_value(t[:, None])
    np.testing.assert_allclose(np.cov(paths[:, :, 0], rowvar=False), theirs, atol=0.012)


def test_a_step_of_two_is_two_steps():
    step, root = gaussian_process.transition(np.array([0.7, 1.9, 2.6]), np.sqrt(3) / 15.0)
    np.testing.assert_allclose(step[1] @ step[0], step[2], rtol=1e-12)
    covariance = root @ np.swapaxes(root, -1, -2)
    together = step[1] @ covariance[0] @ step[1].T + covariance[1]
    np.testing.assert_allclose(together, covariance[2], rtol=1e-9)

"""The damped random walk: its likelihood against theory, its search against SciPy's."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from lightcurve_rf.features import FEATURES, NEUTRAL, extract
from lightcurve_rf.features.car import Walk, likelihood


def walk(rng, points, sigma, tau, error):
    """Times over 40 days and magnitudes of a damped random walk about 20."""
    time = np.sort(rng.uniform(0, 40, points))
    covariance = tau * sigma**2 / 2 * np.exp(-np.abs(time - time[:, None]) / tau)
    magnitude = rng.multivariate_normal(np.full(points, 20.0), covariance, method="cholesky")
    return time, magnitude + rng.normal(0, error, points)


def features(time, magnitude, error):
    values = extract([time], [magnitude], [np.full(len(time), error)])[0]
    return [values[FEATURES.index(f"CAR_{name}")] for name in ("mean", "sigma", "tau")]


@pytest.mark.parametrize(("sigma", "tau"), [(0.1, 3.0), (2.0, 0.02), (0.5, 80.0)])
def test_filter_gives_the_likelihood_of_a_normal_distribution(sigma, tau):
    rng = np.random.default_rng(1)
    time, x = np.sort(rng.uniform(0, 25, 22)), rng.normal(0, 0.3, 22)
    variance = rng.uniform(0.01, 0.1, 22) ** 2
    covariance = tau * sigma**2 / 2 * np.exp(-np.abs(time - time[:, None]) / tau)
    covariance += np.diag(variance)
    # Without the first point's own term, as in FATS.
    expected = multivariate_normal(cov=covariance[:1, :1]).logpdf(x[0])
    expected -= multivariate_normal(cov=covariance).logpdf(x)
    mine = likelihood(Walk(np.diff(time), x, variance, np.empty(21), 0.0), sigma, tau)
    assert mine == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_search_ends_where_that_of_scipy_does(seed):
    time, magnitude = walk(np.random.default_rng([2, seed]), 25, 0.3, 2.0, 0.02)
    mean, sigma, tau = features(time, magnitude, 0.02)
    curve = Walk(
        np.diff(time), magnitude - magnitude.mean(), np.full(25, 0.02**2), np.empty(24), 0.0
    )
    found = minimize(
        lambda x: likelihood(curve, *x),
        [10, 0.5],
        method="Nelder-Mead",
        bounds=[(0, 100), (1e-6, 100)],
    )
    np.testing.assert_allclose([sigma, tau], found.x, rtol=2e-3)
    assert mean == pytest.approx(magnitude.mean() / tau)


def test_walk_is_recovered():
    rng = np.random.default_rng(3)
    curves = [walk(rng, 200, 0.4, 1.5, 0.02) for _ in range(4)]
    values = np.array([features(*curve, 0.02) for curve in curves])
    assert np.median(values[:, 1]) == pytest.approx(0.4, rel=0.1)
    assert np.median(values[:, 2]) == pytest.approx(1.5, rel=0.5)


def test_scatter_that_the_errors_explain_is_no_walk():
    rng = np.random.default_rng(4)
    assert features(np.arange(20.0), rng.normal(20, 0.01, 20), 0.05) == [NEUTRAL] * 3


def test_a_walk_over_before_the_next_point_is_as_short_as_the_steps_tell():
    rng = np.random.default_rng(5)
    _, sigma, tau = features(np.arange(30.0), rng.normal(20, 0.3, 30), 0.02)
    assert tau * sigma**2 / 2 == pytest.approx(0.09, rel=0.5)
    assert 0.1 <= tau < 0.5

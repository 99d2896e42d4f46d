"""The bounds that FATS' own tests put on synthetic light curves: noise, uniform, periodic, walk.

Theirs have 10,000 points (a million for the uniform one) and compute one feature at a time. Ours
computes all, so these are ten light curves of 600 points, whose mean scatters as little.
"""

import numpy as np
import pytest

from lightcurve_rf.features import FEATURES, extract

CURVES, POINTS = 10, 600


def mean_features(time, magnitude, error):
    values = extract(*np.broadcast_arrays(time, magnitude, error)).mean(axis=0)
    return dict(zip(FEATURES, values, strict=True))


@pytest.fixture(scope="module")
def white_noise():
    rng = np.random.default_rng(7)
    return mean_features(np.arange(POINTS), rng.normal(size=(CURVES, POINTS)), 1.0)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("Beyond1Std", 0.30, 0.40),
        ("Mean", -0.1, 0.1),
        ("Eta_e", 1.9, 2.1),
        ("FluxPercentileRatioMid20", 0.145, 0.160),
        ("FluxPercentileRatioMid35", 0.260, 0.290),
        ("FluxPercentileRatioMid50", 0.350, 0.450),
        ("FluxPercentileRatioMid65", 0.540, 0.580),
        ("FluxPercentileRatioMid80", 0.760, 0.800),
        ("LinearTrend", -0.1, 0.1),
        ("MedianAbsDev", 0.630, 0.700),
        ("PairSlopeTrend", -0.25, 0.25),
        ("Q31", 1.30, 1.38),
        ("Rcs", 0.0, 0.1),
        ("Skew", -0.1, 0.1),
        ("SmallKurtosis", -0.2, 0.2),
        ("Std", 0.9, 1.1),
        ("StetsonK", 0.790, 0.85),
        ("StetsonK_AC", 0.20, 0.45),
        ("Gskew", -0.2, 0.2),
    ],
)
def test_white_noise(white_noise, name, low, high):
    assert low <= white_noise[name] <= high


def test_uniform():
    rng = np.random.default_rng(8)
    uniform = mean_features(np.arange(POINTS), rng.random((CURVES, POINTS)), 1.0)
    # σ / m̄ of a uniform distribution; FATS asks for 0.575 to 0.580 of a million points.
    assert uniform["Meanvariance"] == pytest.approx(1 / np.sqrt(3), abs=0.02)


def test_periodic():
    rng = np.random.default_rng(9)
    time = np.arange(100)
    covariance = np.exp(-(np.sin(np.pi / 20 * (time - time[:, None])) ** 2))
    magnitude = rng.multivariate_normal(np.zeros(100), covariance, method="eigh")
    periodic = mean_features(time, magnitude[None], 1.0)
    assert 19 <= periodic["PeriodLS"] <= 21


def test_random_walk():
    rng = np.random.default_rng(10)
    time = np.arange(POINTS) + rng.random((CURVES, POINTS))
    walk = mean_features(time, rng.normal(0, 0.5, time.shape).cumsum(axis=1), 1.0)
    assert 1.520 <= walk["StructureFunction_index_21"] <= 2.067
    assert 1.821 <= walk["StructureFunction_index_31"] <= 3.162
    assert 1.243 <= walk["StructureFunction_index_32"] <= 1.562

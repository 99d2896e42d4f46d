"""Our features against the package light-curve (Rust), where a factor of N is all that differs."""

import numpy as np
import pytest

from lightcurve_rf.features import FEATURES, extract
from lightcurve_rf.features.periodogram import highest_peak, set_times
from lightcurve_rf.features.phase_sums import count, make_room
from tests.oracles.features_table import same

package = pytest.importorskip("light_curve", reason="the package light-curve is not installed")

UNBIASED = {
    "Eta_e": (package.EtaE, lambda N: N / (N - 1)),
    "LinearTrend": (package.LinearTrend, lambda N: 1),
    "MaxSlope": (package.MaximumSlope, lambda N: 1),
    "Mean": (package.Mean, lambda N: 1),
    "Meanvariance": (package.MeanVariance, lambda N: np.sqrt(N / (N - 1))),
    "MedianAbsDev": (package.MedianAbsoluteDeviation, lambda N: 1),
    "Rcs": (package.Cusum, lambda N: np.sqrt((N - 1) / N)),
    "Skew": (package.Skew, lambda N: np.sqrt(N * (N - 1)) / (N - 2)),
    "Std": (package.StandardDeviation, lambda N: np.sqrt(N / (N - 1))),
    "StetsonK": (package.StetsonK, lambda N: 1),
}
"""Their feature, and theirs over ours."""


def draw(points, seed=6):
    rng = np.random.default_rng([seed, points])
    time = np.sort(rng.uniform(57070, 57095, points))
    magnitude = 20 + 0.4 * np.sin(2 * np.pi * time / 0.61) + rng.normal(0, 0.1, points)
    return time, magnitude, rng.uniform(0.03, 0.08, points)


@pytest.mark.parametrize("points", [4, 9, 22, 33])
@pytest.mark.parametrize("name", UNBIASED)
def test_feature_is_theirs_but_for_a_factor(name, points):
    curve = draw(points)
    ours = extract(*(a[None] for a in curve))[0, FEATURES.index(name)]
    theirs, factor = UNBIASED[name]
    assert ours * factor(points) == pytest.approx(theirs()(*curve)[0], rel=1e-9)


def test_all_that_the_table_calls_the_same_is_compared():
    assert set(same("light-curve")) <= {n for n, (_, f) in UNBIASED.items() if f(10) == 1}


@pytest.mark.parametrize("points", [5, 22])
def test_anderson_darling_is_theirs_squashed(points):
    curve = draw(points)
    ours = extract(*(a[None] for a in curve))[0, FEATURES.index("AndersonDarling")]
    statistic = package.AndersonDarlingNormal()(*curve)[0] / (1 + 4 / points - 25 / points**2)
    assert ours == pytest.approx(1 / (1 + np.exp(-10 * (statistic - 0.3))), rel=1e-9)


@pytest.mark.slow  # compiles the periodogram by itself
@pytest.mark.parametrize("points", [5, 22, 50])
def test_highest_peak_is_that_of_their_periodogram(points):
    time, magnitude, _ = draw(points)
    room = make_room(points)
    spacing = set_times(room, time)
    scaled = (magnitude - magnitude.mean()) / magnitude.std(ddof=1)
    frequency = spacing * np.arange(1, count(points) + 1)
    theirs = package.Periodogram(freqs=2 * np.pi * frequency, fast=False, normalization="psd")
    power = theirs.power(time, magnitude)
    best, highest = highest_peak(room, points, scaled)
    assert best == power.argmax() + 1
    assert highest == pytest.approx(power.max(), rel=1e-9)

"""FATS features: finite from three points up, indifferent to padding, right on known shapes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from lightcurve_rf.features import FEATURES, LIMIT, NEUTRAL, extract, extract_growing
from surveys.errors import UsageError

finite = st.floats(allow_nan=False, allow_infinity=False)


def one(time, magnitude, error):
    values = extract([time], [magnitude], [error])[0]
    return dict(zip(FEATURES, values, strict=True))


def noise(rng, n, points=22):
    time = np.sort(rng.uniform(57070, 57095, (n, points)), axis=1)
    return time, rng.normal(20, 0.3, time.shape), np.full(time.shape, 0.02)


@settings(max_examples=150, deadline=None)
@given(arrays(np.float64, st.tuples(st.just(3), st.integers(3, 30)), elements=finite))
def test_every_feature_is_finite_for_any_finite_light_curve(columns):
    values = extract(*columns[:, None, :])
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= LIMIT


@settings(max_examples=100, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.just(2), st.integers(3, 12)), elements=st.floats(-1e6, 1e6)),
    st.sampled_from([1e-300, 1e-8, 0.02, 1.0, 1e8, 1e300]),
    st.sampled_from([1e-200, 1e-9, 1.0, 1e9, 1e200]),
)
def test_every_feature_is_finite_on_any_scale(columns, error, scale):
    time, magnitude = columns
    for curve in ((time * scale, magnitude), (time, magnitude * scale), (time, magnitude)):
        assert np.isfinite(extract(*([a] for a in curve), np.full((1, len(time)), error))).all()


@settings(max_examples=50, deadline=None)
@given(
    arrays(np.float64, 12, elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0])),
    arrays(np.float64, 12, elements=st.sampled_from([19.0, 20.0, 21.0])),
)
def test_ties_in_time_and_magnitude_stay_finite(time, magnitude):
    assert np.isfinite(extract([time], [magnitude], [np.full(12, 0.1)])).all()


def test_constant_light_curve_varies_in_no_feature():
    values = one(np.arange(20.0), np.full(20, 20.1), np.full(20, 0.01))
    assert values.pop("Mean") == pytest.approx(20.1)
    # All steps of a constant light curve count as falling, as in FATS.
    assert values.pop("PairSlopeTrend") == pytest.approx(-19 / 20)
    assert set(values.values()) == {NEUTRAL}


def test_fewer_than_three_points_are_neutral():
    nan = np.nan
    values = extract([[1, 2, nan, 4]], [[20, 21, 22, nan]], [[0.1, 0.1, 0.1, 0.1]])
    assert (values == NEUTRAL).all()


def test_points_without_a_positive_error_do_not_count():
    time, magnitude, error = noise(np.random.default_rng(0), 1, 10)
    error[0, 4] = 0
    without = extract(*(np.delete(a, 4, axis=1) for a in (time, magnitude, error)))
    np.testing.assert_array_equal(extract(time, magnitude, error), without)


def test_padding_and_order_do_not_matter():
    rng = np.random.default_rng(1)
    light_curves = noise(rng, 4)
    expected = extract(*light_curves)
    padded = [np.pad(a, [(0, 0), (0, 5)], constant_values=np.nan) for a in light_curves]
    shuffle = rng.permutation(padded[0].shape[1])
    np.testing.assert_array_equal(extract(*(a[:, shuffle] for a in padded)), expected)


def test_growing_features_are_those_of_the_first_images():
    rng = np.random.default_rng(2)
    time, magnitude, error = noise(rng, 6)
    magnitude[0, 10:] = np.nan
    magnitude[1, [0, 4, 5]] = np.nan
    error[2, 7] = -1
    time[3, 8] = time[3, 7]
    magnitude[4] = 20.1
    steps = range(3, 23)
    growing = extract_growing(time, magnitude, error, steps)
    assert growing.shape == (6, 20, len(FEATURES))
    for t, step in enumerate(steps):
        first = (a[:, :step] for a in (time, magnitude, error))
        np.testing.assert_array_equal(growing[:, t], extract(*first))
    np.testing.assert_array_equal(growing[0, 7], growing[0, 19])
    assert not np.array_equal(growing[1, 7], growing[1, 19])


def test_growing_features_may_skip_steps_and_go_beyond_the_last_image():
    curves = noise(np.random.default_rng(12), 3)
    every = extract_growing(*curves, range(3, 23))
    np.testing.assert_array_equal(extract_growing(*curves, [5, 12, 40]), every[:, [2, 9, 19]])


def test_a_light_curve_has_the_same_features_in_any_batch():
    curves = noise(np.random.default_rng(13), 150, points=9)
    together = extract(*curves)
    np.testing.assert_array_equal(extract(*(a[140:141] for a in curves)), together[140:141])
    assert extract(*(a[:0] for a in curves)).shape == (0, len(FEATURES))


def test_growing_features_need_images_in_time_order():
    time, magnitude, error = noise(np.random.default_rng(14), 2)
    time[1, 3] += 100
    with pytest.raises(UsageError, match="light curve 1 goes back in time"):
        extract_growing(time, magnitude, error, [3, 4])
    with pytest.raises(UsageError, match=r"rising numbers of images, got \[4, 3\]"):
        extract_growing(time, magnitude, error, [4, 3])


@pytest.mark.parametrize("points", [3, 4, 11, 22, 33])
def test_what_is_carried_equals_the_sums_over_all_points(points):
    time, m, _ = (a[0] for a in noise(np.random.default_rng([15, points]), 1, points))
    e = np.random.default_rng(16).uniform(0.01, 0.1, points)
    values = one(time, m, e)
    slope = np.diff(m) / np.diff(time)
    w = e**-2
    away = m - (w * m).sum() / w.sum()
    distance = np.abs(m - np.median(m))
    expected = {
        "Mean": m.mean(),
        "Std": m.std(),
        "Skew": stats.skew(m),
        "LinearTrend": np.polyfit(time - time.mean(), m, 1)[0],
        "MaxSlope": np.abs(slope).max(),
        "Eta_e": (np.ptp(time) / points) ** 2 * (slope**2).mean() / m.var(),
        "StetsonK": (np.abs(away) / e).sum() / np.sqrt(points * ((away / e) ** 2).sum()),
        "Beyond1Std": (np.abs(away) > np.sqrt((away**2).sum() / (points - 1))).mean(),
        "MedianAbsDev": np.median(distance),
        "PercentAmplitude": distance.max() / np.median(m),
        "Q31": np.subtract(*np.percentile(m, [75, 25])),
    }
    if points > 3:
        fourth = (((m - m.mean()) / m.std()) ** 4).sum()
        N = points
        expected["SmallKurtosis"] = N * (N + 1) / ((N - 1) * (N - 2) * (N - 3)) * fourth - 3 * (
            N - 1
        ) ** 2 / ((N - 2) * (N - 3))
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_shapes_that_differ_are_refused_by_name():
    with pytest.raises(UsageError, match=r"\(2, 5\), \(2, 4\)"):
        extract(np.zeros((2, 5)), np.zeros((2, 4)), np.zeros((2, 5)))


def test_period_and_trend_are_found():
    rng = np.random.default_rng(3)
    time = np.sort(rng.uniform(0, 25, 60))
    values = one(time, 20 + 0.4 * np.sin(2 * np.pi * time / 0.61), np.full(60, 0.02))
    assert values["PeriodLS"] == pytest.approx(0.61, rel=0.01)
    assert values["Period_fit"] < 1e-6
    assert values["Psi_eta"] < 0.3
    slope = one(time, 20 - 0.05 * time, np.full(60, 0.02))
    assert slope["LinearTrend"] == pytest.approx(-0.05)
    assert slope["StructureFunction_index_21"] == pytest.approx(2, rel=0.05)


def test_white_noise_has_the_expected_statistics():
    # Normal noise: σ of 1, StetsonK √(2/π), a share of 0.317 beyond 1σ, no correlation
    # (the bounds that FATS' own tests use).
    rng = np.random.default_rng(4)
    values = one(np.arange(3000.0)[:300], rng.normal(20, 1, 300), np.ones(300))
    assert values["Std"] == pytest.approx(1, abs=0.1)
    assert values["StetsonK"] == pytest.approx(0.798, abs=0.03)
    assert values["Beyond1Std"] == pytest.approx(0.317, abs=0.07)
    assert values["Autocor_length"] == 1
    assert values["Skew"] == pytest.approx(0, abs=0.4)
    assert values["Q31"] == pytest.approx(1.35, abs=0.2)

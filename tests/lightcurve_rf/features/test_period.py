"""The periodogram against plain sums, and the harmonics against NumPy's least squares."""

import numpy as np
import pytest
from astropy.timeseries import LombScargle

from lightcurve_rf.features import FEATURES, extract
from lightcurve_rf.features.period import FREQUENCIES, HARMONICS
from lightcurve_rf.features.periodogram import highest_peak, power, set_times, sieve, uncertainty
from lightcurve_rf.features.phase_sums import count, make_room


def draw(points, seed=0):
    rng = np.random.default_rng([seed, points])
    return np.sort(rng.uniform(57070, 57095, points)), rng.normal(20, 0.3, points)


def features(time, magnitude):
    values = extract([time], [magnitude], [np.full(len(time), 0.02)])[0]
    return dict(zip(FEATURES, values, strict=True))


def plain(time, value):
    """Spacing of FATS' frequencies, and Lomb's power at each, by astropy."""
    N, spacing = len(time), 1 / (6 * np.ptp(time))
    frequency = spacing * np.arange(1, 300 * N + 1)
    model = LombScargle(time - time[0], value, fit_mean=False, center_data=True)
    return spacing, (N - 1) / 2 * model.power(frequency, method="cython")


def times(kind, points, seed):
    """Times that aliases plague: hours in a few nights, equal steps, all in one moment but one."""
    rng = np.random.default_rng([seed, points])
    if kind == "nights":
        return np.sort(57070 + rng.integers(0, 6, points) + rng.uniform(0, 0.3, points))
    if kind == "equal steps":
        return 57070 + np.arange(points) / 2
    if kind == "one moment":
        return np.sort(np.append(57070 + rng.uniform(0, 1e-4, points - 1), 57074.0))
    return draw(points, seed)[0]


@pytest.mark.slow  # compiles the periodogram by itself
@pytest.mark.parametrize("points", [4, 7, 22, 33])
def test_power_is_that_of_astropy(points):
    time, magnitude = draw(points)
    value = (magnitude - magnitude.mean()) / magnitude.std(ddof=1)
    room = make_room(points + 3)
    spacing = set_times(room, time)
    best, highest = highest_peak(room, points, value)
    expected_spacing, expected = plain(time, value)
    assert spacing == pytest.approx(expected_spacing, rel=1e-12)
    assert best == expected.argmax() + 1
    ours = [power(room, points, k) for k in range(1, count(points) + 1)]
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert highest == pytest.approx(expected.max(), rel=1e-9)


@pytest.mark.slow  # compiles the periodogram by itself
@pytest.mark.parametrize("kind", ["any", "nights", "equal steps", "one moment"])
@pytest.mark.parametrize("points", [3, 5, 12, 22, 61])
def test_sieve_keeps_its_bound_and_loses_no_peak(kind, points):
    room = make_room(64)
    for seed in range(5):
        time = times(kind, points, seed)
        value = np.random.default_rng([seed, 1]).normal(size=points) ** 3
        value = (value - value.mean()) / value.std(ddof=1)
        set_times(room, time)
        sieve(room, points, value)
        k = np.arange(1, count(points) + 1)
        sieved = room.power[k % 2, k // 2]
        exact = np.array([power(room, points, number) for number in k])
        kept = ~np.isin(k, room.loose[1 : room.loose[0] + 1])
        off = np.sqrt(sieved[kept].clip(0)) - np.sqrt(exact[kept].clip(0))
        assert np.abs(off).max(initial=0) < uncertainty(points, np.abs(value).sum())
        best, highest = highest_peak(room, points, value)
        # Of peaks that are equal but for rounding the first counts.
        assert highest == pytest.approx(exact.max(), rel=1e-8)
        assert (exact[: best - 1] <= highest * (1 + 1e-8)).all()
        assert highest == exact[best - 1]


@pytest.mark.parametrize("points", [9, 22, 60])
def test_harmonics_are_fitted_and_whitened_one_by_one(points):
    time, magnitude = draw(points, seed=1)
    ours = features(time, magnitude)
    left = magnitude - magnitude.mean()
    for i in range(1, FREQUENCIES + 1):
        spacing, height = plain(time, left)
        frequency = spacing * (height.argmax() + 1)
        if i == 1:
            assert ours["PeriodLS"] == pytest.approx(1 / frequency)
        model, phases = 0.0, []
        for j in range(1, HARMONICS + 1):
            angle = 2 * np.pi * j * frequency * (time - time[0])
            functions = np.stack([np.sin(angle), np.cos(angle), np.ones(points)], axis=1)
            fit = np.linalg.lstsq(functions, left, rcond=None)[0]
            model = model + functions @ fit
            phases.append(np.arctan(fit[1] / fit[0]))
            name = f"Freq{i}_harmonics_amplitude_{j - 1}"
            assert ours[name] == pytest.approx(np.hypot(*fit[:2]), rel=1e-5), name
        relative = [ours[f"Freq{i}_harmonics_rel_phase_{j}"] for j in range(HARMONICS)]
        np.testing.assert_allclose(relative, np.array(phases) - phases[0], atol=1e-5)
        left = left - model


def test_two_periods_are_found_one_after_the_other():
    rng = np.random.default_rng(2)
    time = np.sort(rng.uniform(0, 25, 60))
    angle = 2 * np.pi * time
    magnitude = 20 + 0.5 * np.sin(angle / 0.731) + 0.2 * np.sin(angle / 3.17)
    values = features(time, magnitude)
    assert values["PeriodLS"] == pytest.approx(0.731, rel=0.01)
    assert values["Freq1_harmonics_amplitude_0"] == pytest.approx(0.5, abs=0.1)
    assert values["Freq2_harmonics_amplitude_0"] == pytest.approx(0.2, abs=0.1)


def test_of_equal_aliases_the_longest_period_counts():
    # Points a day apart: a period of 1/(1/5 + n) days fits as well for every n.
    time = np.arange(40.0)
    magnitude = 20 + np.sin(2 * np.pi * time / 5)
    assert features(time, magnitude)["PeriodLS"] == pytest.approx(5, rel=0.02)


def test_no_amplitude_grows_out_of_a_fit_that_the_points_cannot_decide():
    # Three points in one hour, and periods of any length: sin and cos are nearly lines.
    rng = np.random.default_rng(3)
    time = np.sort(rng.uniform(0, 0.04, (200, 3)), axis=1)
    values = extract(time, rng.normal(20, 0.1, (200, 3)), np.full((200, 3), 0.02))
    amplitudes = [FEATURES.index(f"Freq1_harmonics_amplitude_{j}") for j in range(HARMONICS)]
    assert values[:, amplitudes].max() < 0.5 / np.sqrt(1e-6)

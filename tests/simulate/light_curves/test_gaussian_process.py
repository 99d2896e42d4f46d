"""What the processes learn from measurements whose truth is known."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from simulate.light_curves import gaussian_process
from simulate.light_curves.gaussian_process import Process


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1, user_api="blas"):
        yield


PHASE = np.arange(gaussian_process.PHASES) / gaussian_process.PHASES


def wave(phase):
    return 20 + 0.4 * np.sin(2 * np.pi * phase) + 0.1 * np.sin(4 * np.pi * phase)


@pytest.mark.parametrize(("n", "noise"), [(25, 0.02), (60, 0.02), (60, 0.1)])
def test_a_sinusoid_is_recovered_within_its_errors(n, noise):
    rng = np.random.default_rng([n, int(100 * noise)])
    x = np.sort(rng.random(n))
    y, error = wave(x) + noise * rng.standard_normal(n), np.full(n, noise)
    process = gaussian_process.fit(x, y, error, periodic=True)
    mean, draws = gaussian_process.draw_periods(process, x, y, error, 400, rng)
    away = mean - wave(PHASE)
    # As near as so many measurements allow, and as far as the draws say.
    assert np.sqrt(np.mean(away**2)) < 3 * noise / np.sqrt(n / 5)
    z = away / draws.std(axis=0)
    assert np.sqrt(np.mean(z**2)) < 1.8
    assert np.ptp(draws, axis=1).mean() == pytest.approx(np.ptp(wave(PHASE)), abs=2 * noise)


def test_draws_vary_where_the_mean_falls_back():
    rng = np.random.default_rng(2)
    x = np.sort(rng.uniform(0.0, 0.6, 30))  # nothing was seen from 0.6 to 1
    y, error = wave(x) + 0.02 * rng.standard_normal(30), np.full(30, 0.02)
    process = gaussian_process.fit(x, y, error, periodic=True)
    _, draws = gaussian_process.draw_periods(process, x, y, error, 200, rng)
    seen, gap = draws.std(axis=0)[(PHASE > 0.1) & (PHASE < 0.5)], draws.std(axis=0)[PHASE > 0.7]
    assert gap.max() > 3 * seen.max()


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("understated", [1.0, 0.5])
def test_noise_alone_is_constant(periodic, understated):
    rng = np.random.default_rng(3)
    constant = 0
    for _ in range(10):
        x = np.sort(rng.random(40)) * (1.0 if periodic else 300.0)
        y = 20 + 0.05 * rng.standard_normal(40)
        process = gaussian_process.fit(x, y, np.full(40, 0.05 * understated), periodic)
        constant += process.sigma == 0
    assert constant >= 9


def test_variation_too_fast_to_follow_is_no_noise():
    rng = np.random.default_rng(6)
    t = np.sort(rng.uniform(0, 500, 60))
    y = 18 + 0.3 * np.sin(2 * np.pi * t / 0.7) + 0.03 * rng.standard_normal(60)
    process = gaussian_process.fit(t, y, np.full(60, 0.03), periodic=False)
    _, _, draws, _ = gaussian_process.draw_times(process, t, y, np.full(60, 0.03), 16, rng)
    assert draws.std() == pytest.approx(0.3 / np.sqrt(2), rel=0.4)
    assert process.length < 8  # the way from one measurement to the next
    folded = gaussian_process.fit(np.sort(rng.random(60)), y, np.full(60, 0.03), periodic=True)
    assert folded.sigma == 0  # but with a wrong period it is


def test_amplitude_length_and_jitter_are_those_of_the_process():
    rng = np.random.default_rng(4)
    true = Process(False, 0.0, 0.3, 12.0, 0.04)
    found = []
    for _ in range(12):
        t = np.sort(rng.uniform(0, 300, 150))
        y = gaussian_process.prior_path(true, t, rng.standard_normal((1, 150, 2)))[0, :, 0]
        y += np.hypot(0.02, true.jitter) * rng.standard_normal(150)
        process = gaussian_process.fit(t, 18 + y, np.full(150, 0.02), periodic=False)
        found.append([process.sigma, process.length, process.jitter])
    median = np.median(found, axis=0)
    np.testing.assert_allclose(median, [true.sigma, true.length, true.jitter], rtol=0.3)


def test_a_long_light_curve_costs_no_more_to_fit_and_is_used_whole():
    rng = np.random.default_rng(5)
    t = np.sort(rng.uniform(0, 400, 900))
    y = 20 + 0.3 * np.sin(t / 9) + 0.02 * rng.standard_normal(900)
    process = gaussian_process.fit(t, y, np.full(900, 0.02), periodic=False)
    grid, mean, draws, _ = gaussian_process.draw_times(process, t, y, np.full(900, 0.02), 4, rng)
    assert len(grid) <= gaussian_process.PER_LENGTH * gaussian_process.FINEST
    for curve in (mean, *draws):
        assert np.abs(curve - 20 - 0.3 * np.sin(grid / 9)).max() < 0.08

import numpy as np
import pytest

from simulate.light_curves import Visits, cepheids
from simulate.population.rngs import ObjectRNGs


def test_a_period_sampled_finely_has_the_stars_amplitude_and_mean(survey):
    ids = range(200)
    one = Visits(np.zeros((200, 1)), np.zeros((200, 1)))
    period = (
        cepheids.sample(ObjectRNGs.of(2, "t", ids), one, survey).parameters["period"].to_numpy()
    )
    mjd = period[:, None] * np.arange(400) / 400
    curves = cepheids.sample(ObjectRNGs.of(2, "t", ids), Visits(mjd, mjd), survey)
    np.testing.assert_allclose(
        np.ptp(curves.magnitude, axis=1), curves.parameters["amplitude"], rtol=2e-3
    )
    np.testing.assert_allclose(
        curves.magnitude.mean(axis=1), curves.parameters["magnitude"], atol=1e-6
    )


def test_brightness_rises_faster_than_it_falls():
    # The test of the phase convention: read as a sine series the same numbers give curves whose
    # rise takes half of the period.
    stars = cepheids.star_table()
    phase = np.broadcast_to(np.arange(200) / 200, (600, 200))
    curve = cepheids.series(stars, phase)
    rise = (curve.argmin(axis=1) - curve.argmax(axis=1)) % 200 / 200
    assert np.median(rise) < 0.35
    assert (rise < 0.5).mean() > 0.9


def test_periods_and_amplitudes(survey, make_visits):
    p = cepheids.sample(ObjectRNGs.of(1, "t", range(4000)), make_visits(4000), survey).parameters
    # Two maxima near 5 and 13 days in M33 (Antonello et al. 2002); the Clouds' own median is 2.6.
    assert 4.5 < p["period"].median() < 9
    assert p["period"].quantile(0.9) > 10
    assert p["amplitude"].quantile(0.05) > 0.2
    assert p["amplitude"].median() == pytest.approx(0.8, abs=0.15)
    assert p["amplitude"].max() < 2


def test_the_curve_repeats_after_a_period(survey):
    one = Visits(np.array([[57000.1, 57000.2]]), np.array([[23.0, 23.0]]))
    first = cepheids.sample(ObjectRNGs.of(1, "t", [4]), one, survey)
    later = Visits(one.mjd + 3 * first.parameters["period"].item(), one.limiting_magnitude)
    second = cepheids.sample(ObjectRNGs.of(1, "t", [4]), later, survey)
    np.testing.assert_allclose(second.magnitude, first.magnitude, atol=1e-6)

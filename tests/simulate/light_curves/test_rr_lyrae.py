import numpy as np
import pytest

from simulate.light_curves import Visits, rr_lyrae
from simulate.population import magnitudes
from simulate.population.rngs import ObjectRNGs


def test_a_period_sampled_finely_has_the_stars_amplitude_and_mean(survey):
    rngs = ObjectRNGs.of(2, "t", range(200))
    periods = rr_lyrae.sample(rngs, Visits(np.zeros((200, 1)), np.zeros((200, 1))), survey)
    mjd = periods.parameters["period"].to_numpy()[:, None] * np.arange(500) / 500
    curves = rr_lyrae.sample(ObjectRNGs.of(2, "t", range(200)), Visits(mjd, mjd), survey)
    np.testing.assert_allclose(
        np.ptp(curves.magnitude, axis=1), curves.parameters["amplitude"], rtol=0.01
    )
    np.testing.assert_allclose(
        curves.magnitude.mean(axis=1), curves.parameters["magnitude"], atol=0.002
    )


def test_amplitudes_and_periods_are_those_of_stripe_82(survey, make_visits):
    # Sesar et al. (2010), Table 2; the quantiles at 5, 50, 95 %.
    curves = rr_lyrae.sample(ObjectRNGs.of(3, "t", range(8000)), make_visits(8000), survey)
    p = curves.parameters
    for subtype, amplitudes in {"ab": (0.43, 0.99, 1.45), "c": (0.33, 0.51, 0.64)}.items():
        of_type = p[p["subtype"] == subtype]
        np.testing.assert_allclose(
            of_type["amplitude"].quantile([0.05, 0.5, 0.95]), amplitudes, atol=0.03
        )
    assert (p["subtype"] == "ab").mean() == pytest.approx(379 / 483, abs=0.02)
    assert p.loc[p["subtype"] == "ab", "period"].between(0.4, 1).mean() > 0.98
    assert p.loc[p["subtype"] == "c", "period"].between(0.2, 0.45).all()
    assert (p["magnitude"] < magnitudes.draw(0.5, survey.magnitudes, "rr_lyrae")).mean() == (
        pytest.approx(0.5, abs=0.03)
    )


def test_the_curve_repeats_after_a_period(survey):
    one = Visits(np.array([[57000.1, 57000.2]]), np.array([[23.0, 23.0]]))
    first = rr_lyrae.sample(ObjectRNGs.of(1, "t", [4]), one, survey)
    later = Visits(one.mjd + 7 * first.parameters["period"].item(), one.limiting_magnitude)
    second = rr_lyrae.sample(ObjectRNGs.of(1, "t", [4]), later, survey)
    np.testing.assert_allclose(second.magnitude, first.magnitude, atol=1e-6)


def test_the_ab_templates_rise_fast_and_fall_slowly():
    table = rr_lyrae.template_table()
    assert list(table.columns) == [0, 1, *range(100, 121)]
    for number in range(100, 121):
        assert table[number].idxmax() > 0.7  # minimum light comes late, shortly before the rise
    assert rr_lyrae.stripe_82()["template"].isin(table.columns).all()

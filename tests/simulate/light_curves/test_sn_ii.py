import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import Visits, sn_ii
from simulate.population.rngs import ObjectRNGs

BAND = "decam2014-g"
AGE = np.geomspace(0.05, 140, 300)


@pytest.fixture(scope="module")
def population(survey):
    """Absolute g light curves, unreddened and at rest, of 1,000 draws from the priors."""
    mjd = np.full((1000, 1), 57080.0)
    p = sn_ii.draw(ObjectRNGs.of(1, "t", range(1000)), Visits(mjd, mjd), survey).parameters
    age = np.broadcast_to(AGE, (1000, len(AGE)))
    return p, sn_ii.absolute_magnitude(age, p.assign(redshift=0.0, a_v=0.0), BAND)


def test_priors(population):
    p, _ = population
    assert p["mass"].between(12, 16).all()
    assert p["energy"].between(0.5, 2).all()
    assert p["log_mass_loss"].between(-8, -2).all()
    assert p["beta"].between(1, 5).all()
    assert p["energy"].mean() == pytest.approx(1.19, abs=0.05)
    assert p["redshift"].max() <= sn_ii.FARTHEST


def test_peaks_and_rise_times_are_those_of_type_ii(population):
    _, m = population
    peak = m.min(axis=1)
    assert peak.min() > -18.7
    assert np.quantile(peak, 0.95) < -15.5
    assert -17.6 < np.median(peak) < -16.5
    # Rest-frame rise in g of 7.5 days (González-Gaitán et al. 2015), within a factor of two.
    rise = AGE[m.argmin(axis=1)]
    assert 4 < np.median(rise) < 15
    assert np.quantile(rise, 0.95) < 25


def test_a_plateau_that_ends(population):
    _, m = population
    day = [np.array([np.interp(d, AGE, curve) for curve in m]) for d in (30, 70, 139)]
    assert 0.2 < np.median(day[1] - day[0]) < 1.5
    assert np.median(day[2] - day[1]) > 0.5


def test_wind_makes_it_brighter_and_nothing_shines_before_the_explosion():
    stars = pd.DataFrame(
        {
            "mass": 14.0,
            "energy": 1.0,
            "log_mass_loss": [-8.0, -3.0],
            "beta": 3.0,
            "redshift": 0.1,
            "a_v": 0.0,
        }
    )
    age = np.tile([-1.0, 0.0, 0.5, 2.0, 5.0], (2, 1))
    m = sn_ii.absolute_magnitude(age, stars, BAND)
    assert np.isnan(m[:, :2]).all()
    assert (m[1, 3:] < m[0, 3:]).all()
    dusty = sn_ii.absolute_magnitude(age, stars.assign(a_v=1.0), BAND)
    np.testing.assert_allclose(dusty[:, 2:] - m[:, 2:], 1.28, atol=0.08)

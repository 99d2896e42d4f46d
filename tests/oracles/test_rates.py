"""Redshifts of supernovae and galaxies against astropy's cosmology and published rates."""

import numpy as np
import pytest
from astropy import units as u
from astropy.cosmology import FlatLambdaCDM
from scipy.integrate import quad
from scipy.stats import kstest, norm

import surveys
from simulate.light_curves import Visits, sn_ia, sn_ii
from simulate.population.rngs import ObjectRNGs
from simulate.scenes import hosts

UNIVERSE = FlatLambdaCDM(H0=70, Om0=0.3)
N = 20_000

RATES = {
    # Dilday et al. (2010, ApJ 713, 1026): r(z) ∝ (1 + z)^2.11.
    "Ia": (sn_ia, lambda z: (1 + z) ** 2.11),
    # Madau & Dickinson (2014, ARA&A 52, 415, Eq. 15), times 0.0091 explosions a solar mass
    # (Strolger et al. 2015) of which 0.54 are of type II.
    "II": (
        sn_ii,
        lambda z: 0.0091 * 0.54 * 0.015 * (1 + z) ** 2.7 / (1 + ((1 + z) / 2.9) ** 5.6),
    ),
}


def below(z, rate, farthest, dilation=1.0):
    """Share of the explosions seen nearer than z: ∫ rate / (1 + z) dV/dz dz."""

    def seen(z):
        return rate(z) / (1 + z) ** dilation * UNIVERSE.differential_comoving_volume(z).value

    return quad(seen, 0, z)[0] / quad(seen, 0, farthest)[0]


def drawn(module):
    mjd = np.full((N, 1), 57080.0)
    visits = Visits(mjd, np.full((N, 1), 23.5))
    return module.draw(ObjectRNGs.of(6, "t", range(N)), visits, surveys.load("hits")).parameters


@pytest.mark.parametrize("kind", RATES)
def test_supernovae_follow_volume_times_rate_over_one_plus_z(kind):
    module, rate = RATES[kind]
    z = drawn(module)["redshift"].to_numpy()
    grid = np.linspace(0.01, module.FARTHEST, 60)
    share = np.array([below(at, rate, module.FARTHEST) for at in grid])
    result = kstest(z, lambda x: np.interp(x, grid, share, left=0.0))
    assert result.pvalue > 1e-3
    # Without the slower clocks of the distant, or with a rate that stands still, it would fail.
    for wrong in (
        [below(at, rate, module.FARTHEST, dilation=0.0) for at in grid],
        [below(at, lambda z: 1.0, module.FARTHEST) for at in grid],
    ):
        assert kstest(z, lambda x, w=wrong: np.interp(x, grid, w, left=0.0)).pvalue < 1e-6


def test_the_height_of_the_type_ii_rate():
    # Core collapse at z = 0: 0.7 to 1.1e-4 a year and Mpc³ (Li et al. 2011; Frohmaier et al. 2021);
    # the form used for the redshifts gives, for all types, the former.
    _, rate = RATES["II"]
    assert rate(0.0) / 0.54 == pytest.approx(0.9e-4, rel=0.6)


def test_galaxies_follow_the_luminosity_function():
    # Monte Carlo in the other direction: galaxies of Blanton et al.'s (2003) Schechter function,
    # spread over the volume, put at their apparent magnitude.
    rng = np.random.default_rng(1)
    z_grid = np.linspace(0.004, 1.5, 3000)
    volume = np.cumsum(UNIVERSE.differential_comoving_volume(z_grid).value)
    z = np.interp(rng.random(2_000_000), volume / volume[-1], z_grid)
    M_grid = np.linspace(-24, -14, 4000)
    brightness = 10 ** (-0.4 * (M_grid + 20.16))  # M* − 5 log h = −19.39, h = 0.7
    count = np.cumsum(brightness ** (-0.89 + 1) * np.exp(-brightness))
    M = np.interp(rng.random(len(z)), count / count[-1], M_grid)
    modulus = np.interp(z, z_grid, UNIVERSE.distmod(z_grid).to_value(u.mag))
    m = M + modulus + hosts.K_CORRECTION * z
    for magnitude in (20.0, 21.5, 23.0):
        theirs = z[np.abs(m - magnitude) < 0.05]
        ours = hosts.redshift_of(np.full(N, magnitude), (np.arange(N) + 0.5) / N)
        assert len(theirs) > 200
        at = [0.1, 0.5, 0.9]
        np.testing.assert_allclose(
            np.quantile(ours, at), np.quantile(theirs, at), rtol=0.06, atol=0.012
        )


def test_hosts_have_the_masses_at_which_stars_explode():
    # Baldry et al. (2012, MNRAS 421, 621): Schechter functions of blue galaxies and of all.
    x = np.arange(7.5, 11.6, 0.01)
    M = 10**x
    blue = 0.71e-3 * (M / 10**10.72) ** -0.45 * np.exp(-M / 10**10.72)
    of_all = 3.96e-3 * (M / 10**10.66) ** 0.65 + 0.79e-3 * (M / 10**10.66) ** -0.47
    of_all *= np.exp(-M / 10**10.66)
    formation = 10 ** (0.76 * x - 7.64)  # M☉ a year (Renzini & Peng 2015, ApJ 801, L29)
    weights = {
        "II": blue * formation,
        "Ia": of_all * 5.3e-14 * M + blue * 3.9e-4 * formation,  # Sullivan et al. (2006)
    }
    for kind, weight in weights.items():
        mean, scatter = hosts.MASS[kind]
        expected = np.average(x, weights=weight)
        assert mean == pytest.approx(expected, abs=0.06)
        spread = np.sqrt(np.average((x - expected) ** 2, weights=weight))
        assert scatter == pytest.approx(spread, abs=0.06)
        # A normal distribution of that mean and scatter is a fair picture of it.
        share = np.cumsum(weight) / weight.sum()
        assert np.abs(norm.cdf(x, mean, scatter) - share).max() < 0.13

"""How bright objects are, against the distribution fitted to the survey's stars.

Figure 1 of Carrasco-Davis et al. (2018): p(m) ∝ m^12.11 (1 − erf(m − cut)) / 2 for m > 14.5, with a
cut of 22.8 mag, and of 21.5 for RR Lyrae.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import cumulative_simpson
from scipy.special import erf
from scipy.stats import kstest

import surveys
from simulate.light_curves import GENERATORS, Visits
from simulate.population.rngs import ObjectRNGs
from simulate.scenes import hosts

N = 20_000
GRID = np.arange(14.5, 28.0, 0.001)
CUTS = {"non_variable": 22.8, "cepheid": 22.8, "rr_lyrae": 21.5, "galaxy": 22.8}


def share(power, cut, faintest=28.0):
    """Distribution function, as a function."""
    density = (GRID / 20) ** power * (1 - erf(GRID - cut)) * (faintest > GRID)
    below = cumulative_simpson(density, x=GRID, initial=0)
    return lambda m: np.interp(m, GRID, below / below[-1])


def drawn(label, limit=23.5):
    survey = surveys.load("hits")
    rngs = ObjectRNGs.of(8, "t", range(N))
    if label == "galaxy":
        return hosts.sample(rngs, np.full(N, label), pd.DataFrame(index=range(N)), survey).magnitude
    mjd = np.full((N, 1), 57080.0)
    visits = Visits(mjd, np.full((N, 1), limit))
    return GENERATORS[label](rngs, visits, survey).parameters["magnitude"].to_numpy()


@pytest.mark.parametrize(("label", "cut"), CUTS.items())
def test_classes_follow_the_fitted_distribution_and_no_other(label, cut):
    m = drawn(label)
    assert kstest(m, share(12.11, cut)).pvalue > 1e-3
    # The test can tell exponents, cuts and a bright limit that are not those.
    for power, other in ((8.0, cut), (16.0, cut), (12.11, cut - 0.15), (12.11, cut + 0.15)):
        assert kstest(m, share(power, other)).pvalue < 1e-6
    assert m.min() >= 14.5


def test_asteroids_are_cut_off_where_their_visit_ends():
    m = drawn("asteroid", limit=22.5)
    assert kstest(m, share(12.11, 22.8, faintest=22.5)).pvalue > 1e-3
    assert kstest(m, share(12.11, 22.8)).pvalue < 1e-6
    assert m.max() <= 22.5


def test_supernovae_are_the_faint_ones_of_figure_1():
    # There supernovae peak near the limit of detection, three magnitudes fainter than the bright
    # end of the stars, and hardly any is brighter than 19.
    n = 600
    mjd = np.tile(57070 + np.linspace(0, 25, 27), (n, 1))
    visits = Visits(mjd, np.full((n, 27), 23.8))
    p = GENERATORS["supernova"](ObjectRNGs.of(2, "t", range(n)), visits, surveys.load("hits"))
    m = p.parameters["magnitude"]
    print("supernovae at peak, 5/50/95 %:", m.quantile([0.05, 0.5, 0.95]).round(2).tolist())
    assert 22.3 < m.median() < 23.6
    assert (m < 19).mean() < 0.02
    assert m.max() < 23.8
    # Three times the volume in a magnitude at the bright end, less by the time of distances.
    steep = np.log10((m < 22.5).sum() / (m < 21.5).sum())
    assert 0.3 < steep < 0.75

import numpy as np
import pytest

from simulate.light_curves import Visits, sn_ia
from simulate.population import cosmology
from simulate.population.rngs import ObjectRNGs

BAND = "decam2014-g"


def test_the_standard_one():
    grid = sn_ia.grid(BAND)
    phase = np.arange(-19.0, 80.0)
    m = grid.at(phase, 0.0, 0.0)
    assert m.min() == pytest.approx(-19.3, abs=0.1)
    assert -2 <= phase[m.argmin()] <= 3
    fifteen_days = m[np.flatnonzero(phase == 15)[0]] - m[np.flatnonzero(phase == 0)[0]]
    assert 0.5 < fifteen_days < 1.2  # Δm15 between B's 1.1 and V's 0.6
    dimmed = grid.at(phase, 0.0, 1.0) - m
    assert 1.1 < dimmed.min() < dimmed.max() < 1.4


def test_draws_follow_their_priors(survey):
    n = 4000
    mjd = np.full((n, 1), 57080.0)
    p = sn_ia.draw(ObjectRNGs.of(1, "t", range(n)), Visits(mjd, mjd), survey).parameters
    for name in ("scale", "stretch"):
        assert p[name].mean() == pytest.approx(1.0, abs=0.03)
        assert p[name].std() == pytest.approx(0.28, abs=0.03)
        assert p[name].min() > 0.29
    assert np.log(p["a_v"]).mean() == pytest.approx(np.log(0.1), abs=0.05)
    assert p["explosion"].between(57080 - sn_ia.BEFORE, 57080).all()
    # Twice as many in twice the volume, and a little more for the rate's evolution.
    near, far = (p["redshift"] < z for z in (0.3, 0.6))
    assert 5 < far.sum() / near.sum() < 9


def test_time_runs_slower_at_a_redshift_and_dimmer_light_is_fainter(survey):
    n = 300
    mjd = np.broadcast_to(np.arange(57000.0, 57250.0), (n, 250))
    curves = sn_ia.draw(ObjectRNGs.of(2, "t", range(n)), Visits(mjd, mjd), survey)
    p = curves.parameters
    early = p["explosion"].between(57000, 57120).to_numpy()
    peak = np.nanargmin(np.nan_to_num(curves.magnitude, nan=99.0), axis=1) + 57000
    rise = (peak - p["explosion"]) / ((1 + p["redshift"]) * p["stretch"])
    assert rise[early].between(12, 24).all()
    best = np.nanmin(curves.magnitude[early], axis=1)
    phases = np.arange(-20.0, 20.0)
    z, a_v = (p[name][early].to_numpy()[:, None] for name in ("redshift", "a_v"))
    standard = sn_ia.grid(BAND).at(phases, z, a_v).min(axis=1)
    shift = cosmology.distance_modulus(z[:, 0]) - 2.5 * np.log10(p["scale"][early])
    np.testing.assert_allclose(best, standard + shift, atol=0.02)

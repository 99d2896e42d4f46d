import numpy as np
import pytest

from simulate.light_curves import Visits, light_curves, supernovae
from simulate.population.rngs import ObjectRNGs
from surveys.errors import SkymovieError

N = 600


@pytest.fixture(scope="module")
def sample(survey, make_visits):
    visits = make_visits(N)
    return visits, supernovae.sample(ObjectRNGs.of(1, "t", range(N)), visits, survey)


def test_half_of_each_type_with_its_own_parameters(sample):
    _, curves = sample
    p = curves.parameters
    ia = p["subtype"] == "Ia"
    assert ia.mean() == pytest.approx(0.5, abs=0.08)
    for name in ("scale", "stretch"):
        np.testing.assert_array_equal(p[name].notna(), ia)
    for name in ("mass", "energy", "log_mass_loss", "beta"):
        np.testing.assert_array_equal(p[name].notna(), ~ia)
    assert p[["redshift", "explosion", "a_v"]].notna().all().all()


def test_all_are_detected_and_rise(sample):
    visits, curves = sample
    m = np.where(np.isfinite(curves.magnitude), curves.magnitude, 99)
    assert (m < np.nan_to_num(visits.limiting_magnitude)).any(axis=1).all()
    assert (m.min(axis=1) < m[:, 0] - 1).all()
    np.testing.assert_array_equal(m.min(axis=1), curves.parameters["magnitude"])


def test_redshifts_and_magnitudes_are_those_of_a_deep_survey(sample):
    _, curves = sample
    p = curves.parameters.set_index("subtype")
    assert 0.3 < p.loc["Ia", "redshift"].median() < 0.5
    assert 0.15 < p.loc["II", "redshift"].median() < 0.35
    assert 22 < p["magnitude"].median() < 24
    # The farthest that are drawn are too faint to be found: the limit is not what cuts.
    assert p.loc["Ia", "redshift"].max() < 0.85
    assert p.loc["II", "redshift"].quantile(0.95) < 0.55


def test_nothing_is_found_under_a_bright_limit(survey, monkeypatch):
    monkeypatch.setattr(light_curves, "MAX_DRAWS", 50)
    visits = Visits(np.array([[57070.0, 57080.0]]), np.array([[12.0, 12.0]]))
    with pytest.raises(SkymovieError, match=r"a type I.* supernova that the survey finds"):
        supernovae.sample(ObjectRNGs.of(1, "t", [0]), visits, survey)

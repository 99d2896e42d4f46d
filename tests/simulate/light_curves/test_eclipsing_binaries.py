import numpy as np
import pytest

from simulate.light_curves import Visits, eclipsing_binaries, light_curves
from simulate.population.rngs import ObjectRNGs
from surveys.errors import SkymovieError


def test_periods_and_larger_amplitudes_are_those_of_linear(survey, make_visits):
    p = eclipsing_binaries.sample(ObjectRNGs.of(1, "t", range(4000)), make_visits(4000), survey)
    p = p.parameters
    contact = p[p["subtype"] == "contact"]
    algol = p[p["subtype"] != "contact"]
    # LINEAR's quantiles at 5, 50, 95 %; keeping those with eclipses prefers the deeper ones.
    at = [0.05, 0.5, 0.95]
    shallow = p["amplitude"] < 0.24  # than all but one in a hundred of LINEAR's
    assert 0.08 < shallow.mean() < 0.25  # fewer than drawn: only bright ones show it
    assert p["amplitude"].min() > 0.05
    np.testing.assert_allclose(contact["period"].quantile(at), [0.24, 0.30, 0.54], rtol=0.06)
    np.testing.assert_allclose(contact["amplitude"].quantile(at[1:]), [0.47, 0.76], rtol=0.1)
    np.testing.assert_allclose(algol["period"].quantile(at), [0.37, 0.77, 2.29], rtol=0.2)
    np.testing.assert_allclose(algol["amplitude"].quantile(at[1:]), [0.48, 0.86], rtol=0.15)
    assert 0.6 < len(contact) / len(p) < 0.9
    assert (p["subtype"] == "detached").mean() > 0.05


def test_all_show_several_points_in_eclipse(survey, make_visits):
    visits = make_visits(500)
    curves = eclipsing_binaries.sample(ObjectRNGs.of(2, "t", range(500)), visits, survey)
    below = curves.magnitude - np.nanmean(curves.magnitude, axis=1, keepdims=True)
    assert ((below > 0.05).sum(axis=1) >= 3).all()
    assert eclipsing_binaries.shows_eclipses(curves, visits).all()


def test_none_is_brighter_than_between_eclipses_nor_fainter_than_its_depth(survey, make_visits):
    curves = eclipsing_binaries.sample(ObjectRNGs.of(3, "t", range(500)), make_visits(500), survey)
    bright = curves.parameters["magnitude"].to_numpy()[:, None]
    depth = curves.parameters["amplitude"].to_numpy()[:, None]
    assert np.nanmin(curves.magnitude - bright) > -0.1
    assert np.nanmax(curves.magnitude - bright - depth) < 1e-4


def test_two_visits_never_show_several_points(survey, monkeypatch):
    monkeypatch.setattr(light_curves, "MAX_DRAWS", 3)
    visits = Visits(np.array([[57070.0, 57071.0]]), np.array([[23.0, 23.0]]))
    with pytest.raises(SkymovieError, match="a binary that shows its eclipses"):
        eclipsing_binaries.sample(ObjectRNGs.of(1, "t", [0]), visits, survey)

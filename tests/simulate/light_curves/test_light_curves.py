import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import light_curves
from simulate.light_curves.light_curves import LightCurves, Visits, keep
from simulate.population.rngs import ObjectRNGs
from surveys.errors import SkymovieError, UsageError


def _uniform(rngs, visits):
    u = rngs.random(1)
    return LightCurves(u + np.zeros_like(visits.mjd), pd.DataFrame({"u": u[:, 0]}))


def test_keep_draws_until_accepted_and_then_stops():
    visits = Visits(np.zeros((200, 2)), np.zeros((200, 2)))
    curves = keep(
        _uniform, lambda c, v: c.parameters["u"].to_numpy() > 0.9,
        ObjectRNGs.of(0, "t", range(200)), visits, "a large number",
    )  # fmt: skip
    first = [
        next(u for u in ObjectRNGs.of(0, "t", [i]).random(500)[0] if u > 0.9) for i in range(200)
    ]
    np.testing.assert_array_equal(curves.parameters["u"], first)
    np.testing.assert_array_equal(curves.magnitude[:, 1], first)


def test_what_never_happens_is_an_error(monkeypatch):
    monkeypatch.setattr(light_curves, "MAX_DRAWS", 5)
    visits = Visits(np.zeros((3, 2)), np.zeros((3, 2)))
    with pytest.raises(SkymovieError, match="expected a miracle within 5 draws, got none for 3"):
        keep(
            _uniform, lambda c, v: np.zeros(len(c), bool), ObjectRNGs.of(0, "t", range(3)), visits,
            "a miracle",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("mjd", "fault"),
    [
        ([0.0, 0.01, 0.02], "too few visits"),
        (np.linspace(0, 0.5, 12), "visits too close in time"),
        (np.linspace(0, 50, 12), "visits too shallow"),
    ],
)
def test_the_error_names_field_visits_and_likely_cause(monkeypatch, mjd, fault):
    monkeypatch.setattr(light_curves, "MAX_DRAWS", 5)
    mjd = np.stack([np.linspace(0, 9, len(mjd)), mjd])
    visits = Visits(mjd, np.full(mjd.shape, 22.5), np.array(["good", "bad"]))
    described = rf"field bad: {mjd.shape[1]} visits over [\d.]+ days, .* 22.5 at best\).*{fault}"
    with pytest.raises(SkymovieError, match=described):
        keep(
            _uniform, lambda c, v: v.field == "good", ObjectRNGs.of(0, "t", range(2)), visits,
            "a miracle",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("mjd", "limit", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), "one shape"),
        (np.zeros(3), np.zeros(3), "one shape"),
        (np.array([[1.0, np.nan]]), np.array([[22.0, 22.0]]), "limiting magnitude for each date"),
        (np.full((1, 2), np.nan), np.full((1, 2), np.nan), "at least one visit"),
    ],
)
def test_bad_visits_are_refused(mjd, limit, message):
    with pytest.raises(UsageError, match=message):
        Visits(mjd, limit)

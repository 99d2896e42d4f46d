import numpy as np
import pytest

from simulate.light_curves import Visits, asteroids
from simulate.population.rngs import ObjectRNGs
from surveys.errors import UsageError


def test_seen_once_and_brighter_than_that_visit_reaches(survey, make_visits):
    visits = make_visits(2000)
    curves = asteroids.sample(ObjectRNGs.of(1, "t", range(2000)), visits, survey)
    seen = np.isfinite(curves.magnitude)
    assert (seen.sum(axis=1) == 1).all()
    assert (curves.magnitude[seen] < visits.limiting_magnitude[seen]).all()
    np.testing.assert_array_equal(visits.mjd[seen], curves.parameters["mjd"])
    np.testing.assert_array_equal(curves.magnitude[seen], curves.parameters["magnitude"])
    # Each of a field's visits has its turn: 25 that every object has share 2,000 objects.
    counts = seen.sum(axis=0)[:25]
    assert counts.min() > 40
    assert counts.max() < 120


def test_visits_that_reach_nothing_are_left_out(survey):
    visits = Visits(np.arange(3.0)[None], np.array([[14.0, 22.0, 14.4]]))
    for i in range(20):
        curves = asteroids.sample(ObjectRNGs.of(1, "t", [i]), visits, survey)
        np.testing.assert_array_equal(np.isfinite(curves.magnitude), [[False, True, False]])


def test_a_field_that_reaches_nothing_is_refused(survey):
    visits = Visits(np.zeros((1, 2)), np.full((1, 2), 13.0))
    with pytest.raises(UsageError, match=r"expected a visit deeper than 14\.5 mag, got 13\.0"):
        asteroids.sample(ObjectRNGs.of(1, "t", [0]), visits, survey)

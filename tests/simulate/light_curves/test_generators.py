"""What every generator must keep to."""

import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import GENERATORS
from simulate.population.rngs import ObjectRNGs
from skymovie.classes import CLASSES

CONSTANTLY_SEEN = {"non_variable", "rr_lyrae", "cepheid", "eclipsing_binary"}


def test_each_class_has_a_generator():
    assert tuple(GENERATORS) == CLASSES


@pytest.mark.parametrize("label", GENERATORS)
def test_shape_and_where_there_is_a_source(label, survey, make_visits):
    visits = make_visits(60)
    curves = GENERATORS[label](ObjectRNGs.of(1, "t", range(60)), visits, survey)
    assert curves.magnitude.shape == visits.mjd.shape
    assert len(curves) == len(curves.parameters) == 60
    seen, visited = np.isfinite(curves.magnitude), np.isfinite(visits.mjd)
    assert not (seen & ~visited).any()
    if label in CONSTANTLY_SEEN:
        np.testing.assert_array_equal(seen, visited)
        assert np.nanmin(curves.magnitude) > survey.magnitudes.bright - 2
        assert np.nanmax(curves.magnitude) < 30
    if label != "galaxy":
        assert np.isfinite(curves.parameters["magnitude"]).all()


@pytest.mark.parametrize("label", GENERATORS)
def test_an_object_does_not_depend_on_the_others(label, survey, make_visits):
    visits = make_visits(50)
    together = GENERATORS[label](ObjectRNGs.of(3, "t", range(50)), visits, survey)
    order = np.random.default_rng(0).permutation(50)
    shuffled = GENERATORS[label](ObjectRNGs.of(3, "t", order), visits.select(order), survey)
    np.testing.assert_array_equal(shuffled.magnitude, together.magnitude[order])
    pd.testing.assert_frame_equal(
        shuffled.parameters, together.parameters.iloc[order].reset_index(drop=True)
    )
    for row in (0, 17, 49):
        alone = GENERATORS[label](
            ObjectRNGs.of(3, "t", [row]), visits.select(np.array([row])), survey
        )
        np.testing.assert_array_equal(alone.magnitude[0], together.magnitude[row])
        pd.testing.assert_frame_equal(
            alone.parameters, together.parameters.iloc[[row]].reset_index(drop=True)
        )


@pytest.mark.parametrize("label", sorted(set(GENERATORS) - {"galaxy"}))
def test_seeds_differ(label, survey, make_visits):
    visits = make_visits(5)
    one, two = (
        GENERATORS[label](ObjectRNGs.of(seed, "t", range(5)), visits, survey) for seed in (1, 2)
    )
    assert not np.isclose(one.parameters["magnitude"], two.parameters["magnitude"]).any()

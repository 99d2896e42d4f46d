import numpy as np

from simulate.light_curves import galaxies
from simulate.population.rngs import ObjectRNGs


def test_no_point_source(survey, make_visits):
    curves = galaxies.sample(ObjectRNGs.of(1, "t", range(3)), make_visits(3), survey)
    assert np.isnan(curves.magnitude).all()
    assert len(curves.parameters) == 3

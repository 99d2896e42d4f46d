import numpy as np
import pytest

from simulate.light_curves import non_variables
from simulate.population import magnitudes
from simulate.population.rngs import ObjectRNGs


def test_constant_and_distributed_as_the_survey_says(survey, make_visits):
    curves = non_variables.sample(ObjectRNGs.of(1, "t", range(3000)), make_visits(3000), survey)
    m = curves.parameters["magnitude"].to_numpy()
    np.testing.assert_array_equal(np.nanmin(curves.magnitude, axis=1), m)
    np.testing.assert_array_equal(np.nanmax(curves.magnitude, axis=1), m)
    for u in (0.1, 0.5, 0.9):
        assert (m < magnitudes.draw(u, survey.magnitudes)).mean() == pytest.approx(u, abs=0.03)

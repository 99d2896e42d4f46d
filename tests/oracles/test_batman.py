"""Our overlap of limb-darkened discs against the package batman (Kreidberg 2015)."""

import batman
import numpy as np
import pytest

from simulate.light_curves.discs import blocked


@pytest.mark.parametrize("radius", [0.1, 0.3, 0.7, 1.0, 1.4])
@pytest.mark.parametrize("darkening", [0.0, 0.3, 0.6])
def test_light_left_by_a_transit(radius, darkening):
    orbit = batman.TransitParams()
    orbit.t0, orbit.per, orbit.a, orbit.inc, orbit.ecc, orbit.w = 0.0, 1.0, 20.0, 90.0, 0.0, 90.0
    orbit.rp, orbit.u, orbit.limb_dark = radius, [darkening], "linear"
    time = np.linspace(-0.03, 0.03, 301)
    theirs = 1 - batman.TransitModel(orbit, time).light_curve(orbit)
    ours = blocked(orbit.a * np.abs(np.sin(2 * np.pi * time)), radius, darkening)
    np.testing.assert_allclose(ours, theirs, atol=1e-7)

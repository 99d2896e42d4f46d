import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.light_curves.discs import blocked


def test_uniform_discs_overlap_as_geometry_says():
    # Two equal circles at distance 1: area 2π/3 − √3/2.
    assert blocked(1.0, 1.0, 0.0) == pytest.approx((2 * np.pi / 3 - np.sqrt(3) / 2) / np.pi)
    assert blocked(0.2, 0.5, 0.0) == pytest.approx(0.25)


def test_ends():
    np.testing.assert_array_equal(blocked([1.5, 2.0, np.inf], 0.5, 0.6), 0)
    np.testing.assert_allclose(blocked([0.0, 0.3, 0.5], 1.5, 0.6), 1)
    # A small disc at the centre hides more of a darkened disc than at the limb.
    assert blocked(0.0, 0.1, 0.6) > 0.01 > blocked(0.85, 0.1, 0.6)


@given(radius=st.floats(0.05, 4), darkening=st.floats(0, 1))
def test_the_further_apart_the_less_is_blocked(radius, darkening):
    share = blocked(np.linspace(0, 1.2 + radius, 60), radius, darkening)
    assert (np.diff(share) <= 1e-7).all()
    assert share[0] <= 1
    assert share[-1] == 0


def test_against_a_sum_over_a_fine_grid():
    x, y = np.meshgrid(*2 * [(np.arange(2000) + 0.5) / 1000 - 1])
    r2 = x**2 + y**2
    light = np.where(r2 < 1, 1 - 0.6 * (1 - np.sqrt(np.maximum(1 - r2, 0))), 0)
    for d, p in ((0.5, 0.7), (0.9, 0.3), (0.6, 1.2), (1.1, 1.1)):
        hidden = light[(x - d) ** 2 + y**2 < p**2].sum() / light.sum()
        assert blocked(d, p, 0.6) == pytest.approx(hidden, abs=2e-4)

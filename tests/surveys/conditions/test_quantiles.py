import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from surveys.conditions import quantiles


def test_passes_through_the_given_quantiles():
    assert quantiles.at(quantiles.AT, [1.06, 1.34, 2.70]) == pytest.approx([1.06, 1.34, 2.70])


def test_a_normal_distribution_comes_back_tails_included():
    u = np.array([1e-4, 0.01, 0.2, 0.5, 0.77, 0.99, 0.9999])
    values = norm.ppf(quantiles.AT, loc=3, scale=2)
    assert quantiles.at(u, values) == pytest.approx(norm.ppf(u, loc=3, scale=2))


@settings(deadline=None)
@given(
    st.lists(st.integers(-1000, 1000), min_size=5, max_size=5).map(sorted),
    st.lists(st.floats(0, 1), min_size=2, max_size=20).map(sorted),
)
def test_never_falls(values, u):
    drawn = quantiles.at(u, values, (0.02, 0.16, 0.5, 0.84, 0.98))
    assert np.isfinite(drawn).all()
    assert (np.diff(drawn) >= -1e-9 * (1 + np.abs(drawn[1:]))).all()

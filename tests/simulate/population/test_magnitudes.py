import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import erf

from simulate.population import magnitudes
from surveys.errors import UsageError
from surveys.survey import MagnitudeLimits

LIMITS = MagnitudeLimits(power=12.11, bright=14.5, cut=22.8, cuts={"rr_lyrae": 21.5})


def share(upper, cut, lower=14.5):
    return quad(lambda m: (m / 20) ** 12.11 * (1 - erf(m - cut)) / 2, lower, upper)[0]


@pytest.mark.parametrize(("label", "cut"), [(None, 22.8), ("rr_lyrae", 21.5), ("cepheid", 22.8)])
@pytest.mark.parametrize("u", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_it_inverts_the_distribution(label, cut, u):
    m = float(magnitudes.draw(u, LIMITS, label))
    assert share(m, cut) / share(cut + 5, cut) == pytest.approx(u, rel=2e-3)


@given(u=st.floats(1e-12, 1 - 1e-12), faintest=st.floats(14.51, 30))
def test_magnitudes_keep_within_their_limits(u, faintest):
    m = magnitudes.draw(u, LIMITS, faintest=faintest)
    assert 14.5 <= m <= min(faintest, 27) + 1e-9


def test_a_cut_is_the_same_as_leaving_the_faint_ones_out():
    u = (np.arange(100_000) + 0.5) / 100_000
    every = magnitudes.draw(u, LIMITS)
    cut = magnitudes.draw(u, LIMITS, faintest=21.0)
    np.testing.assert_allclose(
        np.quantile(cut, [0.1, 0.5, 0.9]),
        np.quantile(every[every < 21], [0.1, 0.5, 0.9]),
        atol=2e-3,
    )


def test_a_limit_brighter_than_all_is_refused():
    with pytest.raises(UsageError, match=r"fainter than the bright limit of 14.5 mag, got 14.0"):
        magnitudes.draw([0.5, 0.5], LIMITS, faintest=[20.0, 14.0])

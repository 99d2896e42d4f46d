"""Profile transforms against GalSim's and against theory."""

import galsim
import numpy as np
import pytest

from simulate.render import transforms
from surveys.errors import UsageError


@pytest.mark.parametrize("beta", [2.2, 3.5, 5.0])
def test_moffat(beta):
    k = np.linspace(0, 12, 30)
    profile = galsim.Moffat(beta=beta, scale_radius=1.0)
    expected = [profile.kValue(float(v), 0).real for v in k]
    np.testing.assert_allclose(transforms.moffat(k, beta), expected, atol=2e-5)


@pytest.mark.parametrize("beta", [2.0, 2.2, 2.613, 3.84, 4.5, 6.17, 8.0])
def test_moffat_polynomial_follows_the_transform(beta):
    k = np.linspace(0, 45, 1801)  # beyond the fit too, at the corners of a grid
    powers = k[:, None] ** np.arange(10)
    ours = np.exp(-k) * (powers @ transforms.moffat_polynomial(np.array([beta]))[:, 0])
    exact = transforms.moffat(k, beta)
    light = np.trapezoid(k * np.abs(ours - exact), k) / np.trapezoid(k * exact, k)
    assert light < (2e-3 if beta < 2.2 else 1e-3 if beta < 2.5 else 1e-4)
    assert np.abs(ours - exact).max() < (6e-3 if beta < 2.5 else 3e-4)


@pytest.mark.parametrize("beta", [1.9, 8.5, np.nan])
def test_exponents_out_of_range_are_named(beta):
    with pytest.raises(UsageError, match=f"from 2 to 8, got {beta}"):
        transforms.moffat_polynomial(np.array([3.0, beta]))


@pytest.mark.parametrize("lost", [1e-2, 1e-3])
def test_moffat_extent_is_where_so_much_of_the_integral_is_left(lost):
    beta = np.array([2.2, 3.84, 7.0])
    k = np.linspace(0, 60, 6001)
    for b, extent in zip(beta, transforms.moffat_extent(beta, lost), strict=True):
        density = k * transforms.moffat(k, b)
        beyond = np.trapezoid(np.where(k >= extent, density, 0), k) / np.trapezoid(density, k)
        assert beyond == pytest.approx(lost, rel=0.03)


def test_de_vaucouleurs():
    log_k, value = transforms.de_vaucouleurs_table()
    profile = galsim.DeVaucouleurs(half_light_radius=1.0)
    expected = [profile.kValue(float(np.exp(v)), 0).real for v in log_k[::60]]
    np.testing.assert_allclose(value[::60], expected, atol=2e-5)


def test_exponential_half_light_radius():
    disc = galsim.Exponential(half_light_radius=1.0)
    assert disc.scale_radius * transforms.EXPONENTIAL_HALF_LIGHT == pytest.approx(1.0, abs=1e-6)

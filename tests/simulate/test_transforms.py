"""Profile transforms against GalSim's and against theory."""

import galsim
import numpy as np
import pytest

from simulate import transforms


@pytest.mark.parametrize("beta", [2.2, 3.5, 5.0])
def test_moffat(beta):
    k = np.linspace(0, 12, 30)
    profile = galsim.Moffat(beta=beta, scale_radius=1.0)
    expected = [profile.kValue(float(v), 0).real for v in k]
    np.testing.assert_allclose(transforms.moffat(k, beta), expected, atol=2e-5)


def test_de_vaucouleurs():
    log_k, value = transforms.de_vaucouleurs_table()
    profile = galsim.DeVaucouleurs(half_light_radius=1.0)
    expected = [profile.kValue(float(np.exp(v)), 0).real for v in log_k[::60]]
    np.testing.assert_allclose(value[::60], expected, atol=2e-5)


def test_exponential_half_light_radius():
    disc = galsim.Exponential(half_light_radius=1.0)
    assert disc.scale_radius * transforms.EXPONENTIAL_HALF_LIGHT == pytest.approx(1.0, abs=1e-6)

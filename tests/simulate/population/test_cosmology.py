import numpy as np
import pytest
from astropy import units as u
from astropy.cosmology import FlatLambdaCDM

from simulate.population import cosmology

UNIVERSE = FlatLambdaCDM(H0=70, Om0=0.3)


@pytest.mark.parametrize("z", [0.003, 0.033, 0.2, 0.777, 2.0])
def test_distances(z):
    modulus = UNIVERSE.distmod(z).to_value(u.mag)
    assert cosmology.distance_modulus(z) == pytest.approx(modulus, abs=2e-3)
    size = UNIVERSE.arcsec_per_kpc_proper(z).to_value(u.arcsec / u.kpc)
    assert cosmology.arcsec_per_kpc(z) == pytest.approx(size, rel=2e-3)


def test_a_constant_rate_fills_the_volume():
    z, share = cosmology.redshift_distribution(lambda z: 1 + z, 0.5)
    volume = UNIVERSE.comoving_volume(np.array([0.1, 0.3, 0.5])).value
    np.testing.assert_allclose(np.interp([0.1, 0.3], z, share), volume[:2] / volume[2], rtol=0.03)
    assert share[0] == 0
    assert share[-1] == 1

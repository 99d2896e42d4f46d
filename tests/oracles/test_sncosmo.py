"""Our magnitude grids against sncosmo's own photometry, object by object."""

import numpy as np
import pytest
import sncosmo
from speclite import filters

from simulate.light_curves import sn_ia

BAND = "decam2014-g"


@pytest.mark.parametrize("redshift", [0.01, 0.13, 0.402, 0.78])
@pytest.mark.parametrize("a_v", [0.0, 0.5])
def test_type_ia_magnitudes(redshift, a_v):
    curve = filters.load_filter(BAND)
    band = sncosmo.Bandpass(curve.wavelength, curve.response, name=BAND)
    source = sncosmo.get_source("hsiao-subsampled")
    source.set_peakmag(sn_ia.PEAK_B, "bessellb", "ab")
    model = sncosmo.Model(source, [sncosmo.CCM89Dust()], ["host"], ["rest"])
    model.set(z=redshift, t0=0.0, hostebv=a_v / 3, hostr_v=3.0)
    phase = np.array([-15.5, -10.0, -3.2, 0.0, 4.0, 20.5, 40.0])
    # The source stands at 10 pc and is only redshifted: no distance modulus on either side.
    theirs = model.bandmag(band, "ab", phase * (1 + redshift))
    ours = sn_ia.grid(BAND).at(phase, redshift, a_v)
    np.testing.assert_allclose(ours, theirs, atol=0.03)

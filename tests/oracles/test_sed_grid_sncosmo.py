"""Magnitudes of a user's own series against sncosmo's photometry of the same series."""

import os
from pathlib import Path

import numpy as np
import pytest
import sncosmo
from speclite import filters

from simulate.light_curves import sed_grid, sed_model, sed_series
from tests.simulate.light_curves import spectra

BAND = "decam2014-g"


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    return spectra.write(tmp_path_factory.mktemp("sed") / "made_up.dat")


def test_files_are_read_as_sncosmo_reads_them(made_up):
    theirs = sncosmo.read_griddata_ascii(str(made_up))
    for ours, other in zip(sed_series.read_file(made_up), theirs, strict=True):
        np.testing.assert_array_equal(ours, other)


def compare(source, model, first, last, redshift, a_v):
    """Largest difference where the model is within 4 mag of its peak."""
    curve = filters.load_filter(BAND)
    band = sncosmo.Bandpass(curve.wavelength, curve.response, name=BAND)
    reddened = sncosmo.Model(source, [sncosmo.CCM89Dust()], ["host"], ["rest"])
    reddened.set(z=redshift, t0=0.0, hostebv=a_v / 3, hostr_v=3.0)
    phase = np.linspace(first + 0.3, last - 0.3, 60)
    # The source stands at 10 pc and is only redshifted: no distance modulus on either side.
    with np.errstate(invalid="ignore"):  # cubic splines dip below no light
        theirs = reddened.bandmag(band, "ab", phase * (1 + redshift))
    at = np.array([[redshift]]), np.array([[a_v]])
    ours = model.absolute((phase - first)[None], *at)[0]
    bright = theirs < np.nanmin(theirs) + 4
    return np.abs(ours - theirs)[bright].max()


@pytest.mark.parametrize("redshift", [0.0131, 0.1013, 0.3014, 0.6238])
@pytest.mark.parametrize("a_v", [0.0, 0.5])
def test_made_up_series(made_up, redshift, a_v):
    grid = sed_grid.read(made_up)
    phase, wave, flux = sncosmo.read_griddata_ascii(str(made_up))
    # sncosmo wants all of the filter, with its leak in the red.
    wide = np.append(wave, [11_500.0, 12_000.0])
    flux = np.hstack([flux, 0 * flux[:, :2]])
    source = sncosmo.TimeSeriesSource(phase, wide, flux)
    (model,) = grid.models(BAND)
    assert compare(source, model, phase[0], phase[-1], redshift, a_v) < 0.01


@pytest.fixture(scope="module")
def observed():
    """The four observed type II series, and what the filter sees of them."""
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with the observed series")
    grid = sed_grid.read(Path(os.environ["SKYMOVIE_TEMPLATES"]) / "sn_ii")
    return list(zip(grid.series, grid.models(BAND), strict=True))


@pytest.mark.parametrize("redshift", [0.013, 0.1013, 0.3014, 0.6238])
def test_observed_type_ii_series(observed, redshift):
    for one, model in observed:
        degree = sed_model.time_degree(one.phase)
        source = sncosmo.TimeSeriesSource(one.phase, one.wave, one.flux, time_spline_degree=degree)
        first, last = one.phase[[0, -1]]
        for a_v in (0.0, 0.5):
            assert compare(source, model, first, last, redshift, a_v) < 0.01, one.name

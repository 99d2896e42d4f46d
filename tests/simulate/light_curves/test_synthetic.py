import numpy as np
import pytest

from simulate.light_curves import synthetic
from surveys.errors import UsageError

BAND = "decam2014-g"


def test_a_flat_spectrum_per_hertz_has_its_ab_magnitude():
    wave, weight = synthetic.passband(BAND)
    pivot = np.sqrt(weight.sum() / (weight / wave**2).sum())
    assert pivot == pytest.approx(4826, abs=30)  # Å, of DECam g
    assert wave.max() > 10_000  # the leak in the red
    assert np.isin([4000, 4800, 5400], wave.round()).all()

    def flat(at):  # AB magnitude 20 at every frequency
        return np.tile(10 ** (-0.4 * (20 + 48.6)) * 2.99792458e18 / at**2, (2, 1))

    grid = synthetic.magnitude_grid(BAND, np.array([0.0, 1.0]), lambda at: flat(at) * 1e8)
    assert grid.magnitude[0, 0] == pytest.approx(0, abs=2e-3)
    # Redshifted, photons a hertz stay the same and the band is (1 + z) times as narrow.
    assert grid.magnitude[0, 50] == pytest.approx(-2.5 * np.log10(1.5), abs=2e-3)
    # A_g / A_V of Cardelli, Clayton & Mathis for R_V = 3.
    assert grid.extinction[0, 0] == pytest.approx(1.2, abs=0.05)
    assert (np.diff(grid.extinction[0, :80]) > 0).all()


def test_grids_are_read_bilinearly_and_stop_at_their_ends():
    z = synthetic.REDSHIFTS
    x = np.arange(5.0)
    grid = synthetic.MagnitudeGrid(0.0, 1.0, x[:, None] + 10 * z, 1 + 0 * x[:, None] + z)
    got = grid.at(np.array([1.5, -3.0, 9.0, np.nan]), 0.123, 2.0)
    np.testing.assert_allclose(got, [1.5 + 3.476, 3.476, 4 + 3.476, np.nan])


def test_a_filter_that_is_none_is_named():
    with pytest.raises(UsageError, match=r"bandpass: expected a filter .* got 'nosuch-g'"):
        synthetic.passband("nosuch-g")

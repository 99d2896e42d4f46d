"""Our type Ia supernovae against sncosmo's own photometry and against published ones."""

import numpy as np
import pytest
import sncosmo
from astropy.cosmology import FlatLambdaCDM
from speclite import filters

import surveys
from simulate.light_curves import Visits, sn_ia
from simulate.population.rngs import ObjectRNGs

BAND = "decam2014-g"
PHASES = np.arange(-19.0, 80.0, 0.37)


def band() -> sncosmo.Bandpass:
    """DECam g from speclite, for sncosmo."""
    curve = filters.load_filter(BAND)
    return sncosmo.Bandpass(curve.wavelength, curve.response, name=BAND)


def standard() -> sncosmo.Source:
    """The standard one at 10 pc."""
    source = sncosmo.get_source("hsiao-subsampled")
    source.set_peakmag(sn_ia.PEAK_B, "bessellb", "ab")
    return source


def with_dust(source: sncosmo.Source) -> sncosmo.Model:
    return sncosmo.Model(source, [sncosmo.CCM89Dust()], ["host"], ["rest"])


@pytest.mark.parametrize("redshift", [0.01, 0.13, 0.402, 0.6, 0.78])
@pytest.mark.parametrize("a_v", [0.0, 0.5, 1.0])
def test_magnitudes_from_first_light_to_three_months(redshift, a_v):
    model = with_dust(standard())
    model.set(z=redshift, t0=0.0, hostebv=a_v / 3, hostr_v=3.0)
    # The source stands at 10 pc and is only redshifted: no distance modulus on either side.
    theirs = model.bandmag(band(), "ab", PHASES * (1 + redshift))
    ours = sn_ia.grid(BAND).at(PHASES, redshift, a_v)
    seen = theirs < theirs.min() + 4.0
    assert seen.sum() > 100
    np.testing.assert_allclose(ours[seen], theirs[seen], atol=0.015)
    # Two days after the explosion, 6 mag under the peak, the flux doubles every few hours.
    first = (theirs < theirs.min() + 6.0) & (PHASES > -18.6)
    np.testing.assert_allclose(ours[first], theirs[first], atol=0.08)


def test_heavy_dust_is_linear_in_its_amount_to_a_twentieth():
    for redshift in (0.01, 0.3, 0.6):
        model = with_dust(standard())
        model.set(z=redshift, t0=0.0, hostebv=2 / 3, hostr_v=3.0)
        theirs = model.bandmag(band(), "ab", PHASES * (1 + redshift))
        ours = sn_ia.grid(BAND).at(PHASES, redshift, 2.0)
        near = theirs < theirs.min() + 2.0
        np.testing.assert_allclose(ours[near], theirs[near], atol=0.05)


def test_whole_draws_with_stretch_scale_dust_and_distance():
    # Stretch by sncosmo's own StretchSource, distance by astropy: nothing of ours but the draws.
    n, mjd = 40, np.arange(57000.0, 57200.0, 3.1)
    visits = Visits(np.tile(mjd, (n, 1)), np.full((n, len(mjd)), 23.5))
    curves = sn_ia.draw(ObjectRNGs.of(5, "t", range(n)), visits, surveys.load("hits"))
    template, universe = standard(), FlatLambdaCDM(H0=70, Om0=0.3)
    phase, wave = np.arange(-20.0, 85.1, 0.5), np.arange(1500.0, 11200.0, 10.0)
    source = sncosmo.StretchSource(phase, wave, template.flux(phase, wave))
    model, compared = with_dust(source), 0
    for k, p in curves.parameters.iterrows():
        z, s = p["redshift"], p["stretch"]
        model.set(
            z=z,
            t0=p["explosion"] + 20 * s * (1 + z),
            s=s,
            amplitude=p["scale"] * 10 ** (-0.4 * universe.distmod(z).value),
            hostebv=p["a_v"] / 3,
            hostr_v=3.0,
        )
        flux = model.bandflux(band(), mjd, zp=0.0, zpsys="ab")
        theirs = -2.5 * np.log10(np.maximum(flux, 1e-40))
        rest = (mjd - p["explosion"]) / (s * (1 + z))
        assert np.isnan(curves.magnitude[k][rest < 0]).all()
        near = (rest > 2.5) & (rest < 104) & (theirs < theirs.min() + 4.0)
        compared += near.sum()
        np.testing.assert_allclose(curves.magnitude[k][near], theirs[near], atol=0.02)
    assert compared > 800


def test_the_standard_one_is_the_published_one():
    # Peak, decline and rise in B: −19.3 in Vega's system, which is 0.1 mag brighter in AB; 1.1 mag
    # in 15 days (Phillips 1993); 17.4 days (Hayden et al. 2010, ApJ 712, 350) to 19.5 days
    # (Riess et al. 1999, AJ 118, 2675).
    model = sncosmo.Model(standard())
    model.set(z=0.0, t0=0.0)
    days = np.arange(-19.9, 60.0, 0.05)
    m = model.bandmag("bessellb", "ab", days)
    top = days[m.argmin()]
    assert m.min() == pytest.approx(-19.4, abs=0.01)
    assert np.interp(top + 15, days, m) - m.min() == pytest.approx(1.1, abs=0.1)
    # The early flux grows as the square of time (Riess et al.): from there the date of explosion.
    flux = 10 ** (-0.4 * m)
    early = (days > -14) & (days < -8)
    slope, intercept = np.polyfit(days[early], np.sqrt(flux[early]), 1)
    assert 16.5 < top + intercept / slope < 20.0
    # Sixty days on it falls by 1.6 mag in 100 days (Leibundgut 1988: 1.56 ± 0.3 in B).
    late = (days > 40) & (days < 60)
    assert np.polyfit(days[late], m[late], 1)[0] * 100 == pytest.approx(1.56, abs=0.35)

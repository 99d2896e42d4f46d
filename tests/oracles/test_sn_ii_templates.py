"""Our type II supernovae beside four observed spectral series (Vincenzi et al. 2019; SDSS)."""

import os
from pathlib import Path

import numpy as np
import pytest

import surveys
from simulate.light_curves import Visits, sn_ii, synthetic
from simulate.population.rngs import ObjectRNGs

BAND = "decam2014-g"


@pytest.fixture(scope="module")
def observed():
    """Peak in g and how much fainter it is 20 and 40 days after and 5 before, one row a series."""
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with the observed series")
    wave, weight = synthetic.passband(BAND)
    zero = 3.631e-20 * 2.99792458e18 * np.sum(weight / wave**2)
    rows = []
    for path in sorted((Path(os.environ["SKYMOVIE_TEMPLATES"]) / "sn_ii").glob("*.SED.gz")):
        series = np.loadtxt(path)
        phase = np.unique(series[:, 0])
        m = np.empty(len(phase))
        for k, at in enumerate(phase):
            _, lam, flux = series[series[:, 0] == at].T
            m[k] = -2.5 * np.log10(max(np.sum(np.interp(wave, lam, flux) * weight), 1e-99) / zero)
        best = m.argmin()
        decline = np.interp(phase[best] + np.array([20.0, 40.0, -5.0]), phase, m) - m[best]
        rows.append([m[best], *decline])
    assert len(rows) == 4
    return np.array(rows)


def test_peaks_declines_and_rises_span_the_observed_ones(observed):
    mjd = np.full((500, 1), 57080.0)
    rngs = ObjectRNGs.of(1, "t", range(500))
    p = sn_ii.draw(rngs, Visits(mjd, mjd), surveys.load("hits")).parameters
    age = np.broadcast_to(np.arange(0.1, 60.0, 0.2), (500, 300))
    m = sn_ii.absolute_magnitude(age, p.assign(redshift=0.0, a_v=0.0), BAND)
    best = m.argmin(axis=1)
    ours = [m.min(axis=1)]
    ours += [m[np.arange(500), np.maximum(best + 5 * d, 0)] - ours[0] for d in (20, 40, -5)]
    names = ("peak", "20 d", "40 d", "−5 d")
    for name, mine, theirs in zip(names, ours, observed.T, strict=True):
        print(name, "ours 5/50/95 %:", np.quantile(mine, [0.05, 0.5, 0.95]), "observed:", theirs)
        # Three of four inside; SN 2009N at −15 is of the faint kind that the priors leave out.
        low, high = np.quantile(mine, [0.01, 0.99])
        assert ((theirs > low - 0.3) & (theirs < high + 0.3)).sum() >= 3

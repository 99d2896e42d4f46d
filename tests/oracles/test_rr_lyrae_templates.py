"""Our table of RR Lyrae templates against the files that Sesar et al. (2010) published."""

import gzip
import os
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import surveys
from simulate.light_curves import Visits, rr_lyrae
from simulate.population.rngs import ObjectRNGs


@pytest.fixture(scope="module")
def templates():
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with the published template files")
    return Path(os.environ["SKYMOVIE_TEMPLATES"])


@pytest.fixture(scope="module")
def published(templates):
    with gzip.open(templates / "table2.dat.gz", "rt") as file:
        names = file.readline().lstrip("#").split()
        return pd.read_csv(file, sep=r"\s+", names=names)


def test_interpolated_templates_agree_with_the_published_ones(templates):
    table = rr_lyrae.template_table()
    with tarfile.open(templates / "RRLyr_ugriz_templates.tar.gz") as archive:
        for k, number in enumerate(table.columns):
            phase, shape = np.loadtxt(archive.extractfile(f"{number}g.dat")).T
            ours = rr_lyrae.light_curve(table.to_numpy(), np.array([k]), phase[None])[0]
            np.testing.assert_allclose(ours, shape, atol=0.0035)


def test_the_stars_are_the_published_ones(published):
    ours = rr_lyrae.stripe_82()
    assert len(ours) == len(published) == 483
    np.testing.assert_allclose(ours["period"], published["P"], atol=1e-6)
    np.testing.assert_allclose(ours["amplitude"], published["gA"], atol=1e-3)
    np.testing.assert_array_equal(ours["template"], published["gT"])
    np.testing.assert_array_equal(ours["type"], published["type"])


def test_whole_light_curves_are_template_times_amplitude_about_the_mean(templates, published):
    # A star of their table, drawn by us over one period, against its template file: the same
    # shape, amplitude, and a mean over phase of the magnitude drawn.
    survey, n = surveys.load("hits"), 150
    one = Visits(np.full((n, 1), 57000.0), np.full((n, 1), 23.0))
    p = rr_lyrae.sample(ObjectRNGs.of(9, "t", range(n)), one, survey).parameters
    mjd = 57000 + p["period"].to_numpy()[:, None] * np.arange(500) / 500
    curves = rr_lyrae.sample(ObjectRNGs.of(9, "t", range(n)), Visits(mjd, mjd), survey)
    with tarfile.open(templates / "RRLyr_ugriz_templates.tar.gz") as archive:
        shapes = {
            number: np.loadtxt(archive.extractfile(f"{number}g.dat")).T
            for number in set(p["template"])
        }
    for k, star in p.iterrows():
        row = published[np.isclose(published["P"], star["period"], atol=1e-6)]
        assert (np.abs(row["gA"] - star["amplitude"]) < 1e-3).any()
        phase, shape = shapes[star["template"]]
        at = (mjd[k] / star["period"] + star["phase"]) % 1
        theirs = star["amplitude"] * np.interp(at, phase, shape, period=1.0)
        ours = curves.magnitude[k]
        # Their templates run from 0 at maximum to 1: what is left is one constant.
        offset = ours - theirs
        assert np.ptp(offset) < 0.007 * star["amplitude"] + 1e-3
        assert ours.mean() == pytest.approx(star["magnitude"], abs=0.003)
        assert np.ptp(ours) == pytest.approx(star["amplitude"], rel=0.01)


def test_periods_and_amplitudes_go_together_as_in_their_table(published):
    # Oosterhoff's relation: of type ab those of short period vary more; type c have short periods
    # and small amplitudes. Drawn stars must be whole stars, not periods here and amplitudes there.
    n = 6000
    visits = Visits(np.full((n, 1), 57000.0), np.full((n, 1), 23.0))
    p = rr_lyrae.sample(ObjectRNGs.of(10, "t", range(n)), visits, surveys.load("hits")).parameters
    for kind in ("ab", "c"):
        ours = p[p["subtype"] == kind]
        theirs = published[published["type"] == kind]
        expected = np.corrcoef(theirs["P"], theirs["gA"])[0, 1]
        assert np.corrcoef(ours["period"], ours["amplitude"])[0, 1] == pytest.approx(
            expected, abs=0.05
        )
        for name, column in (("period", "P"), ("amplitude", "gA")):
            # Drawn with replacement from the table: the two distributions are one.
            assert ks_2samp(ours[name], theirs[column]).statistic < 0.03 + 1 / len(theirs)
    ab = published[published["type"] == "ab"]
    assert np.corrcoef(ab["P"], ab["gA"])[0, 1] < -0.4
    # A star twice as likely to be of long period would be noticed.
    ab = p[p["subtype"] == "ab"].sort_values("period")
    tilted = ab.sample(2000, weights=np.linspace(0.5, 1.5, len(ab)), random_state=1)
    theirs = published.loc[published["type"] == "ab", "P"]
    assert ks_2samp(tilted["period"], theirs).statistic > 0.06

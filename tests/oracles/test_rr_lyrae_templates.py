"""Our table of RR Lyrae templates against the files that Sesar et al. (2010) published."""

import gzip
import os
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import rr_lyrae


@pytest.fixture(scope="module")
def templates():
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with the published template files")
    return Path(os.environ["SKYMOVIE_TEMPLATES"])


def test_interpolated_templates_agree_with_the_published_ones(templates):
    table = rr_lyrae.template_table()
    with tarfile.open(templates / "RRLyr_ugriz_templates.tar.gz") as archive:
        for k, number in enumerate(table.columns):
            phase, shape = np.loadtxt(archive.extractfile(f"{number}g.dat")).T
            ours = rr_lyrae.light_curve(table.to_numpy(), np.array([k]), phase[None])[0]
            np.testing.assert_allclose(ours, shape, atol=0.0035)


def test_the_stars_are_the_published_ones(templates):
    with gzip.open(templates / "table2.dat.gz", "rt") as file:
        names = file.readline().lstrip("#").split()
        published = pd.read_csv(file, sep=r"\s+", names=names)
    ours = rr_lyrae.stripe_82()
    assert len(ours) == len(published) == 483
    np.testing.assert_allclose(ours["period"], published["P"], atol=1e-6)
    np.testing.assert_allclose(ours["amplitude"], published["gA"], atol=1e-3)
    np.testing.assert_array_equal(ours["template"], published["gT"])
    np.testing.assert_array_equal(ours["type"], published["type"])

"""Sizes of our galaxies beside those that the Hubble telescope measured in COSMOS."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

import surveys
from simulate import hosts
from simulate.streams import Streams

G_MINUS_I = 1.0  # of field galaxies at z = 0.4
ACS_PIXEL = 0.03  # arcsec


def test_half_light_radii_of_faint_galaxies():
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with the COSMOS catalogue")
    path = Path(os.environ["SKYMOVIE_TEMPLATES"]) / "real_galaxy_catalog_23.5_example_fits.fits"
    cosmos = fits.getdata(path)
    g = cosmos["mag_auto"] + G_MINUS_I
    radius = cosmos["flux_radius"] * ACS_PIXEL
    n = 20_000
    ours = hosts.sample(
        Streams.of(1, "t", range(n)),
        np.full(n, "galaxy"),
        pd.DataFrame(index=range(n)),
        surveys.load("hits"),
    )
    for low, high in ((20.0, 22.5), (22.5, 23.5)):
        mine = ours.disc_radius[(ours.magnitude > low) & (ours.magnitude < high)]
        theirs = radius[(g > low) & (g < high)]
        print(f"g {low}–{high}: ours {np.median(mine):.2f}″, COSMOS {np.median(theirs):.2f}″")
        assert len(theirs) > 20
        assert 0.6 < np.median(mine) / np.median(theirs) < 1.6

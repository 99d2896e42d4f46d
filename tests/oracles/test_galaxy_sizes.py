"""Sizes of our galaxies beside those that Sloan and the Hubble telescope measured."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

import surveys
from simulate.population import galaxy_shapes
from simulate.population.rngs import ObjectRNGs
from simulate.scenes import hosts

G_MINUS_I = 1.0  # of field galaxies at z = 0.4
ACS_PIXEL = 0.03  # arcsec


@pytest.fixture(scope="module")
def templates():
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with the COSMOS and CatSim catalogues")
    return Path(os.environ["SKYMOVIE_TEMPLATES"])


@pytest.fixture(scope="module")
def ours():
    n = 20_000
    return hosts.sample(
        ObjectRNGs.of(1, "t", range(n)),
        np.full(n, "galaxy"),
        pd.DataFrame(index=range(n)),
        surveys.load("hits"),
    )


def test_half_light_radii_of_faint_galaxies(templates, ours):
    cosmos = fits.getdata(templates / "real_galaxy_catalog_23.5_example_fits.fits")
    g = cosmos["mag_auto"] + G_MINUS_I
    radius = cosmos["flux_radius"] * ACS_PIXEL
    for low, high in ((20.0, 22.5), (22.5, 23.5)):
        mine = ours.disc_radius[(ours.magnitude > low) & (ours.magnitude < high)]
        theirs = radius[(g > low) & (g < high)]
        error = 1.25 * np.std(np.log(theirs)) / np.sqrt(len(theirs))  # of their median
        ratio = np.median(mine) / np.median(theirs)
        print(
            f"g {low}–{high}: ours {np.median(mine):.2f}″, COSMOS {np.median(theirs):.2f}″, "
            f"ratio {ratio:.2f} ± {error:.2f}"
        )
        assert len(theirs) > 20
        assert abs(np.log(ratio)) < 3 * error
        # The scatter of sizes at one magnitude: a factor of 1.5 to 2.
        assert np.std(np.log(mine)) == pytest.approx(np.std(np.log(theirs)), abs=0.25)


def test_redshifts_of_faint_galaxies(templates, ours):
    cosmos = fits.getdata(templates / "real_galaxy_catalog_23.5_example_fits.fits")
    g = cosmos["mag_auto"] + G_MINUS_I
    theirs = cosmos["zphot"][(g > 20.5) & (g < 22.5)]
    mine = ours.redshift[(ours.magnitude > 20.5) & (ours.magnitude < 22.5)]
    print(f"z: ours {np.median(mine):.2f}, COSMOS {np.median(theirs):.2f}")
    # Selected in i they are redder and farther than galaxies selected in g: by a quarter at most.
    assert 0.7 < np.median(mine) / np.median(theirs) < 1.1


def test_sizes_grow_as_shen_found():
    # Shen et al. (2003, MNRAS 343, 978), abstract: late types R ∝ M^0.4 with σ 0.3 above 10^10.6 M☉
    # and R ∝ M^0.15 with σ 0.5 below, early types R ∝ M^0.55.
    def slope(log_mass, early):
        at = np.array([log_mass - 0.05, log_mass + 0.05])
        r = galaxy_shapes.half_light_radius(at, np.array([early, early]), np.zeros(2))
        return np.diff(np.log10(r)).item() / 0.1

    assert slope(11.8, False) == pytest.approx(0.4, abs=0.04)
    assert slope(9.0, False) == pytest.approx(0.15, abs=0.02)
    assert slope(11.0, True) == pytest.approx(0.55, abs=0.02)
    for log_mass, scatter in ((12.0, 0.3), (9.0, 0.5)):
        r = galaxy_shapes.half_light_radius(
            np.full(2, log_mass), np.zeros(2, bool), np.array([0.0, 1.0])
        )
        assert np.diff(np.log(r)).item() == pytest.approx(scatter, abs=0.05)


def test_galaxies_were_smaller_as_van_der_wel_found():
    # Van der Wel et al. (2014, ApJ 788, 28), abstract: (1 + z)^-0.75 and (1 + z)^-1.48 at one mass.
    mass, zero = np.full(2, 10.7), np.zeros(2)
    kind, far = np.array([False, True]), np.full(2, 1.2)
    now = galaxy_shapes.half_light_radius(mass, kind, zero)
    then = galaxy_shapes.half_light_radius(mass, kind, zero, far)
    np.testing.assert_allclose(then / now, (2.2 / 1.1) ** np.array([-0.75, -1.48]))

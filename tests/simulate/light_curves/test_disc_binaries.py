import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import disc_binaries

PHASE = np.linspace(0, 1, 801)
PAIR = {
    "radius_1": 0.2,
    "radius_2": 0.1,
    "brightness_ratio": 0.5,
    "mass_ratio": 0.5,
    "inclination": 90.0,
}


def curve(**changed):
    stars = pd.DataFrame([PAIR | changed])
    return disc_binaries.light_curve(2 * np.pi * PHASE[None], stars)[0]


def test_a_total_eclipse_leaves_the_other_star():
    # At phase 1/2 star 2 is behind star 1 and gone: what is lost is its share of the light.
    tides = {"radius_1": 0.02, "radius_2": 0.01}  # small stars have no tides
    lost = 0.5 * 0.25 / (1 + 0.5 * 0.25)
    assert curve(**tides)[400] == pytest.approx(-2.5 * np.log10(1 - lost), abs=1e-4)


def test_eclipses_last_as_long_as_the_radii_say():
    m = curve(radius_1=0.1, radius_2=0.1)
    eclipsed = m > 0.01
    assert eclipsed[:400].sum() / 800 == pytest.approx(2 * np.arcsin(0.2) / (2 * np.pi), abs=0.02)
    assert m[0] > m[400] > 0.1


def test_tides_make_the_light_wave_between_eclipses():
    assert curve(radius_1=0.3, radius_2=0.3, inclination=40.0)[0] > 0.02
    assert curve(radius_1=0.05, radius_2=0.05, inclination=40.0)[0] < 1e-3


def test_pairs_have_the_wanted_depth():
    rng = np.random.default_rng(1)
    u, amplitude = rng.random((300, 3)), rng.uniform(0.3, 1.0, 300)
    stars = disc_binaries.pairs(u, rng.random(300) < 0.5, amplitude)
    depth = disc_binaries.light_curve(np.zeros((300, 1)), stars)[:, 0]
    found = np.isfinite(depth)
    assert found.mean() > 0.5
    np.testing.assert_allclose(depth[found], amplitude[found], atol=1e-5)
    assert stars.loc[found, "inclination"].between(50, 90).all()
    assert (stars["brightness_ratio"] <= 1).all()
    # Both stars stay inside their Roche lobes.
    q = stars["mass_ratio"]
    assert (stars["radius_1"] < disc_binaries.roche_radius(1 / q)).all()
    assert (stars["radius_2"] <= disc_binaries.roche_radius(q) + 1e-12).all()


def test_roche_lobe_of_equal_stars():
    assert disc_binaries.roche_radius(1.0) == pytest.approx(0.379, abs=1e-3)

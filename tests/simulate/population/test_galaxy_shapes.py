import numpy as np
import pytest

from simulate.population import galaxy_shapes


def test_median_radii_are_those_of_shen():
    # Shen et al. (2003), Fig. 11: late types 3.6 kpc at 4e10, early types 4.2 kpc at 1e11 M☉.
    zero = np.zeros(1)
    late = galaxy_shapes.half_light_radius(np.log10([3.98e10]), np.array([False]), zero)
    early = galaxy_shapes.half_light_radius(np.array([11.0]), np.array([True]), zero)
    assert late[0] == pytest.approx(3.6, abs=0.1)
    assert early[0] == pytest.approx(4.2, abs=0.1)


def test_projected_axis_ratios():
    one = np.ones(1)
    # Face-on a disc shows its own two axes, edge-on along the long axis its thickness.
    assert galaxy_shapes.projected_axis_ratio(0.2 * one, 0.9 * one, one, 0 * one) == pytest.approx(
        0.9
    )
    edge = galaxy_shapes.projected_axis_ratio(0.2 * one, one, 0 * one, 0 * one)
    assert edge == pytest.approx(0.2)


def test_shapes_seen_from_anywhere():
    rng = np.random.default_rng(1)
    n = 20_000
    thickness = galaxy_shapes.disc_thickness(rng.standard_normal(n))
    face_on = galaxy_shapes.face_on_axis_ratio(rng.standard_normal(n))
    q = galaxy_shapes.projected_axis_ratio(
        thickness, face_on, rng.random(n), rng.uniform(0, 2 * np.pi, n)
    )
    assert (q > 0.1).all()
    assert (q <= 1).all()
    # Thin discs from random directions: nearly uniform from the thickness to the face-on ratio.
    assert np.median(q) == pytest.approx(0.53, abs=0.05)
    heavy, light = (
        galaxy_shapes.spheroid_thickness(np.full(9, m), np.zeros(9)).mean() for m in (11.4, 9.0)
    )
    assert (heavy, light) == pytest.approx((0.76, 0.41))


def test_bulges():
    u = (np.arange(1000) + 0.5) / 1000
    late = galaxy_shapes.bulge_fraction(u, np.zeros(1000, bool))
    early = galaxy_shapes.bulge_fraction(u, np.ones(1000, bool))
    # Lackner & Gunn (2012): 30 % of the galaxies need two components.
    assert (late > 0).mean() == pytest.approx(0.3, abs=0.01)
    assert late.max() <= 0.6 <= early.min()
    assert early.max() <= 1

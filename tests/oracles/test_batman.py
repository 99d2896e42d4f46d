"""Our eclipses against the package batman (Kreidberg 2015)."""

import batman
import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import disc_binaries
from simulate.light_curves.discs import blocked

DARKENING = disc_binaries.DARKENING


def transit(time, radius, separation, inclination, darkening):
    """Share of the light that a dark disc of `radius` on a circular orbit blocks, by batman."""
    orbit = batman.TransitParams()
    orbit.t0, orbit.per, orbit.a, orbit.inc, orbit.ecc, orbit.w = (
        0.0,
        1.0,
        separation,
        90.0,
        0.0,
        90,
    )
    orbit.inc = inclination
    orbit.rp, orbit.u, orbit.limb_dark = radius, [darkening], "linear"
    return 1 - batman.TransitModel(orbit, time).light_curve(orbit)


@pytest.mark.parametrize("radius", [0.1, 0.3, 0.7, 1.0, 1.4])
@pytest.mark.parametrize("darkening", [0.0, 0.3, 0.6])
def test_light_left_by_a_transit(radius, darkening):
    time = np.linspace(-0.03, 0.03, 301)
    theirs = transit(time, radius, 20.0, 90.0, darkening)
    ours = blocked(20 * np.abs(np.sin(2 * np.pi * time)), radius, darkening)
    np.testing.assert_allclose(ours, theirs, atol=1e-7)


@pytest.mark.parametrize("radius", [0.05, 0.25, 0.8, 1.0, 1.6])
def test_grazing_eclipses(radius):
    # Impact parameters up to the last touch, in radii of the star behind.
    for impact in np.linspace(abs(1 - radius) * 0.98, (1 + radius) * 0.999, 9):
        inclination = np.degrees(np.arccos(impact / 20))
        time = np.linspace(-0.02, 0.02, 101)
        theirs = transit(time, radius, 20.0, inclination, DARKENING)
        angle, cos_i = 2 * np.pi * time, impact / 20
        distance = 20 * np.sqrt(np.sin(angle) ** 2 + cos_i**2 * np.cos(angle) ** 2)
        ours = blocked(distance, radius, DARKENING)
        np.testing.assert_allclose(ours, theirs, atol=2e-6)


PHASE = np.linspace(0, 1, 1501)[:-1]  # all four quadrants


@pytest.mark.parametrize("radii", [(0.12, 0.05), (0.2, 0.2), (0.15, 0.3), (0.3, 0.14)])
@pytest.mark.parametrize("inclination", [68.0, 74.0, 80.0, 86.0, 90.0])
@pytest.mark.parametrize("ratio", [1.0, 0.35])
def test_whole_orbits_with_both_eclipses(radii, inclination, ratio, monkeypatch):
    # Two transits by batman, of either star before the other, make the light of the pair; tides,
    # which batman does not know, are turned off.
    monkeypatch.setattr(disc_binaries, "ELLIPSOIDAL", 0.0)
    first, second = radii
    stars = pd.DataFrame(
        [
            {
                "radius_1": first,
                "radius_2": second,
                "brightness_ratio": ratio,
                "mass_ratio": 0.5,
                "inclination": inclination,
            }
        ]
    )
    ours = disc_binaries.light_curve(2 * np.pi * PHASE[None], stars)[0]
    shade_1 = transit(PHASE, second / first, 1 / first, inclination, DARKENING)
    shade_2 = transit(PHASE - 0.5, first / second, 1 / second, inclination, DARKENING)
    light_2 = ratio * (second / first) ** 2
    light = (1 - shade_1 + light_2 * (1 - shade_2)) / (1 + light_2)
    np.testing.assert_allclose(ours, -2.5 * np.log10(light), atol=2e-6)
    # The test has something to see: eclipses where the discs reach each other, and none elsewhere.
    assert (ours.max() > 1e-3) == (np.cos(np.radians(inclination)) < 0.999 * sum(radii))
    # Third quadrant: the curve is the same before and after an eclipse.
    np.testing.assert_allclose(ours[1:], ours[1:][::-1], atol=1e-12)
    if ours.max() > 0 and ratio < 1:
        assert ours[0] > ours[750]  # the cooler star's eclipse is the shallower


@pytest.mark.parametrize("detached", [True, False])
def test_drawn_pairs(detached, monkeypatch):
    # The stars that the simulator draws: depth and width of their deeper eclipse.
    monkeypatch.setattr(disc_binaries, "ELLIPSOIDAL", 0.0)
    u = np.random.default_rng(3).random((60, 3))
    stars = disc_binaries.pairs(u, np.full(60, detached), np.full(60, 0.45)).dropna()
    assert len(stars) > 20
    angle = np.broadcast_to(2 * np.pi * PHASE, (len(stars), len(PHASE)))
    ours = disc_binaries.light_curve(angle, stars)
    for curve, (_, star) in zip(ours, stars.iterrows(), strict=True):
        a, b = star["radius_1"], star["radius_2"]
        shade_1 = transit(PHASE, b / a, 1 / a, star["inclination"], DARKENING)
        shade_2 = transit(PHASE - 0.5, a / b, 1 / b, star["inclination"], DARKENING)
        light_2 = star["brightness_ratio"] * (b / a) ** 2
        light = (1 - shade_1 + light_2 * (1 - shade_2)) / (1 + light_2)
        np.testing.assert_allclose(curve, -2.5 * np.log10(light), atol=5e-6)
        assert curve[0] == pytest.approx(0.45, abs=1e-5)

"""Our cosine series of contact binaries against the light of Roche surfaces."""

from functools import cache

import numpy as np
import pytest

from simulate.light_curves import contact_binaries
from tests.oracles import roche

ANGLE = np.linspace(0, np.pi, 25)
PAIRS = [
    (q, contact, inclination)
    for q in (0.2, 0.5, 0.9)
    for contact in (0.1, 0.4)
    for inclination in (60.0, 72.0, 84.0)
]


@cache
def light(q, contact, inclination):
    return roche.light_curve(ANGLE, q, contact, inclination, 16)


def coefficients(curve):
    """Cosine coefficients of the light, in units of that at quadrature."""
    whole = np.concatenate([curve, curve[-2:0:-1]]) / curve[12]
    return np.fft.rfft(whole).real / len(whole) * 2


def test_the_surface_is_closed_and_has_the_volume_of_two_lobes():
    points, normal, area, _, _ = roche.surface(0.5, 0.0, 40)
    np.testing.assert_allclose((area[:, None] * normal).sum(axis=0), 0, atol=1e-4)
    volume = np.sum(np.sum(points * normal, axis=1) * area) / 3
    # Eggleton (1983): the lobes' radii are those of spheres of the same volume.
    a, b = 0.5 ** (1 / 3), 2 ** (1 / 3)
    radii = [0.49 * c**2 / (0.6 * c**2 + np.log1p(c)) for c in (a, b)]
    assert volume == pytest.approx(4 / 3 * np.pi * sum(r**3 for r in radii), rel=0.02)


@pytest.mark.parametrize(("q", "contact", "inclination"), PAIRS)
def test_roche_surfaces_lie_above_the_line_of_contact(q, contact, inclination):
    # a4 = a2 (0.125 − a2) bounds them (Rucinski 1997, AJ 113, 407), and our series draws a4 between
    # 0.2 and 0.7 of it; a1 is at most 0.15 of a2.
    a = coefficients(light(q, contact, inclination))
    share = a[4] / (a[2] * (0.125 - a[2]))
    assert 0.1 < share < 0.95
    assert -0.005 < a[1] / a[2] < 0.15
    # Deeper contact, smaller share.
    deeper = coefficients(light(q, contact + 0.4, inclination))
    assert deeper[4] / (deeper[2] * (0.125 - deeper[2])) < share


@pytest.mark.parametrize(("q", "contact", "inclination"), PAIRS)
def test_our_series_follows_their_light(q, contact, inclination):
    curve = light(q, contact, inclination)
    m = -2.5 * np.log10(curve / curve[12])
    if m[0] > 0.8:
        pytest.skip("deeper than 95 % of LINEAR's contact binaries")
    fits = np.array([(c, i) for c in np.linspace(0, 1, 21) for i in np.linspace(0, 1, 11)])
    n = len(fits)
    ours = contact_binaries.light_curve(np.tile(ANGLE, (n, 1)), np.full(n, m[0]), *fits.T)
    error = np.abs(ours - m).max(axis=1).min()
    print(f"amplitude {m[0]:.2f}: at most {error:.3f} mag off")
    # Most in total eclipses, flat at the bottom, and in the deep central ones of like stars.
    assert error < (0.035 if m[0] < 0.78 else 0.055)


def test_the_amplitude_of_equal_stars():
    # Rucinski (2001, AJ 122, 1007, his Figure 1): central eclipses of equal stars in marginal
    # contact are nearly 1 mag deep; total ones of a fifth of the mass less than half.
    like, unlike = (light(q, 0.1, 90.0) for q in (0.95, 0.2))
    assert -2.5 * np.log10(like[0] / like[12]) == pytest.approx(0.95, abs=0.1)
    assert -2.5 * np.log10(unlike[0] / unlike[12]) < 0.5

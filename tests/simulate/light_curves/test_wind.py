import numpy as np
import pytest

from simulate.light_curves import shock_cooling, wind

T = np.geomspace(0.05, 150, 200)[None]
STAR = (np.array([[1.0]]), np.array([[10.7]]), np.array([[750.0]]))  # 10⁵¹ erg, M☉, R☉


def blown(log_mass_loss, beta=3.0, days=T):
    return wind.interaction(days, *STAR, np.array([[10.0**log_mass_loss]]), np.array([[beta]]))


def test_more_wind_is_more_light():
    light = [blown(m).luminosity[0] for m in (-6, -4, -2)]
    late = (T[0] > 5) & (T[0] < 15)
    assert (light[0][late] < light[1][late]).all()
    assert (light[1][late] < light[2][late]).all()
    assert light[2].max() < 2e43
    cooling, _ = shock_cooling.cooling(T, *STAR, np.array([[14.0]]))
    assert light[0][late].max() < 0.05 * cooling[0, late].min()


def test_a_thin_wind_changes_nothing_and_a_thick_one_holds_the_light_back():
    thin, thick = blown(-8), blown(-2)
    assert thin.escape.min() > 0.99
    assert thin.cover[0, T[0] > 0.5].max() < 1e-2
    assert thick.cover[0, T[0] < 10].min() > 0.9
    # Half of it is out after ln 2 of κD/c: 6.6 days, and more where the wind is still slow.
    held = np.interp(0.5, thick.escape[0], T[0])
    assert np.log(2) * 6.6 < held < 3 * 6.6
    assert thick.escape[0, T[0] > 40].min() > 0.99
    assert (np.diff(thick.escape[0]) >= 0).all()


def test_the_shell_leaves_the_wind():
    late = blown(-3, beta=2.0, days=np.array([[60.0]]))
    assert late.luminosity[0, 0] < 1e30
    assert late.escape[0, 0] == 1
    assert late.cover[0, 0] == 0


def test_the_wind_accelerates():
    star = 5e13
    r = star * np.array([1.0, 1.5, 3.0, 1e6])
    d = wind.density(r, star, 1e-4, 3.0)
    speed = 1e-4 * 1.98841e33 / 3.15576e7 / (4 * np.pi * d)
    expected = wind.BASE + (wind.SPEED - wind.BASE) * (1 - star / r) ** 3
    np.testing.assert_allclose(speed, expected, rtol=1e-12)
    assert speed[-1] == pytest.approx(wind.SPEED, rel=1e-5)


def test_a_steeper_acceleration_keeps_more_of_the_wind_near_the_star():
    first = T[0] < 2
    assert (blown(-3, 5.0).escape[0, first] < blown(-3, 1.0).escape[0, first]).all()


def test_effective_temperature():
    sun = wind.temperature(np.array(3.828e33), np.array(6.957e10))
    assert sun == pytest.approx(5772, abs=2)

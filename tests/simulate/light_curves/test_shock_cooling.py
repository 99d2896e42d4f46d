import numpy as np
import pytest

from simulate.light_curves import shock_cooling as sc

T = np.geomspace(0.05, 150, 200)[None]
STAR = (np.array([[1.0]]), np.array([[11.5]]), np.array([[700.0]]))  # 10⁵¹ erg, M☉, R☉


def test_early_light_of_a_red_supergiant():
    # By hand from Eqs. A1, A2 and A5 to A9 of Morag et al. (2023): R13 = 4.870, v = 0.6944,
    # t_br = 0.2896 d, L_br = 7.676e42 erg/s, T_br = 4.303 eV, t_tr = 66.39 d; at 2 days s = 6.906.
    luminosity, temperature = sc.cooling(np.array([[2.0]]), *STAR)
    assert luminosity[0, 0] == pytest.approx(4.49e42, rel=0.02)
    assert temperature[0, 0] == pytest.approx(1.803 * sc.KELVIN, rel=0.02)


def test_cooling_goes_over_into_a_plateau_that_ends():
    luminosity, temperature = (v[0] for v in sc.cooling(T, *STAR))
    assert (np.diff(luminosity) <= 0).all()
    assert (np.diff(temperature) <= 0).all()
    day = T[0]
    plateau = 1.26e42 * (11.5 / 10) ** -0.5 * (700 / 500) ** (2 / 3)
    assert np.interp(70, day, luminosity) == pytest.approx(plateau, rel=0.03)
    assert np.interp(150, day, luminosity) < 0.12 * plateau
    # No jump where hydrogen recombines.
    assert np.abs(np.diff(np.log(luminosity[day < 100]))).max() < 0.1


def test_more_wind_is_more_light():
    beta = np.array([[3.0]])
    light = [sc.interaction(T, *STAR, np.array([[10.0**m]]), beta)[0] for m in (-6, -4, -2)]
    late = T[0] > 3
    assert (light[0][0, late] < light[1][0, late]).all()
    assert light[2].max() < 2e43
    assert light[0][0, late].max() < 0.05 * sc.cooling(T, *STAR)[0][0, late].min()
    # The thickest wind lets its light out slowly: over several days, against hours.
    peak = [T[0, curve[0].argmax()] for curve in light]
    assert peak[2] > 3
    assert peak[2] > 5 * peak[0]


def test_the_shell_leaves_the_wind():
    late = np.array([[60.0]])
    luminosity, _ = sc.interaction(late, *STAR, np.array([[1e-3]]), np.array([[2.0]]))
    assert luminosity[0, 0] < 1e30


def test_the_spectrum_is_a_black_body_without_its_ultraviolet():
    wave = np.geomspace(100, 1e7, 20_000)
    share = sc.spectrum(wave, np.array([10_000.0]))[0]
    total = np.sum(share * np.gradient(wave))
    assert 0.5 < total < 0.95  # the lines block the rest
    # In the infrared it is the black body itself: 15/π⁴ x⁴/(eˣ − 1)/λ.
    x = 1.438776877e8 / (1e5 * 10_000)
    expected = 15 / np.pi**4 * x**4 / np.expm1(x) / 1e5
    assert sc.spectrum(np.array([1e5]), np.array([10_000.0]))[0, 0] == pytest.approx(expected)

import numpy as np
import pytest

from simulate.light_curves import shock_cooling as sc

T = np.geomspace(0.05, 150, 200)[None]
# 10⁵¹ erg, M☉ of ejecta, R☉, M☉ at birth
STAR = tuple(np.array([[value]]) for value in (1.0, 11.5, 700.0, 14.0))


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
    level, lasts = (value.item() for value in sc.plateau(STAR[0], STAR[3]))
    assert level == pytest.approx(1.49e42 * 1.4**0.77)
    assert lasts == pytest.approx(128 * 1.4**0.11)
    assert np.interp(70, day, luminosity) == pytest.approx(level, rel=0.01)
    assert np.interp(lasts, day, luminosity) == pytest.approx(0.55 * level, rel=0.1)
    # No jump where hydrogen recombines.
    assert np.abs(np.diff(np.log(luminosity[day < 100]))).max() < 0.1


def test_the_tail_fades_with_cobalt():
    day = np.array([[200.0, 300.0]])
    light = sc.cooling(day, *STAR)[0][0]
    np.testing.assert_allclose(light, sc.radioactive(day[0]), rtol=1e-3)
    # 0.98 mag in 100 days: the lifetime of 111.3 days.
    assert -2.5 * np.log10(light[1] / light[0]) == pytest.approx(0.976, abs=0.002)


def test_the_spectrum_is_a_black_body_without_its_ultraviolet():
    wave = np.geomspace(100, 1e7, 20_000)
    share = sc.spectrum(wave, np.array([10_000.0]))[0]
    total = np.sum(share * np.gradient(wave))
    assert 0.5 < total < 0.95  # the lines block the rest
    # In the infrared it is the black body itself: 15/π⁴ x⁴/(eˣ − 1)/λ.
    x = 1.438776877e8 / (1e5 * 10_000)
    expected = 15 / np.pi**4 * x**4 / np.expm1(x) / 1e5
    assert sc.spectrum(np.array([1e5]), np.array([10_000.0]))[0, 0] == pytest.approx(expected)

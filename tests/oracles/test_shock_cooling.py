"""The closed forms of type II supernovae, each derived again in another way."""

import numpy as np
import pytest
from astropy import constants as c
from astropy import units as u
from astropy.modeling.models import BlackBody
from scipy.integrate import quad, solve_ivp

from simulate.light_curves import shock_cooling, wind

DAYS = np.array([[0.08, 0.2, 0.7, 2.0, 5.0, 11.0]])


@pytest.mark.parametrize("energy", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("mass", "radius"), [(9.5, 625.0), (11.9, 875.0)])
def test_shock_cooling_is_that_of_morag_sapir_and_waxman(energy, mass, radius):
    # Morag et al. (2023, MNRAS 522, 2764), Eqs. A1 to A9, with units: E and M make the speed, f_ρ
    # and κ / (0.34 cm²/g) are 1.
    r13 = (radius * u.R_sun / (1e13 * u.cm)).to_value(u.one)
    speed = 1.05 * np.sqrt(energy * 1e51 * u.erg / (mass * u.M_sun))
    v85 = (speed / (10**8.5 * u.cm / u.s)).to_value(u.one)
    t = DAYS[0] * u.day
    breakout = 0.86 * u.hour * r13**1.26 * v85**-1.13 * mass**-0.13
    transparent = 19.5 * u.day * np.sqrt(shock_cooling.ENVELOPE * mass / v85)
    ends = 6.86 * u.day * r13**0.56 * v85**0.16 * mass**-0.06
    assert ends < transparent / 2  # the formulae hold up to the smaller of the two
    s = (t / breakout).to_value(u.one)
    fades = np.exp(-np.sqrt((2 * t / transparent).to_value(u.one)))
    light = 3.69e42 * r13**0.78 * v85**2.11 * mass**0.11 * (s ** (-4 / 3) + 0.9 * fades * s**-0.17)
    colour = 8.19 * u.eV * r13**-0.32 * v85**0.58 * mass**0.03
    colour = colour * np.minimum(0.97 * s ** (-1 / 3), s**-0.45)
    args = (np.array([[value]]) for value in (energy, mass, radius, 14.0))
    luminosity, temperature = shock_cooling.cooling(DAYS, *args)
    np.testing.assert_allclose(luminosity[0], light, rtol=1e-3)
    np.testing.assert_allclose(temperature[0], (colour / c.k_B).to_value(u.K), rtol=1e-3)


def test_the_end_of_shock_cooling_is_where_hydrogen_recombines():
    # Eq. A8 gives the time at which the ejecta are at 0.7 eV. Its exponents are those of Eqs. A2,
    # A5 and A7 solved for the time; its coefficient (6.86 days, 8.47 if solved) ends at 0.76 eV.
    solved = 0.86 / 24 * (8.19 / 0.7) ** (1 / 0.45)
    assert solved == pytest.approx(8.47, abs=0.01)
    for exponent, of_time, of_colour in ((0.56, 1.26, -0.32), (0.16, -1.13, 0.58)):
        assert of_time + of_colour / 0.45 == pytest.approx(exponent, abs=0.015)
    args = [np.array([[value]]) for value in (1.0, 10.7, 750.0, 14.0)]
    r13, v85 = 750 * 0.006957, 1.05 * np.sqrt(1e51 / (10.7 * 1.98841e33)) / 10**8.5
    ends = 6.86 * r13**0.56 * v85**0.16 * 10.7**-0.06
    _, temperature = shock_cooling.cooling(np.array([[ends]]), *args)
    assert temperature[0, 0] * c.k_B.to_value(u.eV / u.K) == pytest.approx(
        0.7 * (solved / 6.86) ** 0.45, rel=0.02
    )


@pytest.mark.parametrize(("birth", "radius", "ejecta"), [(12.0, 625, 9.5), (15.0, 812, 11.3)])
def test_the_plateau_goes_as_recombination_in_an_envelope_does(birth, radius, ejecta):
    # Popov (1993, ApJ 414, 712): L ∝ E^5/6 M^-1/2 R^2/3 and t ∝ E^-1/6 M^1/2 R^1/6. Kasen &
    # Woosley's fits with the mass at birth agree along their sequence of stars (Table 1), near
    # which the exponents with energy are 0.82 and −0.26.
    one = np.ones(1)
    light, lasts = shock_cooling.plateau(one, birth * one)
    first, lasted = shock_cooling.plateau(one, 12 * one)
    popov = (ejecta / 9.5) ** -0.5 * (radius / 625) ** (2 / 3)
    assert light / first == pytest.approx(popov, rel=0.12)
    assert lasts / lasted == pytest.approx(
        (ejecta / 9.5) ** 0.5 * (radius / 625) ** (1 / 6), rel=0.12
    )
    strong, _ = shock_cooling.plateau(2 * one, birth * one)
    assert strong / light == pytest.approx(2 ** (5 / 6), rel=0.02)
    assert 100 < lasts < 140  # days


def test_radioactive_power_is_that_of_the_decays():
    # ⁵⁶Ni → ⁵⁶Co → ⁵⁶Fe release 1.750 and 3.73 MeV with lifetimes of 8.8 and 111.3 days.
    atoms = (u.M_sun / (56 * u.u)).to_value(u.one)
    nickel, cobalt = 8.8 * u.day, 111.3 * u.day
    for days in (0.0, 10.0, 60.0, 150.0):
        t = days * u.day
        of_nickel = 1.750 * u.MeV / nickel * np.exp(-t / nickel)
        rest = np.exp(-t / cobalt) - np.exp(-t / nickel)
        power = atoms * (of_nickel + 3.73 * u.MeV / (cobalt - nickel) * rest)
        ours = shock_cooling.radioactive(np.array(days))
        assert ours == pytest.approx(shock_cooling.NICKEL * power.to_value(u.erg / u.s), rel=0.015)


@pytest.mark.parametrize("temperature", [6000.0, 20000.0])
def test_the_spectrum_is_the_smaller_of_two_black_bodies(temperature):
    wave = np.geomspace(1000, 20000, 60)
    bodies = []
    for T in (temperature, 0.74 * temperature):
        body = BlackBody(T * u.K, scale=1 * u.erg / (u.cm**2 * u.AA * u.s * u.sr))
        share = np.pi * u.sr * body(wave * u.AA) / (c.sigma_sb * (T * u.K) ** 4)
        bodies.append(share.to_value(1 / u.AA))
    ours = shock_cooling.spectrum(wave, np.array([temperature]))[0]
    np.testing.assert_allclose(ours, np.minimum(*bodies), rtol=1e-5)


def test_light_leaks_out_of_a_wind_as_chevalier_and_irwin_say():
    # κ D / c is 6.6 days for D = 5e16 g/cm and κ = 0.34 cm²/g.
    days = wind.OPACITY * 5e16 / wind.LIGHT / 86400
    assert days == pytest.approx(6.6, abs=0.05)


@pytest.mark.parametrize("d", [5e14, 5e16])
def test_the_shell_moves_as_its_momentum_says(d):
    # M dv/dt = 4π r² (ρ_ejecta (v_ejecta − v)² − ρ_wind v²) for a thin shell between ejecta of
    # ρ ∝ t⁻³ v⁻ⁿ outside a flat core and a wind ρ = D r⁻².
    n, energy, mass = wind.STEEPNESS, 1e51, 10.7 * 1.98841e33
    scale = (10 * (n - 5) * energy) ** ((n - 3) / 2) / (3 * (n - 3) * mass) ** ((n - 5) / 2)

    def outer(t, v):  # density at that speed
        return scale / (4 * np.pi * n) * t**-3 * v**-n

    core = np.sqrt(10 * (n - 5) * energy / (3 * (n - 3) * mass))
    total = 4 * np.pi * outer(1.0, core) * core**3 / (n - 3)
    total += 4 * np.pi / 3 * outer(1.0, core) * core**3
    assert total == pytest.approx(mass, rel=1e-6)

    def push(t, state):
        r, v, swept = state
        ahead = r / t - v
        ejecta = outer(t, r / t)
        gain = 4 * np.pi * r**2 * (ejecta * ahead + d / r**2 * v)
        force = 4 * np.pi * r**2 * (ejecta * ahead**2 - d / r**2 * v**2)
        return [v, force / swept, gain]

    begin, end = 1e3, 6e5  # s
    r = wind.shell_radius(begin, energy, mass, d)
    v = (n - 3) / (n - 2) * r / begin
    gathered = 4 * np.pi * (d * r + outer(begin, r / begin) * r**3 / (n - 3))
    path = solve_ivp(push, (begin, end), [r, v, gathered], rtol=1e-8, method="LSODA")
    assert path.y[0, -1] == pytest.approx(wind.shell_radius(end, energy, mass, d), rel=0.01)


def test_a_wind_is_as_deep_as_its_density_says():
    # Where the light takes on its colour, by numerical integration of κ ρ outwards.
    steady = 10.0**-3 * 1.98841e33 / 3.15576e7 / (4 * np.pi * wind.SPEED)
    one = np.ones((1, 1))
    surface = wind.interaction(0.01 * one, one, 10.7 * one, 0.01 * one, 1e-3 * one, one).surface
    depth = quad(lambda r: wind.OPACITY * steady / r**2, surface.item(), wind.EDGE)[0]
    assert depth == pytest.approx(wind.COLOUR_DEPTH, rel=1e-6)


@pytest.mark.parametrize("log_mass_loss", [-6.0, -4.0, -3.0, -2.0])
@pytest.mark.parametrize("beta", [1.0, 3.0, 5.0])
def test_no_more_is_radiated_than_the_swept_wind_can_take(log_mass_loss, beta):
    # The energy dissipated is at most that of the swept-up mass at the speed of the shell.
    one = np.ones((1, 1))
    day = np.geomspace(0.01, 60, 4000)[None]
    args = (one, 10.7 * one, 750 * one, 10.0**log_mass_loss * one, beta * one)
    light = wind.interaction(day, *args).luminosity[0]
    radiated = np.trapezoid(light, day[0] * 86400)
    star = 750 * shock_cooling.SOLAR_RADIUS
    swept = (
        4
        * np.pi
        * quad(
            lambda r: wind.density(r, star, 10.0**log_mass_loss, beta), star, wind.EDGE, limit=200
        )[0]
    )
    fastest = 2e9 if log_mass_loss < -5 else 1.2e9
    assert 0 < radiated < 0.5 * swept * fastest**2
    assert radiated < 0.2e51

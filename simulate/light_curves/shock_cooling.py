"""Light of an exploded red supergiant: shock cooling, plateau, and the wind the ejecta run into.

Luminosities and colour temperatures against time, from published closed forms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KELVIN = 11604.518  # per eV
SIGMA = 5.670374e-5  # Stefan–Boltzmann, erg/s/cm²/K⁴
SUN, SOLAR_RADIUS = 1.98841e33, 6.957e10  # g, cm
DAY, YEAR = 86400.0, 3.15576e7  # s
RECOMBINATION = 0.7  # eV, where the formulae of Morag et al. end
COOLEST = 0.47  # eV, on the plateau

# Moriya et al. (2018, MNRAS 476, 2840): the dense wind ends here and gets this fast.
WIND_EDGE, WIND_SPEED, WIND_BASE = 1e15, 1e6, 1e4  # cm, cm/s, cm/s
RADIATED = 0.1  # share of the shock's kinetic energy (Moriya et al. 2013)
N_EJECTA = 12  # ρ ∝ v^−n in the outer ejecta of a red supergiant (Matzner & McKee 1999)


def cooling(
    t: NDArray[np.float64],
    energy: NDArray[np.float64],
    mass: NDArray[np.float64],
    radius: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Luminosity and colour temperature of the ejecta themselves.

    Until hydrogen recombines: Morag, Sapir & Waxman (2023, MNRAS 522, 2764), Eqs. A1 to A9, with
    v_s* = 1.05 (E/M)^½, f_ρ = 1, electron scattering, and 0.7 of the mass in the envelope. From
    there L goes exponentially to the plateau of Kasen & Woosley (2009, ApJ 703, 2205),
    L₅₀ = 1.26e42 E₅₁^⅚ M₁₀^−½ R₅₀₀^⅔ erg/s at 50 d, which ends after 122 E₅₁^−¼ M₁₀^½ R₅₀₀^⅙ d.

    Parameters
    ----------
    t : array, shape (N, E)
        Days in the rest frame since the explosion, positive.
    energy : array, shape (N, 1)
        10⁵¹ erg.
    mass : array, shape (N, 1)
        Of the ejecta, M☉.
    radius : array, shape (N, 1)
        Of the star, R☉.

    Returns
    -------
    luminosity, temperature : arrays, shape (N, E)
        erg/s and K.
    """
    R = radius * SOLAR_RADIUS / 1e13
    v = 1.05 * np.sqrt(energy * 1e51 / (mass * SUN)) / 10**8.5
    t_br = 0.86 / 24 * R**1.26 * v**-1.13 * mass**-0.13
    L_br = 3.69e42 * R**0.78 * v**2.11 * mass**0.11
    T_br = 8.19 * R**-0.32 * v**0.58 * mass**0.03
    t_tr = 19.5 * np.sqrt(0.7 * mass / v)
    t_end = 6.86 * R**0.56 * v**0.16 * mass**-0.06
    early = np.clip(t, 17 / 1440 * R, t_end)
    s = early / t_br
    L = L_br * (s ** (-4 / 3) + 0.9 * np.exp(-np.sqrt(2 * early / t_tr)) * s**-0.17)
    T = T_br * np.minimum(0.97 * s ** (-1 / 3), s**-0.45)

    plateau = 1.26e42 * energy ** (5 / 6) * (mass / 10) ** -0.5 * (radius / 500) ** (2 / 3)
    part = np.clip((t - t_end) / (50 - t_end), 0, 1)
    L = L ** (1 - part) * plateau**part
    lasts = 122 * energy**-0.25 * (mass / 10) ** 0.5 * (radius / 500) ** (1 / 6)
    L = L * (0.05 + 0.95 / (1 + np.exp(np.minimum((t - lasts) / 4, 50))))
    T = np.maximum(T * np.maximum(t / t_end, 1) ** -0.3, COOLEST)
    return L, T * KELVIN


def interaction(
    t: NDArray[np.float64],
    energy: NDArray[np.float64],
    mass: NDArray[np.float64],
    radius: NDArray[np.float64],
    mass_loss: NDArray[np.float64],
    beta: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Luminosity and temperature of the shock that the ejecta drive into a confined wind.

    The shell's radius is the self-similar one in a wind (Moriya et al. 2013, MNRAS 435, 1520,
    Eq. 1 with s = 2, δ = 0) and radiates L = 2π ε D v³, where ρ = D r⁻² and
    D = Ṁ / (4π v_w(r)) follows the accelerating wind v_w = v₀ + (v∞ − v₀)(1 − R/r)^β (Moriya et
    al. 2018). The light diffuses out over 6.6 D* days, D* = D / 5e16 g/cm (Chevalier & Irwin 2011,
    ApJ 729, L6) and fades where the shell leaves the wind.

    Parameters
    ----------
    t, energy, mass, radius : as in `cooling`
    mass_loss : array, shape (N, 1)
        Ṁ, M☉/yr.
    beta : array, shape (N, 1)
        β of the acceleration.

    Returns
    -------
    luminosity, temperature : arrays, shape (N, E)
        erg/s and K.
    """
    n, star, seconds = N_EJECTA, radius * SOLAR_RADIUS, t * DAY
    rate = mass_loss * SUN / YEAR / (4 * np.pi)  # g/s per steradian
    steady = rate / WIND_SPEED
    log_shell = (
        np.log(2 / (4 * np.pi * steady * (n - 4) * (n - 3) * n))
        + (n - 3) / 2 * np.log(10 * (n - 5) * energy * 1e51)
        - (n - 5) / 2 * np.log(3 * (n - 3) * mass * SUN)
    ) / (n - 2)
    shell = np.exp(log_shell) * seconds ** ((n - 3) / (n - 2))
    speed = (n - 3) / (n - 2) * shell / seconds
    r = star + shell
    wind = WIND_BASE + (WIND_SPEED - WIND_BASE) * (1 - star / r) ** beta
    D = rate / wind
    diffusion = 6.6 * D / 5e16
    L = 2 * np.pi * RADIATED * D * speed**3
    L = L * -np.expm1(-t / diffusion) * np.exp(-np.minimum((r / WIND_EDGE) ** 4, 300))
    # Where the wind is thick the light comes from its own photosphere, τ = 2/3.
    photosphere = np.maximum(r, np.minimum(1.5 * 0.34 * D, WIND_EDGE))
    T = (L / (4 * np.pi * SIGMA * photosphere**2)) ** 0.25
    return L, np.maximum(T, COOLEST * KELVIN)


def spectrum(wave: NDArray[np.float64], temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the luminosity at each wavelength: a black body whose lines block the ultraviolet.

    min(B(T), B(0.74 T)), each normalised to the same luminosity (Morag et al. 2023, Eq. A4).

    Parameters
    ----------
    wave : array, shape (W,)
        Å, in the rest frame.
    temperature : array, shape (X,)
        K.

    Returns
    -------
    array, shape (X, W)
        Per Å.
    """
    h_c_k = 1.438776877e8  # Å K

    def share(T: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.minimum(h_c_k / (wave * T[:, None]), 600)
        return 15 / np.pi**4 * x**4 / np.expm1(x) / wave  # π B_λ / (σ T⁴)

    return np.minimum(share(temperature), share(0.74 * temperature))

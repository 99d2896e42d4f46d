"""Light of an exploded red supergiant: shock cooling, plateau and radioactive tail.

Luminosities and colour temperatures against time, from published closed forms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KELVIN = 11604.518  # per eV
SIGMA = 5.670374e-5  # Stefan–Boltzmann, erg/s/cm²/K⁴
SUN, SOLAR_RADIUS = 1.98841e33, 6.957e10  # g, cm
DAY = 86400.0  # s
ENVELOPE = 0.7  # share of the ejecta, of stars of 12 to 16 M☉
COOLEST = 0.47  # eV, on the plateau: 5,500 K, as recombining hydrogen has

NICKEL = 0.032
"""M☉ of ⁵⁶Ni, the median of 115 type II supernovae (Anderson 2019, A&A 628, A7)."""

DROP = 4.0  # days, scale of the fall from the plateau


def cooling(
    t: NDArray[np.float64],
    energy: NDArray[np.float64],
    mass: NDArray[np.float64],
    radius: NDArray[np.float64],
    birth: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Luminosity and colour temperature of the ejecta themselves.

    Until hydrogen recombines: Morag, Sapir & Waxman (2023, MNRAS 522, 2764), Eqs. A1 to A9, with
    v_s* = 1.05 (E/M)^½, f_ρ = 1 and electron scattering. From there L goes exponentially to the
    `plateau` at 50 d and T as t^−0.3 to `COOLEST`, which is our interpolation. The plateau falls
    to the `radioactive` tail.

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
    birth : array, shape (N, 1)
        Mass of the star at birth, M☉.

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
    t_tr = 19.5 * np.sqrt(ENVELOPE * mass / v)
    t_end = 6.86 * R**0.56 * v**0.16 * mass**-0.06  # T = 0.7 eV, before t_tr / 2
    early = np.clip(t, 17 / 1440 * R, t_end)
    s = early / t_br
    L = L_br * (s ** (-4 / 3) + 0.9 * np.exp(-np.sqrt(2 * early / t_tr)) * s**-0.17)
    T = T_br * np.minimum(0.97 * s ** (-1 / 3), s**-0.45)
    T = np.maximum(T * np.maximum(t / t_end, 1) ** -0.3, COOLEST)

    level, lasts = plateau(energy, birth)
    part = np.clip((t - t_end) / (50 - t_end), 0, 1)
    left = 1 / (1 + np.exp(np.minimum((t - lasts) / DROP, 50)))
    return L ** (1 - part) * level**part * left + radioactive(t) * (1 - left), T * KELVIN


def plateau(
    energy: NDArray[np.float64], birth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Luminosity after 50 days (erg/s) and end of the plateau (days) of stars of solar metallicity.

    L₅₀ = 1.49e42 E₅₁^0.82 (M/10)^0.77 and t = 128 E₅₁^−0.26 (M/10)^0.11 with the mass at birth,
    which Kasen & Woosley (2009, ApJ 703, 2205) fitted to their models without ⁵⁶Ni.
    """
    tens = birth / 10
    return 1.49e42 * energy**0.82 * tens**0.77, 128 * energy**-0.26 * tens**0.11


def radioactive(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power of the decay of `NICKEL` and its cobalt, erg/s, after t days.

    Nadyozhin (1994, ApJS 92, 527).
    """
    return NICKEL * (6.45e43 * np.exp(-t / 8.8) + 1.45e43 * np.exp(-t / 111.3))


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

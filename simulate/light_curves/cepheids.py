"""Classical Cepheids: Fourier series of 600 stars of the Magellanic Clouds, weighted as in M33."""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population import magnitudes, tables
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey

G_OVER_I = 2.1
"""Amplitude in g over that in I: those in B, V and I go as 1.5 : 1 : 0.6 (Klagyivik & Szabados
2009, A&A 504, 959), and g follows V + 0.6 (B − V) (Jester et al. 2005, AJ 130, 873)."""


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N Cepheids, each with the period, amplitude and Fourier parameters of one of the table.

    The magnitude averaged over phase follows the survey's distribution, and the phase is uniform.

    Returns
    -------
    LightCurves
        With the parameters ``magnitude`` (mean), ``period`` (days), ``amplitude`` (peak to peak,
        mag) and ``phase`` (at MJD 0).
    """
    u = rngs.random(3)
    stars = star_table()
    star = stars.iloc[np.floor(u[:, 0] * len(stars)).astype(np.int64)]
    mean = magnitudes.draw(u[:, 1], survey.magnitudes, "cepheid")
    period = star["period"].to_numpy()
    amplitude = G_OVER_I * star["amplitude"].to_numpy()
    phase = visits.mjd / period[:, None] + u[:, 2:3]
    curve = mean[:, None] + (amplitude / star["swing"].to_numpy())[:, None] * series(star, phase)
    parameters = pd.DataFrame(
        {"magnitude": mean, "period": period, "amplitude": amplitude, "phase": u[:, 2]}
    )
    return LightCurves(curve, parameters)


def series(stars: pd.DataFrame, phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """The Fourier sum of magnitudes whose first term has amplitude 1.

    Σ_k R_k1 cos(2πkφ + φ_k1) with R_11 = 1 and φ_11 = 0 (Simon & Lee 1981): OGLE's convention, a
    cosine series of magnitudes.

    Parameters
    ----------
    stars : DataFrame, N rows
        ``r21``, ``phi21``, ``r31``, ``phi31``.
    phase : array, shape (N, E)

    Returns
    -------
    array, shape (N, E)
    """
    angle = 2 * np.pi * (phase % 1)
    total = np.cos(angle)
    for k in (2, 3):
        ratio, shift = (stars[f"{name}{k}1"].to_numpy()[:, None] for name in ("r", "phi"))
        total = total + ratio * np.cos(k * angle + shift)
    return total


@cache
def star_table() -> pd.DataFrame:
    """The 600 stars.

    ``period`` (days), ``amplitude`` (I, mag), ``r21``, ``phi21``, ``r31``, ``phi31``, and the
    ``swing`` of their `series` from peak to peak.
    """
    stars = tables.read("cepheids.csv")
    grid = np.broadcast_to(np.arange(256) / 256, (len(stars), 256))
    return stars.assign(swing=np.ptp(series(stars, grid), axis=1))

"""Eclipsing binaries: contact, detached and semi-detached, with LINEAR's periods and amplitudes."""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves import contact_binaries, disc_binaries
from simulate.light_curves.light_curves import LightCurves, Visits, keep
from simulate.population import magnitudes, tables
from simulate.population.rngs import ObjectRNGs
from surveys.conditions import quantiles
from surveys.survey import Survey

CONTACT, DETACHED = 0.6, 0.2
"""Shares of the draws; the rest is semi-detached. Of LINEAR's 87 % are in contact, but then a few
dozen visits would show hardly any other kind."""

SHALLOW, SHALLOWEST = 0.5, 0.3
"""Share of binaries with smaller amplitudes than LINEAR's, down to this part of one. LINEAR's
errors hide eclipses under 0.25 mag; of 19 real binaries in HiTS a quarter vary by less than 0.21
mag, as hardly one in a hundred with LINEAR's amplitudes does."""

SEVERAL, WELL_OFF, ERRORS = 3, 0.05, 3.0
"""Kept are binaries that at 3 visits or more are fainter than their mean by 0.05 mag and by three
times the visit's error."""


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N binaries whose eclipses show at the visits.

    Returns
    -------
    LightCurves
        With the parameters ``magnitude`` (between eclipses), ``period`` (days), ``amplitude``
        (depth of the deeper eclipse, mag), ``phase`` (at MJD 0; that eclipse is at 0), ``subtype``
        (contact, detached, semi_detached) and, but for contact binaries, those of
        `disc_binaries.pairs`.

    Raises
    ------
    SkymovieError
        If the visits of an object are too few to ever show an eclipse.
    """
    return keep(
        lambda some, seen: _draw(some, seen, survey),
        shows_eclipses,
        rngs,
        visits,
        "a binary that shows its eclipses",
    )


def shows_eclipses(curves: LightCurves, visits: Visits) -> NDArray[np.bool_]:
    """Which objects have several points well below their mean, shape (N,)."""
    m = curves.magnitude
    seen = np.isfinite(m)
    mean = np.sum(m, axis=1, where=seen) / np.maximum(seen.sum(axis=1), 1)
    error = 1.0857 / 5 * 10 ** (0.4 * (m - visits.limiting_magnitude))
    off = m - mean[:, None] > np.maximum(WELL_OFF, ERRORS * error)
    return off.sum(axis=1) >= SEVERAL


def _draw(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    u = rngs.random(9)
    contact = u[:, 0] < CONTACT
    detached = ~contact & (u[:, 0] < CONTACT + DETACHED)
    period, amplitude = np.empty(len(u)), np.empty(len(u))
    for kind, rows in (("contact", contact), ("algol", ~contact)):
        period[rows] = linear(kind, "period", u[rows, 1])
        amplitude[rows] = linear(kind, "amplitude", u[rows, 2])
    amplitude *= np.interp(u[:, 8], [0, SHALLOW], [SHALLOWEST, 1])
    bright = magnitudes.draw(u[:, 3], survey.magnitudes, "eclipsing_binary")
    angle = 2 * np.pi * ((visits.mjd / period[:, None] + u[:, 4:5]) % 1)
    discs = np.flatnonzero(~contact)
    stars = disc_binaries.pairs(u[discs, 5:8], detached[discs], amplitude[discs])
    curve = np.empty_like(angle)
    curve[discs] = disc_binaries.light_curve(angle[discs], stars)
    curve[contact] = contact_binaries.light_curve(
        angle[contact], amplitude[contact], u[contact, 5], u[contact, 6]
    )
    stars = stars.set_index(discs).reindex(range(len(u)))
    parameters = pd.DataFrame(
        {
            "magnitude": bright,
            "period": period,
            "amplitude": amplitude,
            "phase": u[:, 4],
            "subtype": np.select([contact, detached], ["contact", "detached"], "semi_detached"),
        }
    )
    return LightCurves(bright[:, None] + curve, pd.concat([parameters, stars], axis=1))


def linear(kind: str, quantity: str, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """LINEAR's period or amplitude, at the probability `u`, of contact or Algol-like binaries."""
    table = quantile_table()
    values = np.log(table[f"{kind}_{quantity}"]).tolist()
    return np.exp(quantiles.at(u, values, table["quantile"].tolist()))


@cache
def quantile_table() -> pd.DataFrame:
    """Periods (days) and amplitudes (mag) of LINEAR's binaries at seven quantiles."""
    return tables.read("eclipsing_binaries.csv")

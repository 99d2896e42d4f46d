"""RR Lyrae: the periods, amplitudes and template shapes of the 483 stars of SDSS Stripe 82."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population import magnitudes, tables
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey


def sample(rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
    """Draw N stars, each with the period, amplitude and template of one of Sesar et al. (2010).

    The magnitude averaged over phase follows the survey's distribution, and the phase is uniform.

    Returns
    -------
    LightCurves
        With the parameters ``magnitude`` (mean), ``period`` (days), ``amplitude`` (mag), ``phase``
        (at MJD 0), ``subtype`` (ab or c) and ``template`` (number in Sesar et al.).
    """
    u = rngs.random(3)
    stars, templates = stripe_82(), template_table()
    star = stars.iloc[np.floor(u[:, 0] * len(stars)).astype(np.int64)].reset_index(drop=True)
    mean = magnitudes.draw(u[:, 1], survey.magnitudes, "rr_lyrae")
    period, amplitude = star["period"].to_numpy(), star["amplitude"].to_numpy()
    column = templates.columns.get_indexer(pd.Index(star["template"]))
    phase = (visits.mjd / period[:, None] + u[:, 2:3]) % 1
    shape = light_curve(templates.to_numpy(), column, phase)
    curve = mean[:, None] + amplitude[:, None] * (shape - templates.mean().to_numpy()[column, None])
    parameters = pd.DataFrame(
        {
            "magnitude": mean,
            "period": period,
            "amplitude": amplitude,
            "phase": u[:, 2],
            "subtype": star["type"],
            "template": star["template"],
        }
    )
    return LightCurves(curve, parameters)


def light_curve(
    templates: NDArray[np.float64], column: NDArray[Any], phase: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Templates at some phases, by linear interpolation that wraps around.

    Parameters
    ----------
    templates : array, shape (P, K)
        At P phases 0, 1/P, 2/P …
    column : int array, shape (N,)
        Which of the K templates.
    phase : array, shape (N, E)
        In [0, 1) or NaN.

    Returns
    -------
    array, shape (N, E)
    """
    P = len(templates)
    at = np.nan_to_num(phase) * P
    low = np.minimum(at.astype(np.int64), P - 1)
    part = at - low
    column = column[:, None]
    value = (1 - part) * templates[low, column] + part * templates[(low + 1) % P, column]
    return np.where(np.isfinite(phase), value, np.nan)


@cache
def stripe_82() -> pd.DataFrame:
    """The 483 stars: ``type``, ``period`` (days), ``amplitude`` (g, mag), ``template``."""
    return tables.read("rr_lyrae.csv")


@cache
def template_table() -> pd.DataFrame:
    """The 23 g templates, one a column, at 125 phases; from 0 (brightest) to 1 (faintest)."""
    table = tables.read("rr_lyrae_templates.csv").set_index("phase")
    return table.set_axis(table.columns.astype(int), axis=1)

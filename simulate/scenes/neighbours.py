"""Other sources in and near the stamps: faint galaxies and stars along the line of sight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr

from simulate.render.scene import Neighbours
from surveys.survey import Survey

MOST = 4
"""Neighbours of one object; more than four come in less than a thousandth of the stamps."""

DRAWS = 1 + 3 * MOST
"""Uniform draws that one object needs."""

MARGIN = 3.0
"""Pixels beyond the edge of the stamp from which a source still throws light into it."""


def draw(u: NDArray[np.float64], zero_point: NDArray[np.float64], survey: Survey) -> Neighbours:
    """Sources at random places, by number counts that rise as a power of the flux.

    They are drawn as points: a galaxy of 24 mag is smaller than the seeing.

    Parameters
    ----------
    u : array, shape (N, DRAWS)
        Uniform draws.
    zero_point : array, shape (N, E)
        Magnitude of one ADU in each image.
    survey : Survey
    """
    counts, camera = survey.counts, survey.camera
    half = camera.stamp_size / 2 + MARGIN
    area = (2 * half * camera.pixel_scale / 60) ** 2  # square arcminutes
    number = (u[:, :1] > pdtr(np.arange(MOST), counts.density(counts.faint) * area)).sum(axis=1)
    bright, x, y = np.split(u[:, 1:], 3, axis=1)
    row, k = np.nonzero(np.arange(MOST) < number[:, None])
    magnitude = counts.faint + np.log10(bright[row, k]) / counts.slope
    magnitude = np.maximum(magnitude, counts.bright)
    return Neighbours(
        row=row,
        flux=10 ** (-0.4 * (magnitude[:, None] - zero_point[row])),
        dx=half * (2 * x[row, k] - 1),
        dy=half * (2 * y[row, k] - 1),
    )

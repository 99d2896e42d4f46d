"""Movies of one image each, from any images."""

from dataclasses import replace

import numpy as np
import pandas as pd

import surveys
from skymovie import Movies

HITS = surveys.load("hits")
SKY = 300.0
"""Logged background, ADU."""


def single_stamps(images, seeing=1.3, sky=SKY) -> Movies:
    """Images, shape (N, S, S), each under an exposure of its own of that logged seeing, arcsec."""
    N = len(images)
    some = HITS.exposures(1).select(np.arange(N))
    some = replace(some, seeing=np.full(N, seeing), sky=np.full(N, sky))
    names = [f"stamp{n:05d}" for n in range(N)]
    truth = pd.DataFrame({"object_id": names, "label": "non_variable", "ccd": "N1"})
    return Movies(
        images=np.asarray(images)[:, None],
        exposure=np.arange(N, dtype=np.int32)[:, None],
        exposures=some,
        truth=truth.assign(first_alert=-1, start=0),
        survey=HITS,
    )

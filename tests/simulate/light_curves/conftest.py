import numpy as np
import pytest

import surveys
from simulate.light_curves import Visits

NIGHTS = np.array([57070, 57071, 57072, 57073, 57074, 57075, 57077, 57078, 57080, 57090, 57095])
VISITS = np.array([4, 4, 4, 4, 4, 2, 1, 1, 1, 1, 1])


@pytest.fixture(scope="session")
def survey():
    return surveys.load("hits")


@pytest.fixture(scope="session")
def make_visits():
    """Visits like those of HiTS: 25 to 27 of a field in 11 nights, padded on the right to 29."""

    def make(n: int, seed: int = 0) -> Visits:
        rng = np.random.default_rng(seed)
        night = np.repeat(NIGHTS, VISITS)
        hour = np.concatenate([np.arange(k) for k in VISITS]) * 1.65
        mjd = np.full((n, 29), np.nan)
        mjd[:, :27] = night + 0.05 + hour / 24 + rng.uniform(0, 0.02, (n, 1))
        mjd[np.arange(n)[:, None], 27 - rng.integers(0, 3, (n, 1)) + np.arange(2)] = np.nan
        mjd.sort(axis=1)
        limit = np.where(np.isfinite(mjd), 23.6 + 0.5 * rng.standard_normal((n, 29)), np.nan)
        return Visits(mjd, limit)

    return make

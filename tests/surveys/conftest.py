import os

import numpy as np
import pytest

from surveys import Exposures
from surveys.logs import observing_log


@pytest.fixture
def exposures() -> Exposures:
    """Two fields, three and two visits."""
    return Exposures(
        field=np.array(["f_01"] * 3 + ["f_02"] * 2),
        epoch=np.array([1, 2, 3, 1, 2]),
        mjd=np.array([57070.1, 57070.2, 57071.1, 57070.11, 57071.12]),
        band=np.array(["g", "g", "r", "g", "g"]),
        exposure_time=np.full(5, 86.0),
        seeing=np.array([1.1, 1.2, 1.3, 1.4, 2.6]),
        airmass=np.array([1.1, 1.3, 1.5, 1.2, 1.4]),
        sky=np.array([105.0, 120.0, 600.0, 110.0, 130.0]),
        zero_point=np.full(5, 25.05),
        limiting_magnitude=np.full(5, 23.6),
    )


@pytest.fixture(scope="session")
def hits_records() -> Exposures:
    """The real g exposures of HiTS."""
    folder = os.environ.get("SKYMOVIE_HITS")
    if not folder:
        pytest.skip("SKYMOVIE_HITS names no copy of the real HiTS data")
    return observing_log.read(folder, "g")

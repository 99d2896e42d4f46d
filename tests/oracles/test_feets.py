"""Our features against the package feets, where docs/reference/features.md says they agree."""

import warnings

import numpy as np
import pytest

from lightcurve_rf.features import FEATURES, extract
from tests.oracles.features_table import same

THEIRS = {"Beyond1Std": "WeightedBeyondNStd", "SlottedA_length": "SlottedALength"}
# By default feets takes slots of a day; None gives FATS' own.
SETTINGS = {"SlottedALength": {"T": None}, "StetsonKAC": {"T": None}}
SEARCHED = ("CAR_mean", "CAR_sigma", "CAR_tau")


@pytest.fixture(scope="module")
def light_curves():
    """Ten light curves (time, magnitude, error) of 22 to 31 points that vary with 0.61 days."""
    rng = np.random.default_rng(5)
    out = []
    for points in range(22, 32):
        time = np.sort(rng.uniform(57070, 57095, points))
        magnitude = 20 + 0.4 * np.sin(2 * np.pi * time / 0.61) + rng.normal(0, 0.1, points)
        out.append((time, magnitude, rng.uniform(0.03, 0.08, points)))
    return out


@pytest.fixture(scope="module")
def theirs(light_curves):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feets = pytest.importorskip("feets", reason="the package feets is not installed")
        space = feets.FeatureSpace(
            only=[THEIRS.get(name, name) for name in same("feets")],
            dask_options={"scheduler": "synchronous"},
            **SETTINGS,
        )
        curves = [dict(zip(("time", "magnitude", "error"), c, strict=True)) for c in light_curves]
        return list(space.extract_many(*curves))


@pytest.fixture(scope="module")
def ours(light_curves):
    return [
        dict(zip(FEATURES, extract(*(a[None] for a in c))[0], strict=True)) for c in light_curves
    ]


@pytest.mark.parametrize("name", [name for name in same("feets") if name not in SEARCHED])
def test_feature_has_the_value_of_feets(name, ours, theirs):
    expected = [values[THEIRS.get(name, name)] for values in theirs]
    mine = [values[name] for values in ours]
    np.testing.assert_allclose(mine, expected, rtol=1e-9, atol=1e-9)


def test_the_damped_random_walk_is_that_of_feets(ours, theirs):
    mine, expected = (
        np.array([[values[name] for name in SEARCHED] for values in all_]).T
        for all_ in (ours, theirs)
    )
    variance, their_variance = (tau * sigma**2 / 2 for _, sigma, tau in (mine, expected))
    np.testing.assert_allclose(variance, their_variance, rtol=1e-3)
    # A walk that is over before the next point is as likely with any shorter τ.
    lasting = mine[2] > 0.03
    assert lasting.sum() > 5
    np.testing.assert_allclose(mine[:, lasting], expected[:, lasting], rtol=1e-3)

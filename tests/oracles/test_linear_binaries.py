"""Our quantiles of eclipsing binaries against LINEAR's catalogue (Palaversa et al. 2013)."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp

from simulate.light_curves import eclipsing_binaries

KINDS = {"contact": (5, 2246), "algol": (4, 342)}  # LCtype and how many there are


@pytest.fixture(scope="module")
def catalogue():
    """Period (days), amplitude (mag) and type of LINEAR's periodic variables."""
    if "SKYMOVIE_TEMPLATES" not in os.environ:
        pytest.skip("SKYMOVIE_TEMPLATES names no folder with LINEAR's catalogue")
    path = Path(os.environ["SKYMOVIE_TEMPLATES"]) / "LINEARattributesFinalApr2013.dat.gz"
    with gzip.open(path, "rt") as file:
        log_period, amplitude, kind = np.loadtxt(file, usecols=(6, 7, 12), unpack=True)
    return {"period": 10**log_period, "amplitude": amplitude, "kind": kind}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quantity", ["period", "amplitude"])
def test_the_table_holds_the_catalogues_quantiles(catalogue, kind, quantity):
    code, count = KINDS[kind]
    theirs = catalogue[quantity][catalogue["kind"] == code]
    assert len(theirs) == count
    table = eclipsing_binaries.quantile_table()
    found = np.exp(np.quantile(np.log(theirs), table["quantile"]))
    np.testing.assert_allclose(table[f"{kind}_{quantity}"], found, atol=6e-4)


@pytest.mark.parametrize("quantity", ["period", "amplitude"])
def test_draws_are_distributed_as_the_catalogue(catalogue, quantity):
    # Seven quantiles, joined smoothly, hold the whole distribution of thousands of stars.
    u = (np.arange(20_000) + 0.5) / 20_000
    drawn = {kind: eclipsing_binaries.linear(kind, quantity, u) for kind in KINDS}
    for kind, (code, count) in KINDS.items():
        theirs = catalogue[quantity][catalogue["kind"] == code]
        distance = ks_2samp(drawn[kind], theirs).statistic
        print(f"{kind} {quantity}: {distance:.3f}")
        assert distance < 1.36 / np.sqrt(count)  # Kolmogorov's 5 %
    # A tenth more of either would be noticed.
    theirs = catalogue[quantity][catalogue["kind"] == KINDS["contact"][0]]
    assert ks_2samp(1.1 * drawn["contact"], theirs).pvalue < 1e-6

"""Features of light curves a second: ours against the package feets, on the same light curves.

The light curves are those that the forest sees: movies of all classes under the conditions of HiTS,
measured, those with at least 20 points. feets computes the features that both have, ours every
feature. `ratio` is of what a user waits for a light curve, each on all cores: feets with whichever
of Dask's schedulers serves it best in this run (starting processes may cost it more than it gains),
ours with threads. `ratio_per_core` is of processor seconds, feets' in one process: how many cores
there are, and how busy, matters little to it. Last line: one JSON object.

    python benchmarks/features_vs_feets.py
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import simulate
import surveys
from lightcurve_rf.features import FEATURES, extract
from skymovie.measure.photometry import measure
from surveys import processors

FEWEST = 20
REPEATS = 5
SCHEDULERS = ("synchronous", "processes")

RENAMED = {
    "Beyond1Std": "WeightedBeyondNStd",
    "Eta_e": "EtaE",
    "FluxPercentileRatioMid20": "PercentageRatio",
    "Meanvariance": "MeanVariance",
    "PercentDifferenceFluxPercentile": "PercentDiffPercentile",
    "SlottedA_length": "SlottedALength",
}
"""Features that feets calls by another name; it has the other percentile ratios as settings."""
SETTINGS = {f"FluxPercentileRatioMid{share}" for share in (35, 50, 65, 80)}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int, default=64, help="given to feets (%(default)s)")
    parser.add_argument("--many", type=int, default=2000, help="given to ours (%(default)s)")
    options = parser.parse_args()
    names = sorted(RENAMED.get(name, name) for name in set(FEATURES) - SETTINGS)
    theirs = {scheduler: feets_space(names, scheduler) for scheduler in SCHEDULERS}

    curves = light_curves(options.many)
    points = np.isfinite(curves[0]).sum(axis=1)
    few = [
        dict(zip(("time", "magnitude", "error"), _points(curves, n), strict=True))
        for n in np.linspace(0, len(points) - 1, options.few, dtype=int)
    ]
    extract(*curves)  # compiles
    for space in theirs.values():
        space.extract_many(few[0])

    cpu = min(_cpu(lambda: extract(*curves)) for _ in range(REPEATS)) / len(points)
    wall = min(_wall(lambda: extract(*curves)) for _ in range(REPEATS)) / len(points)
    one = theirs["synchronous"]
    feets_cpu = min(_cpu(lambda: one.extract_many(*few)) for _ in range(2)) / len(few)
    waits = {
        name: min(_wall(lambda s=space: s.extract_many(*few)) for _ in range(2)) / len(few)
        for name, space in theirs.items()
    }
    best = min(waits, key=lambda name: waits[name])

    print(f"{len(points):,} light curves of {points.min()} to {points.max()} points")
    for name, wait in waits.items():
        print(f"feets, Dask's {name} scheduler: {1e3 * wait:.1f} ms a light curve")
    print(f"ours on {processors.count()} cores: {1e3 * wall:.3f} ms a light curve")
    print(f"of processor time: feets {1e3 * feets_cpu:.1f} ms, ours {1e3 * cpu:.3f} ms")
    result = {
        "ratio": waits[best] / wall,
        "light_curves_per_second": 1 / wall,
        "ratio_per_core": feets_cpu / cpu,
    }
    print(json.dumps({key: round(value, 1) for key, value in result.items()}))


def feets_space(names: list[str], scheduler: str) -> Any:
    """The `FeatureSpace` of feets for some of its features; ends the program without feets."""
    try:
        import feets
    except ImportError:
        sys.exit("features_vs_feets: needs the package feets; install it with pip install feets")
    warnings.simplefilter("ignore")
    return feets.FeatureSpace(only=names, dask_options={"scheduler": scheduler})


def light_curves(n: int) -> list[NDArray[np.float64]]:
    """Time, magnitude and error, shape (n, E), of simulated movies of enough points."""
    parts: list[list[NDArray[np.float64]]] = []
    survey, seed = surveys.load("hits"), 0
    while sum(len(part[0]) for part in parts) < n:
        curves = measure(simulate.movies(survey, n=448, seed=seed))
        arrays = [curves.time, curves.magnitude, curves.magnitude_error]
        good = np.isfinite(arrays).all(axis=0) & (arrays[2] > 0)
        long = good.sum(axis=1) >= FEWEST
        parts.append([np.where(good, a, np.nan)[long] for a in arrays])
        seed += 1
    width = max(part[0].shape[1] for part in parts)
    padded = [
        [np.pad(a, [(0, 0), (0, width - a.shape[1])], constant_values=np.nan) for a in part]
        for part in parts
    ]
    return [np.concatenate(column)[:n] for column in zip(*padded, strict=True)]


def _points(curves: list[NDArray[np.float64]], n: int) -> list[NDArray[np.float64]]:
    good = np.isfinite(curves[0][n])
    return [a[n, good] for a in curves]


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _wall(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

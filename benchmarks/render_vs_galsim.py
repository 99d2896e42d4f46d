"""Movies a second: the batched renderer against a loop over GalSim's drawImage, in one run.

The same scenes, of all seven classes under the conditions of HiTS, are rendered by both on one
core, and their seconds on it are counted: GalSim's with its own accuracy, with which it is twice as
fast as with the finer one that our images are compared with. Last line: one JSON object.

    python benchmarks/render_vs_galsim.py
    python benchmarks/render_vs_galsim.py --device gpu    # the card's rate beside
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable

import galsim
import numpy as np
from threadpoolctl import threadpool_limits

import surveys
from simulate.render import galsim_renderer
from simulate.render.render import renderer
from simulate.render.scene import Scene
from simulate.scenes import objects
from simulate.scenes.recipe import Recipe
from skymovie import CLASSES
from surveys.errors import UsageError

REPEATS = 5


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movies", type=int, default=28, help="rendered by GalSim (%(default)s)")
    parser.add_argument("--batched", type=int, default=1792, help="rendered by ours (%(default)s)")
    parser.add_argument("--device", default="cpu", choices=("cpu", "gpu"))
    options = parser.parse_args()
    try:
        on_device = renderer("fourier", options.device)
    except UsageError as error:
        parser.error(str(error))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    survey = surveys.load("hits")
    stamp = survey.camera.stamp_size
    recipe = Recipe.of(survey, 0, CLASSES, "fourier")
    few, many = (
        objects.draw(recipe, "train", np.arange(n)).scene
        for n in (options.movies, max(options.batched, options.movies))
    )
    fourier = renderer("fourier")
    with threadpool_limits(1):
        ours = fourier(few, stamp)  # and fills its tables
        seconds = min(_seconds(fourier, many, stamp) for _ in range(REPEATS))
        our_rate = len(many) / seconds
        theirs = galsim_renderer.expected(few, stamp)
        plain = galsim.GSParams()
        galsim_rate = len(few) / _seconds(galsim_renderer.expected, few, stamp, plain)
    if options.device == "gpu":
        print(
            f"card {_card_rate(on_device, many, stamp):,.0f} movies/s, copying to and fro included"
        )
    print(f"GalSim {galsim_rate:.1f}, batched {our_rate:,.0f} movies/s on one core")
    print(
        json.dumps(
            {
                "ratio": round(our_rate / galsim_rate, 1),
                "max_relative_difference": float(f"{_worst(ours, theirs, few):.2g}"),
                "movies_per_second": round(our_rate, 1),
            }
        )
    )


def _seconds(render: Callable[..., np.ndarray], *arguments: object) -> float:
    began = time.process_time()
    render(*arguments)
    return time.process_time() - began


def _card_rate(render: Callable[..., np.ndarray], scene: Scene, stamp: int) -> float:
    """Movies a second of wall time on the graphics card."""
    render(scene, stamp)  # compiles
    best = np.inf
    for _ in range(REPEATS):
        began = time.perf_counter()
        render(scene, stamp)
        best = min(best, time.perf_counter() - began)
    return len(scene) / best


def _worst(ours: np.ndarray, theirs: np.ndarray, scene: Scene) -> float:
    """Largest difference of any pixel in units of its stamp's peak above the sky."""
    there = scene.present
    ours, theirs = (v[there].astype(float) for v in (ours, theirs))
    peak = (theirs - scene.sky[there][:, None, None]).max(axis=(1, 2))
    # A supernova that has not begun, on no host, is sky alone.
    lit = peak > 0
    return float((np.abs(ours - theirs).max(axis=(1, 2))[lit] / peak[lit]).max())


if __name__ == "__main__":
    main()

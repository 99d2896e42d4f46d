"""Movies a second: the batched renderer against a loop over GalSim's drawImage, in one run.

The same scenes, of all seven classes under the conditions of HiTS, are rendered by both on one
core. Last line: one JSON object.

    python benchmarks/render_vs_galsim.py
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

import surveys
from movies import CLASSES
from simulate import fourier_renderer, galsim_renderer, objects
from simulate.recipe import Recipe


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movies", type=int, default=28)
    options = parser.parse_args()
    survey = surveys.load("hits")
    stamp = survey.camera.stamp_size
    recipe = Recipe.of(survey, 0, CLASSES, "fourier")
    few, many = (
        objects.draw(recipe, "train", np.arange(n)).scene
        for n in (options.movies, 16 * options.movies)
    )
    fourier_renderer.expected(few, stamp)  # compiles

    began = time.perf_counter()
    theirs = galsim_renderer.expected(few, stamp).astype(float)
    galsim_rate = len(few) / (time.perf_counter() - began)
    began = time.perf_counter()
    fourier_renderer.expected(many, stamp)
    our_rate = len(many) / (time.perf_counter() - began)

    ours = fourier_renderer.expected(few, stamp).astype(float)
    peak = (theirs - np.where(few.present, few.sky, 0)[..., None, None]).max(axis=(2, 3))
    worst = np.abs(ours - theirs).max(axis=(2, 3)) / np.where(peak > 0, peak, np.inf)
    print(f"GalSim {galsim_rate:.1f}, batched {our_rate:.0f} movies/s on one core")
    print(
        json.dumps(
            {
                "ratio": round(our_rate / galsim_rate, 1),
                "max_relative_difference": float(f"{worst.max():.2g}"),
                "movies_per_second": round(our_rate, 1),
            }
        )
    )


if __name__ == "__main__":
    main()

"""Draw real HiTS movies above simulated ones of the same class and about the same brightness.

    python examples/real_and_simulated.py docs/real_and_simulated.png

The real movies are found as the commands find them (`SKYMOVIE_HITS`, or what `download-hits` got).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

import simulate
import surveys
from movies import TITLES, Movies, photometry
from movies.contact_sheet import strip
from movies.real import open_real

SHOWN = ("non_variable", "rr_lyrae", "eclipsing_binary", "supernova")
ROWS, IMAGES = 2, 14


def brightness(movies: Movies) -> NDArray[np.float64]:
    """Brightest tenth of each object's magnitudes: for a supernova, about its peak."""
    return np.nanpercentile(photometry.measure(movies).magnitude, 10, axis=1)


def pairs(real: Movies, simulated: Movies, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Real movies picked at random, each with the simulated one nearest to it in brightness."""
    picked = rng.choice(len(real), ROWS, replace=False)
    left, right = brightness(real), brightness(simulated)
    free = np.ones(len(simulated), bool)
    out = []
    for row in picked:
        nearest = int(np.argmin(np.where(free, np.abs(right - left[row]), np.inf)))
        free[nearest] = False
        out.append((int(row), nearest))
    return out


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--real", default="hits")
    options = parser.parse_args()

    rng = np.random.default_rng(15)
    real = open_real(options.real)
    # The same nights and skies: the exposures that took the real movies.
    survey = surveys.load("hits")
    survey = replace(survey, log=real.exposures) if len(real.exposures) else survey
    figure = Figure(figsize=(11, 11.1))
    FigureCanvasAgg(figure)
    lines = len(SHOWN) * ROWS * 2
    grid = figure.add_gridspec(
        lines + len(SHOWN) - 1,
        1,
        height_ratios=([1.0] * ROWS * 2 + [0.2]) * (len(SHOWN) - 1) + [1.0] * ROWS * 2,
        left=0.15,
        right=0.99,
        top=0.99,
        bottom=0.01,
        hspace=0.05,
    )
    line = 0
    for name in SHOWN:
        ours = simulate.movies(survey, 400, seed=7, classes=[name])
        theirs = real.select(np.flatnonzero(real.truth["label"] == name))
        for left, right in pairs(theirs, ours, rng):
            for movies, row, origin in ((theirs, left, "real"), (ours, right, "simulated")):
                axis = figure.add_subplot(grid[line])
                picture = strip(movies, row, IMAGES)
                axis.imshow(picture, cmap="gray", vmin=-1, vmax=np.nanpercentile(picture, 99.7))
                axis.set_axis_off()
                text = f"{TITLES[name]}\n{origin}"
                axis.text(-0.01, 0.5, text, transform=axis.transAxes, ha="right", va="center")
                line += 1
        line += 1  # a gap between the classes
    options.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out, dpi=80)
    print(options.out)


if __name__ == "__main__":
    main()

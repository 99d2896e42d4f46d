"""Three supernovae image by image, as Figures 18 to 20 of Carrasco-Davis et al. (2018).

Which three is no matter of taste. All supernovae of the real movies are ranked by the probability
that RCNN and forest, having learnt from simulated movies alone, gave to "supernova", mean over both
and over all images; shown are the first, the middle one and the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from compare.report.figures import sheet
from compare.report.style import INK, LOOKS, WIDTH
from skymovie.classes import CLASSES
from skymovie.movies import Movies
from skymovie.plots import image_by_image
from skymovie.predictions import FIRST_PREDICTION, PROBABILITIES

NAME = "supernova"
CLASSIFIERS = ("rcnn", "forest")
ACROSS = 11
"""Stamps in a row: two rows hold the longest movie, and a stamp is 30 px wide on a telephone."""

LETTERS = 9.0
"""Points."""

LEFT, WIDE = 0.58, WIDTH - 0.66
"""Of what is drawn, inches."""

CURVE, ANSWERS, BELOW = 1.8, 2.0, 1.05
"""Heights, inches: of the light curve, of a classifier's answers, of what stands under them."""


@dataclass(frozen=True)
class Example:
    """A supernova and what was said of it.

    Attributes
    ----------
    movie : Movies
        One movie, as `Movies.sequences` has it.
    place : int
        In the ranking, from 1.
    probabilities : dict of arrays, shape (E − 2, C)
        Of each of `CLASSIFIERS` after 3 … E images.
    """

    movie: Movies
    place: int
    probabilities: dict[str, NDArray[np.float64]]


def choose(network: pd.DataFrame, forest: pd.DataFrame, real: Movies) -> tuple[int, list[Example]]:
    """Rank the supernovae and take three.

    Parameters
    ----------
    network, forest : DataFrame
        Prediction tables of one classifier and trial each, on the real movies.
    real : Movies

    Returns
    -------
    int
        Number of supernovae in the ranking.
    list of Example
        The first, the middle and the last; fewer where there are fewer.
    """
    keys = ["object_id", "n_images"]
    both = network.merge(forest[[*keys, *PROBABILITIES]], on=keys, suffixes=("_rcnn", "_forest"))
    both = both[both["label"] == NAME].sort_values(keys)
    columns = [f"p_{NAME}_{classifier}" for classifier in CLASSIFIERS]
    sure = both.assign(sure=both[columns].mean(axis=1)).groupby("object_id")["sure"].mean()
    # By name first, so that equals always stand in the same order.
    ranked = sure.sort_index().sort_values(ascending=False, kind="stable").index.tolist()
    if not ranked:
        return 0, []
    rows = {name: row for row, name in enumerate(real.object_id.tolist())}
    examples = []
    for place in sorted({0, (len(ranked) - 1) // 2, len(ranked) - 1}):
        said = both[both["object_id"] == ranked[place]]
        movie = real.select(np.array([rows[ranked[place]]])).sequences()
        probabilities = {
            classifier: said[[f"{p}_{classifier}" for p in PROBABILITIES]].to_numpy(np.float64)
            for classifier in CLASSIFIERS
        }
        examples.append(Example(movie, place + 1, probabilities))
    return len(ranked), examples


def numbers(ranked: int, examples: Sequence[Example]) -> dict[str, Any] | None:
    """What ``metrics.json`` holds of them; None where there are none."""
    if not examples:
        return None
    return {"n": ranked, "examples": [_numbers(example) for example in examples]}


def _numbers(example: Example) -> dict[str, Any]:
    alert = int(example.movie.truth["first_alert"].iloc[0])
    entry: dict[str, Any] = {
        "object_id": str(example.movie.object_id[0]),
        "place": example.place,
        "images": int(example.movie.n_images[0]),
        "first_alert": alert + 1 if alert >= 0 else None,
    }
    code = CLASSES.index(NAME)
    for classifier, p in example.probabilities.items():
        named = p.argmax(axis=1)
        begin, _, last = image_by_image.runs(named)[-1]
        entry[classifier] = {
            "probability": [float(value) for value in p[:, code]],
            "named": CLASSES[last],
            "named_from": begin + FIRST_PREDICTION,
        }
    return entry


def draw(example: Example) -> str:
    """Stamps, light curve, and the probabilities of both classifiers above one another, as SVG."""
    lines = -(-int(example.movie.n_images[0]) // ACROSS)
    stamps = lines * WIDE / ACROSS
    height = stamps + CURVE + 2 * ANSWERS + BELOW

    def fill(figure: Figure) -> None:
        def axes(top: float, tall: float) -> Axes:
            """`top` is counted from the top of the figure; all in inches."""
            place = (LEFT / WIDTH, 1 - (top + tall) / height, WIDE / WIDTH, tall / height)
            return figure.add_axes(place)

        _stamps(axes(0.03, stamps), example.movie, lines)
        curve = axes(stamps + 0.3, CURVE - 0.4)
        image_by_image.light_curve(curve, example.movie, LETTERS, 3)
        _nights(curve, example.movie)
        for k, (classifier, p) in enumerate(example.probabilities.items()):
            top = stamps + CURVE + k * ANSWERS
            band, curves = axes(top + 0.18, 0.22), axes(top + 0.44, ANSWERS - 0.54)
            band.set_title(f"{LOOKS[classifier].title} names", loc="left", fontsize=LETTERS, pad=2)
            image_by_image.named_band(band, p.argmax(axis=1), LETTERS)
            image_by_image.answers(curves, p, NAME, LETTERS, 3, 4.0)
            image_by_image.rule_nights(curves, example.movie)
            if k == 0:
                curves.set(xlabel="", xticklabels=[])
        handles, titles = curves.get_legend_handles_labels()
        figure.legend(handles, titles, loc="lower center", ncols=3, fontsize=LETTERS)

    return sheet(fill, height, constrained=False)


def _stamps(axis: Axes, movie: Movies, lines: int) -> None:
    """The images in rows of `ACROSS`, numbered."""
    pictures = image_by_image.calibrated(movie)
    size = pictures.shape[-1] + 1
    page = np.full((lines * size, ACROSS * size), np.nan)
    for k, picture in enumerate(pictures):
        row, column = divmod(k, ACROSS)
        y, x = row * size, column * size
        page[y : y + size - 1, x : x + size - 1] = picture
        axis.text(
            x + 0.5,
            y + 0.5,
            f"{k + 1}",
            color="white",
            fontsize=7.5,
            va="top",
            path_effects=[withStroke(linewidth=1.5, foreground=INK)],
        )
    axis.imshow(page, cmap="gray", vmin=-1.0, vmax=image_by_image.white(pictures), aspect="auto")
    axis.set_axis_off()


def _nights(axis: Axes, movie: Movies) -> None:
    """Lines and days above the light curve, as many days as there is room for."""
    image_by_image.rule_nights(axis, movie)
    free = 0.0
    for image, text in image_by_image.nights(movie):
        if image >= free:
            axis.annotate(
                text,
                (image + 0.55, 1.02),
                xycoords=("data", "axes fraction"),
                fontsize=7.5,
                color=INK,
            )
            free = image + 0.42 * len(text)

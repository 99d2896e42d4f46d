"""One movie image by image: stamps, light curve and answers, each image in a column of its own.

What the pictures of `rcnn explain` and of the comparison report have in common, after Figures 18 to
20 of Carrasco-Davis et al. (2018): one sees at which image a classifier changed its mind. All axes
count images from 1; a `movie` is a single one, as `Movies.sequences` has it. Letters of `size`,
points.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skymovie.classes import CLASSES, TRANSIENTS
from skymovie.measure import photometry
from skymovie.movies import Movies
from skymovie.plots.class_colours import COLOURS, MARKERS
from skymovie.plots.contact_sheet import title_of
from skymovie.plots.object_picture import ALERT, DETECTED
from skymovie.predictions import FIRST_PREDICTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRAME = 2
"""Width of the frame of a stamp whose pixels stand for its sky, px."""

NIGHT = 0.4
"""Days between images from which they are of different nights."""

SMALL = 8.0
"""Letters of a picture that is seen whole, points."""


def calibrated(movie: Movies) -> NDArray[np.float64]:
    """The stamps for the eye, shape (E, S, S).

    Sky subtracted and scaled to the zero point of the first image (Carrasco-Davis et al. 2018,
    Eq. 4), in units of three times the median image's noise, asinh-stretched: a constant star looks
    alike in every image.
    """
    E = int(movie.n_images[0])
    images = movie.images[0, :E].astype(float)
    frame = np.ones(images.shape[1:], bool)
    frame[FRAME:-FRAME, FRAME:-FRAME] = False
    zero_point = movie.conditions("zero_point")[0, :E]
    factor = 10 ** (0.4 * (zero_point[0] - zero_point))
    sky = np.median(images[:, frame], axis=1)
    noise = 1.4826 * factor * np.median(np.abs(images[:, frame] - sky[:, None]), axis=1)
    level = 3 * max(float(np.median(noise)), 1e-3)
    return np.arcsinh((images - sky[:, None, None]) * factor[:, None, None] / level)


def white(pictures: NDArray[np.float64]) -> float:
    """As in `skymovie.plots.contact_sheet`: the object's own brightest, but for single pixels."""
    return max(float(np.nanpercentile(pictures, 99.7)), 1.0)


def nights(movie: Movies) -> list[tuple[int, str]]:
    """The first image of each night, counted from 0, and when it was."""
    mjd = movie.conditions("mjd")[0, : int(movie.n_images[0])]
    begins = [0, *(np.flatnonzero(np.diff(mjd) > NIGHT) + 1).tolist()]
    return [(k, f"MJD {mjd[0]:.1f}" if k == 0 else f"+{mjd[k] - mjd[0]:.0f} d") for k in begins]


def rule_nights(axis: Axes, movie: Movies) -> None:
    """A thin line where a night begins, but for the first."""
    for image, _ in nights(movie)[1:]:
        axis.axvline(image + 0.5, color="0.75", lw=0.8, zorder=0)


def columns(axis: Axes, E: int, size: float = SMALL, every: int = 1) -> None:
    """An x-axis of image numbers."""
    axis.set_xlim(0.5, E + 0.5)
    axis.set_xticks(np.arange(1, E + 1, every))
    axis.tick_params(labelsize=size, direction="in", right=True)


def light_curve(axis: Axes, movie: Movies, size: float = SMALL, every: int = 1) -> None:
    """Photometry with errors; what was not detected is drawn hollow."""
    E = int(movie.n_images[0])
    curves = photometry.measure(movie)
    magnitude, error, flux, flux_error = (
        values[0, :E]
        for values in (curves.magnitude, curves.magnitude_error, curves.flux, curves.flux_error)
    )
    image = np.arange(1, E + 1)
    seen = flux >= DETECTED * flux_error
    known = np.isfinite(magnitude)
    style: dict[str, Any] = {"fmt": "o", "ms": 4.5, "lw": 0.9, "zorder": 3}
    axis.errorbar(image[seen], magnitude[seen], error[seen], color="black", **style)
    axis.errorbar(
        image[~seen],
        magnitude[~seen],
        error[~seen],
        color="0.6",
        markerfacecolor="white",
        label=f"under {DETECTED:.0f} σ" if (~seen & known).any() else None,
        **style,
    )
    levels = [*(magnitude - error)[known], *(magnitude + error)[known]]
    entry = movie.truth.iloc[0]
    true = float(entry.get("magnitude", np.nan))
    if np.isfinite(true):
        text = "true, at best" if entry["label"] in TRANSIENTS else "true"
        axis.axhline(true, color="0.45", lw=1, ls="--", label=f"{text}: {true:.2f}", zorder=1)
        levels.append(true)
    if levels:
        low, high = min(levels), max(levels)
        room = max(0.08 * (high - low), (0.3 - (high - low)) / 2)
        axis.set_ylim(high + room, low - room)
    _first_alert(axis, int(entry["first_alert"]), E, size)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(
            fontsize=size, loc="upper left", frameon=True, framealpha=0.85, edgecolor="0.85"
        )
    columns(axis, E, size, every)
    axis.set_ylabel(f"{movie.survey.band} / mag", fontsize=size + 1)
    axis.set_xticklabels([])


def _first_alert(axis: Axes, alert: int, E: int, size: float) -> None:
    if 0 <= alert < E:
        axis.axvline(alert + 1, color=ALERT, lw=1.2, zorder=1)
        axis.annotate(
            "first alert",
            (alert + 1, 0.03),
            (4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=ALERT,
            fontsize=size,
        )


def runs(named: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Stretches of one answer: first step, step after the last, class."""
    edges = [0, *(np.flatnonzero(np.diff(named)) + 1), len(named)]
    return [(int(a), int(b), int(named[a])) for a, b in pairwise(edges)]


def named_band(axis: Axes, named: NDArray[np.int64], size: float = SMALL) -> None:
    """The class that is named after each image, as a band; a class's title where it has room.

    Parameters
    ----------
    named : int array, shape (E − 2,)
        Indices in `CLASSES` after 3 … E images.
    """
    E = len(named) + FIRST_PREDICTION - 1
    for begin, end, code in runs(named):
        first, wide = begin + FIRST_PREDICTION - 0.5, end - begin
        axis.barh(0.5, wide, 1, first, color=COLOURS[CLASSES[code]], edgecolor="white", lw=1)
        title = title_of(CLASSES[code])
        room = 0.69 * size * len(title) * axis.figure.dpi / 72
        if wide * axis.get_window_extent().width / E > room:
            axis.text(
                first + wide / 2,
                0.47,
                title,
                color="white",
                fontsize=size,
                ha="center",
                va="center",
            )
    axis.set(xlim=(0.5, E + 0.5), ylim=(0, 1))
    axis.set_axis_off()


def answers(
    axis: Axes,
    probabilities: NDArray[np.float64],
    name: str,
    size: float = SMALL,
    every: int = 1,
    marker: float = 5.0,
) -> None:
    """Probability of each class after each image; a line where another is named from there on.

    Parameters
    ----------
    probabilities : array, shape (E − 2, C)
        After 3 … E images.
    name : str
        The class whose curve lies above the others'.
    marker : float
        Size of the markers, points.
    """
    E = len(probabilities) + FIRST_PREDICTION - 1
    image = np.arange(FIRST_PREDICTION, E + 1)
    for code, other in enumerate(CLASSES):
        axis.plot(
            image,
            probabilities[:, code],
            color=COLOURS[other],
            marker=MARKERS[other],
            ms=1.4 * marker if MARKERS[other] == "*" else marker,
            mew=0,
            lw=1.5,
            label=title_of(other),
            zorder=3 if other == name else 2,
            clip_on=False,
        )
    for begin, _, _ in runs(probabilities.argmax(axis=1))[1:]:
        axis.axvline(begin + FIRST_PREDICTION - 0.5, color="0.3", lw=1, ls=":", zorder=1)
    axis.set_ylim(0, 1)
    columns(axis, E, size, every)
    axis.set_xlabel("image", fontsize=size + 1)
    axis.set_ylabel("probability", fontsize=size + 1)

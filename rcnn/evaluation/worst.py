"""The movies that a network gets most wrong, and what it takes them for.

Under each stand the simulated movies that are nearest to it in what the LSTM gives out after the
last image, which is all that the answer rests on: one of the class it is named, one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rcnn.evaluation.figures import save
from rcnn.evaluation.predictions import Answers, losses
from skymovie import CLASSES, TITLES, Movies
from skymovie.measure import photometry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, GAP, CURVE, TEXT, TOP = 0.52, 0.24, 2.1, 2.6, 0.75
"""Inches: height of a row, room between cases, width of light curves and of words, the title."""

SOFTENING = 3.0
"""Noise levels at which the grey scale turns from linear to logarithmic, as in contact sheets."""


@dataclass(frozen=True)
class Case:
    """A movie that is named wrongly, or hardly named rightly, and what stands under it.

    Attributes
    ----------
    row : int
        Of the answers that were judged.
    rival : str
        The class it is named, or, where that is its own, the second most probable.
    neighbours : list of int
        Rows of the simulated answers: the nearest of the rival class and of its own; fewer where
        there is none of a class.
    distances : list of float
        Of the neighbours, in units of the median distance of two simulated movies of one class.
    """

    row: int
    rival: str
    neighbours: list[int]
    distances: list[float]


def cases(judged: Answers, simulated: Answers, most: int) -> list[Case]:
    """The `most` movies of largest loss after the last image, the worst first."""
    loss = losses(judged)
    p = judged.after()
    unit = _typical(simulated)
    found = []
    for row in np.argsort(-loss, kind="stable")[:most].tolist():
        order = np.argsort(-p[row])
        rival = int(order[0] if order[0] != judged.code[row] else order[1])
        apart = np.linalg.norm(simulated.memory - judged.memory[row], axis=1)
        neighbours = []
        for code in (rival, int(judged.code[row])):
            rows = np.flatnonzero(simulated.code == code)
            if len(rows):
                neighbours.append(int(rows[apart[rows].argmin()]))
        distances = [float(apart[k] / unit) for k in neighbours]
        found.append(Case(row, CLASSES[rival], neighbours, distances))
    return found


def _typical(simulated: Answers) -> float:
    """Median distance of two movies of one class."""
    apart = [
        np.linalg.norm(np.diff(simulated.memory[simulated.label == name], axis=0), axis=1)
        for name in simulated.classes
    ]
    between = np.concatenate(apart)
    return float(np.median(between)) if len(between) else 1.0


def draw(
    judged: Answers,
    movies: Movies,
    simulated: Answers,
    nearest: Movies,
    found: Sequence[Case],
    path: Path,
) -> None:
    """Draw the cases to a PNG: calibrated stamps, light curves, and what they were named.

    Parameters
    ----------
    movies : Movies
        The movies that were judged, in the order of `judged`, as sequences.
    nearest : Movies
        The neighbours of all cases in their order, as sequences.
    """
    from matplotlib.figure import Figure

    longest = max(int(m.n_images.max()) for m in (movies, nearest))
    strip_width = longest * 0.95 * ROW
    width = TEXT + strip_width + CURVE + 0.55
    blocks = [1 + len(case.neighbours) for case in found]
    height = TOP + sum(blocks) * ROW + GAP * len(blocks)
    figure = Figure(figsize=(width, height))
    figure.text(
        0.01,
        1 - 0.12 / height,
        "Real movies of the largest loss, and under each the simulated ones nearest to it in the "
        "LSTM's output: of the class it is named, then of its own.\n"
        "Stamps of a row stand on one zero point and one grey scale; an orange mark is the first "
        "alert. Light curves: magnitude against days, as high for all three.",
        va="top",
        fontsize=10,
    )
    top, k = height - TOP, 0
    answers_p, simulated_p = judged.after(), simulated.after()
    for case in found:
        rows = [(movies, case.row, judged, case.row, answers_p)]
        for j in case.neighbours:
            rows.append((nearest, k, simulated, j, simulated_p))
            k += 1
        curves = [_curve(m.select(np.array([i]))) for m, i, *_ in rows]
        span = max(0.35, 1.15 * max(_spread(magnitude) for _, magnitude, _ in curves))
        for i, (m, at, said, row, p) in enumerate(rows):
            top -= ROW
            box = (TEXT / width, (top + 0.02) / height, strip_width / width, 0.95 * ROW / height)
            axis = figure.add_axes(box)
            _strip(axis, m, at, longest)
            text = _words(said, row, p[row], None if i == 0 else case.distances[i - 1])
            axis.text(
                -0.008,
                0.5,
                text,
                transform=axis.transAxes,
                ha="right",
                va="center",
                fontsize=7.5,
                linespacing=1.15,
                fontweight="bold" if i == 0 else "normal",
            )
            left = TEXT + strip_width + 0.42
            box = (left / width, (top + 0.06) / height, CURVE / width, 0.84 * ROW / height)
            _plot(figure.add_axes(box), *curves[i], span, last=i == len(rows) - 1)
        top -= GAP
    save(figure, path)


def _words(said: Answers, row: int, p: NDArray[np.float32], distance: float | None) -> str:
    named = int(p.argmax())
    true = TITLES[CLASSES[said.code[row]]]
    first = f"{'real' if distance is None else 'simulated'} {true}, {said.magnitude[row]:.1f} mag"
    second = f"named {TITLES[CLASSES[named]]} {p[named]:.2f}"
    if named != said.code[row]:
        second += f" (true {p[said.code[row]]:.2f})"
    third = (
        said.object_id[row]
        if distance is None
        else f"at distance {distance:.2f}, {said.object_id[row]}"
    )
    return f"{first}\n{second}\n{third}"


def calibrated(movies: Movies, row: int) -> NDArray[np.float64]:
    """Stamps less their own sky on the zero point of the first one, in its noise; (E, S, S)."""
    n = int(movies.n_images[row])
    images = movies.images[row, :n].astype(float)
    edge = np.ones(images.shape[1:], bool)
    edge[2:-2, 2:-2] = False
    border = images[:, edge]
    sky = np.median(border, axis=1)
    zero = movies.conditions("zero_point")[row, :n]
    factor = 10 ** (0.4 * (zero[0] - zero))
    noise = 1.4826 * np.median(np.abs(border - sky[:, None]), axis=1) * factor
    return (images - sky[:, None, None]) * factor[:, None, None] / max(np.median(noise), 1e-3)


def _strip(axis: Axes, movies: Movies, row: int, longest: int) -> None:
    stamps = np.arcsinh(calibrated(movies, row) / SOFTENING)
    size = stamps.shape[1]
    picture = np.full((size, longest * (size + 1)), np.nan)
    for k, stamp in enumerate(stamps):
        picture[:, k * (size + 1) : k * (size + 1) + size] = stamp
    white = max(float(np.percentile(stamps, 99.7)), 1.0)
    axis.imshow(picture, cmap="gray", vmin=-1.0, vmax=white, aspect="auto")
    axis.set_axis_off()
    alert = int(movies.truth.iloc[row].get("first_alert", -1))
    if 0 <= alert < len(stamps):
        axis.plot(alert * (size + 1) + size / 2, -1.5, "v", color="#D55E00", ms=4, clip_on=False)


def _curve(
    movies: Movies,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Days since the first image, magnitudes and their errors of one movie, where measured."""
    measured = photometry.measure(movies)
    known = np.isfinite(measured.magnitude[0])
    days = measured.time[0] - np.nanmin(measured.time[0])
    return days[known], measured.magnitude[0, known], measured.magnitude_error[0, known]


def _spread(magnitude: NDArray[np.float64]) -> float:
    return float(np.ptp(magnitude)) if len(magnitude) else 0.0


def _plot(
    axis: Axes,
    days: NDArray[np.float64],
    magnitude: NDArray[np.float64],
    error: NDArray[np.float64],
    span: float,
    last: bool,
) -> None:
    axis.errorbar(days, magnitude, error, fmt="o", ms=2.2, lw=0.7, color="#1a1a1a")
    if len(magnitude):
        middle = (magnitude.min() + magnitude.max()) / 2
        axis.set_ylim(middle + span / 2, middle - span / 2)
        axis.set_yticks([round(middle, 1)])
    axis.set_xlim(-0.8, 26)
    axis.set_xticks([0, 5, 10, 15, 20, 25])
    axis.tick_params(labelsize=6, direction="in", pad=1.5, labelbottom=last, length=2)
    axis.text(
        0.99,
        0.95,
        f"{span:.2f} mag high",
        transform=axis.transAxes,
        ha="right",
        va="top",
        fontsize=5.5,
        color="0.4",
    )

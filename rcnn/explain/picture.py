"""The picture of an explanation: stamps, maps, light curve and answers above one another.

As Figures 18 to 20 of Carrasco-Davis et al. (2018), image by image: everything about an image
stands in one column, so that one sees at which image the network changed its mind, and at what.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from movies import CLASSES, photometry
from movies.class_colours import COLOURS, MARKERS
from movies.classes import TRANSIENTS
from movies.contact_sheet import title_of
from movies.object_picture import ALERT, DETECTED, facts
from movies.predictions import FIRST_PREDICTION
from rcnn.explain import FRAME, Explanation
from surveys import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, MAIN, RIGHT = 0.85, 10.3, 3.4
"""Inches: of the labels, of the columns, of what stands beside them."""

WIDEST = 0.6
"""Widest column, inches."""

HEIGHT = 7.9
"""Inches."""

NIGHT = 0.4
"""Days between images from which they are of different nights."""

LEAST = 0.2
"""Smallest end of a map's colour scale: lesser changes of the log-odds are not blown up."""

TOLD = 14
"""Facts about the object that there is room for."""


def draw(explanation: Explanation, path: Path) -> None:
    """Draw an explanation to a PNG.

    Parameters
    ----------
    path : Path
        Written beside, then renamed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    E = len(explanation.each)
    column = min(MAIN / E, WIDEST)
    wide = column * E
    width = LEFT + max(wide, 5.0) + RIGHT
    figure = Figure(figsize=(width, HEIGHT))
    FigureCanvasAgg(figure)

    def axes(left: float, top: float, wide: float, tall: float) -> Axes:
        """`top` is counted from the top of the figure; all in inches."""
        return figure.add_axes(
            (left / width, 1 - (top + tall) / HEIGHT, wide / width, tall / HEIGHT)
        )

    top = 1.0
    stamps = axes(LEFT, top, wide, column)
    maps = axes(LEFT, top + column + 0.06, wide, column)
    low = top + 2 * column + 0.2
    curve = axes(LEFT, low, wide, 2.0)
    named = axes(LEFT, low + 2.12, wide, 0.24)
    answers = axes(LEFT, low + 2.36, wide, HEIGHT - low - 2.36 - 0.95)
    beside = LEFT + max(wide, 5.0) + 0.6
    _title(figure, explanation)
    _stamps(stamps, explanation)
    _maps(figure, maps, explanation)
    _light_curve(curve, explanation)
    _named(named, explanation)
    _answers(answers, explanation)
    _nights(stamps, [maps, curve, answers], explanation)
    side = 1.05
    pair = [axes(beside + k * (side + 0.12), top, side, side) for k in range(2)]
    _whole(figure, pair, explanation)
    _facts(figure, explanation, beside / width, 1 - (low + 0.55) / HEIGHT)
    _legend(answers, explanation, (beside - LEFT) / wide)
    figure.text(
        LEFT / width,
        0.12 / HEIGHT,
        f"What it looked at: occlusion (Zeiler & Fergus 2014). A patch of {explanation.patch} × "
        f"{explanation.patch} px is replaced by sky of the same image. Red: the log-odds of "
        f"{title_of(explanation.name)} after the last image fall by so much\nwithout it; blue: "
        "they rise. In the strip the patch is covered in one image at a time, at the right in all.",
        fontsize=8,
        color="0.35",
        va="bottom",
    )
    with atomic.replacing(path) as part:
        figure.savefig(part, dpi=110, format="png")


def _title(figure: Figure, explanation: Explanation) -> None:
    """What the object is, and what the network calls it."""
    movie, p = explanation.movie, explanation.probabilities[-1]
    label = movie.truth["label"].iloc[0]
    right = "" if label == CLASSES[p.argmax()] else ", wrongly" if label in CLASSES else ""
    width, height = figure.get_size_inches()
    figure.text(
        LEFT / width,
        1 - 0.15 / height,
        f"{title_of(label)}   {movie.object_id[0]}",
        fontsize=13,
        fontweight="bold",
        va="top",
    )
    figure.text(
        LEFT / width,
        1 - 0.43 / height,
        f"named {title_of(CLASSES[p.argmax()])} after {len(explanation.each)} images{right}; "
        f"explained: probability of {title_of(explanation.name)}, "
        f"{_probability(p[CLASSES.index(explanation.name)])}",
        fontsize=10,
        va="top",
    )


def _probability(p: float) -> str:
    return f"{p:.2f}" if 0.005 <= p < 0.995 else "> 0.99" if p > 0.5 else "< 0.01"


def calibrated(explanation: Explanation) -> NDArray[np.float64]:
    """The stamps for the eye, shape (E, S, S).

    Sky subtracted and scaled to the zero point of the first image (Carrasco-Davis et al. 2018,
    Eq. 4), in units of three times the median image's noise, asinh-stretched: a constant star looks
    alike in every image.
    """
    movie, E = explanation.movie, len(explanation.each)
    images = movie.images[0, :E].astype(float)
    frame = np.ones(images.shape[1:], bool)
    frame[FRAME:-FRAME, FRAME:-FRAME] = False
    zero_point = movie.conditions("zero_point")[0, :E]
    factor = 10 ** (0.4 * (zero_point[0] - zero_point))
    sky = np.median(images[:, frame], axis=1)
    noise = 1.4826 * factor * np.median(np.abs(images[:, frame] - sky[:, None]), axis=1)
    level = 3 * max(float(np.median(noise)), 1e-3)
    return np.arcsinh((images - sky[:, None, None]) * factor[:, None, None] / level)


def _row(pictures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pictures, shape (E, S, S), side by side with a pixel between them, which is NaN."""
    framed = np.pad(pictures, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan)
    return np.concatenate(list(framed), axis=1)


def _place(axis: Axes, picture: NDArray[np.float64], E: int, **style: Any) -> Any:
    """Draw a row of E pictures so that image k stands at x = k."""
    shown = axis.imshow(picture, extent=(0.5, E + 0.5, 1, 0), aspect="auto", **style)
    axis.set_xlim(0.5, E + 0.5)
    axis.set_axis_off()
    return shown


def _stamps(axis: Axes, explanation: Explanation) -> None:
    pictures = calibrated(explanation)
    _place(axis, _row(pictures), len(pictures), cmap="gray", vmin=-1.0, vmax=_white(pictures))
    _said(axis, "stamps")


def _white(pictures: NDArray[np.float64]) -> float:
    """As in `movies.contact_sheet`: the object's own brightest, but for single pixels."""
    return max(float(np.percentile(pictures, 99.7)), 1.0)


def _said(axis: Axes, text: str) -> None:
    axis.text(-0.008, 0.5, text, transform=axis.transAxes, ha="right", va="center", fontsize=9)


def _limit(values: NDArray[np.float64]) -> float:
    return max(float(np.abs(values).max()), LEAST)


def _maps(figure: Figure, axis: Axes, explanation: Explanation) -> None:
    end = _limit(explanation.each)
    picture = _row(explanation.each)
    shown = _place(axis, picture, len(explanation.each), cmap="RdBu_r", vmin=-end, vmax=end)
    _said(axis, "what it\nlooked at")
    box = axis.get_position()
    width = figure.get_figwidth()
    bar = figure.add_axes((box.x1 + 0.06 / width, box.y0, 0.07 / width, box.height))
    _bar(figure, bar, shown, end)


def _bar(figure: Figure, axis: Axes, shown: Any, end: float) -> None:
    """A colour bar with its ends."""
    figure.colorbar(shown, cax=axis, ticks=[-end, 0, end])
    axis.set_yticklabels([f"−{end:.2g}", "0", f"{end:.2g}"])
    axis.tick_params(labelsize=6.5, length=2, pad=1)


def _whole(figure: Figure, axes: list[Axes], explanation: Explanation) -> None:
    """The mean stamp, and what the patch does in all images at once."""
    mean, end = calibrated(explanation).mean(axis=0), _limit(explanation.whole)
    axes[0].imshow(mean, cmap="gray", vmin=-1.0, vmax=_white(mean))
    shown = axes[1].imshow(explanation.whole, cmap="RdBu_r", vmin=-end, vmax=end)
    for axis, title in zip(axes, ("mean stamp", "in all images"), strict=True):
        axis.set_title(title, fontsize=9, pad=3)
        axis.set(xticks=[], yticks=[])
    box = axes[1].get_position()
    width = figure.get_figwidth()
    bar = figure.add_axes((box.x1 + 0.06 / width, box.y0, 0.07 / width, box.height))
    _bar(figure, bar, shown, end)


def _nights(top: Axes, others: list[Axes], explanation: Explanation) -> None:
    """A line where a night begins, and days since the first image above it."""
    E = len(explanation.each)
    mjd = explanation.movie.conditions("mjd")[0, :E]
    begins = [0, *(np.flatnonzero(np.diff(mjd) > NIGHT) + 1)]
    for image in begins:
        text = f"MJD {mjd[0]:.1f}" if image == 0 else f"+{mjd[image] - mjd[0]:.0f} d"
        top.text(image + 0.54, -0.12, text, fontsize=8, va="bottom", color="0.35")
        if image:
            for axis in (top, *others):
                axis.axvline(image + 0.5, color="0.75", lw=0.8, zorder=0)


def _light_curve(axis: Axes, explanation: Explanation) -> None:
    """Photometry with errors; what was not detected is drawn hollow."""
    movie, E = explanation.movie, len(explanation.each)
    curves = photometry.measure(movie)
    magnitude, error, flux, flux_error = (
        values[0, :E]
        for values in (curves.magnitude, curves.magnitude_error, curves.flux, curves.flux_error)
    )
    image = np.arange(1, E + 1)
    seen = flux >= DETECTED * flux_error
    style: dict[str, Any] = {"fmt": "o", "ms": 4.5, "lw": 0.9, "zorder": 3}
    axis.errorbar(image[seen], magnitude[seen], error[seen], color="black", **style)
    axis.errorbar(
        image[~seen],
        magnitude[~seen],
        error[~seen],
        color="0.6",
        markerfacecolor="white",
        label=f"under {DETECTED:.0f} σ",
        **style,
    )
    known = np.isfinite(magnitude)
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
    alert = int(entry["first_alert"])
    if 0 <= alert < E:
        axis.axvline(alert + 1, color=ALERT, lw=1.2, zorder=1)
        axis.annotate(
            "first alert",
            (alert + 1, 0.03),
            (4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=ALERT,
            fontsize=8,
        )
    if (~seen & known).any() or np.isfinite(true):
        axis.legend(fontsize=8, loc="upper left", framealpha=0.85, edgecolor="0.85")
    _columns(axis, E)
    axis.set_ylabel(f"{movie.survey.band} / mag", fontsize=9)
    axis.set_xticklabels([])


def _columns(axis: Axes, E: int) -> None:
    """An x-axis of image numbers."""
    axis.set_xlim(0.5, E + 0.5)
    axis.set_xticks(np.arange(1, E + 1))
    axis.tick_params(labelsize=8, direction="in", right=True)


def _runs(named: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Stretches of one answer: first step, step after the last, class."""
    edges = [0, *(np.flatnonzero(np.diff(named)) + 1), len(named)]
    return [(int(a), int(b), int(named[a])) for a, b in pairwise(edges)]


def _named(axis: Axes, explanation: Explanation) -> None:
    """The class that is named after each image, as a band; a class's title where it has room."""
    E = len(explanation.each)
    for begin, end, code in _runs(explanation.named):
        first, wide = begin + FIRST_PREDICTION - 0.5, end - begin
        axis.barh(0.5, wide, 1, first, color=COLOURS[CLASSES[code]], edgecolor="white", lw=1)
        title = title_of(CLASSES[code])
        if wide * axis.get_window_extent().width / E > 5.5 * len(title) * axis.figure.dpi / 72:
            axis.text(
                first + wide / 2, 0.47, title, color="white", fontsize=8, ha="center", va="center"
            )
    axis.set(xlim=(0.5, E + 0.5), ylim=(0, 1))
    axis.set_axis_off()
    _said(axis, "named")


def _answers(axis: Axes, explanation: Explanation) -> None:
    """Probability of each class after each image; a line where another is named from there on."""
    E = len(explanation.each)
    image = np.arange(FIRST_PREDICTION, E + 1)
    for code, name in enumerate(CLASSES):
        axis.plot(
            image,
            explanation.probabilities[:, code],
            color=COLOURS[name],
            marker=MARKERS[name],
            ms=7 if MARKERS[name] == "*" else 5,
            mew=0,
            lw=1.5,
            label=title_of(name),
            zorder=3 if name == explanation.name else 2,
            clip_on=False,
        )
    for begin, _, _ in _runs(explanation.named)[1:]:
        axis.axvline(begin + FIRST_PREDICTION - 0.5, color="0.3", lw=1, ls=":", zorder=1)
    axis.set_ylim(0, 1)
    _columns(axis, E)
    axis.set_xlabel("image", fontsize=9)
    axis.set_ylabel("probability", fontsize=9)


def _legend(axis: Axes, explanation: Explanation, x: float) -> None:
    """The classes, most probable first, with their last probabilities."""
    last = explanation.probabilities[-1]
    handles, titles = axis.get_legend_handles_labels()
    order = np.argsort(-last, kind="stable")
    axis.legend(
        [handles[k] for k in order],
        [f"{titles[k]}  {_probability(last[k])}" for k in order],
        title="after the last image",
        title_fontsize=9,
        alignment="left",
        fontsize=9,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(x - 0.03, 1.04),
        borderaxespad=0,
    )


def _facts(figure: Figure, explanation: Explanation, x: float, y: float) -> None:
    """What is known of the object, in words."""
    entry = explanation.movie.truth.iloc[0]
    told = facts(entry)[:TOLD]
    if told:
        kind = "truth" if "host" in entry else "on record"
        text = "\n".join(f"{name}  {value}" for name, value in told)
        figure.text(x, y, kind, fontsize=9, va="top", fontweight="bold")
        below = y - 0.2 / figure.get_figheight()
        figure.text(x, below, text, fontsize=8, va="top", linespacing=1.3)

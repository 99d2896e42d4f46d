"""The picture of an explanation: stamps, maps, light curve and answers above one another.

As Figures 18 to 20 of Carrasco-Davis et al. (2018), image by image: everything about an image
stands in one column, so that one sees at which image the network changed its mind, and at what.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rcnn.explain import Explanation
from skymovie import CLASSES
from skymovie.plots import image_by_image
from skymovie.plots.contact_sheet import title_of
from skymovie.plots.object_picture import facts
from surveys.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, MAIN, RIGHT = 0.85, 10.3, 3.4
"""Inches: of the labels, of the columns, of what stands beside them."""

WIDEST = 0.6
"""Widest column, inches."""

HEIGHT = 7.9
"""Inches."""

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
    image_by_image.light_curve(curve, explanation.movie)
    image_by_image.named_band(named, explanation.named)
    _said(named, "named")
    image_by_image.answers(answers, explanation.probabilities, explanation.name)
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
    pictures = image_by_image.calibrated(explanation.movie)
    white = image_by_image.white(pictures)
    _place(axis, _row(pictures), len(pictures), cmap="gray", vmin=-1.0, vmax=white)
    _said(axis, "stamps")


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
    mean = image_by_image.calibrated(explanation.movie).mean(axis=0)
    end = _limit(explanation.whole)
    axes[0].imshow(mean, cmap="gray", vmin=-1.0, vmax=image_by_image.white(mean))
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
    for image, text in image_by_image.nights(explanation.movie):
        top.text(image + 0.54, -0.12, text, fontsize=8, va="bottom", color="0.35")
    for axis in (top, *others):
        image_by_image.rule_nights(axis, explanation.movie)


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

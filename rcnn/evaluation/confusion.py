"""Pictures of who is taken for whom: after the last image, by images seen, by magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rcnn.evaluation import scores
from rcnn.evaluation.figures import panels, save
from rcnn.evaluation.predictions import Answers
from skymovie import CLASSES, TITLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHORT = ("NV", "RRL", "Cep", "EB", "SN", "Ast", "Gal")
"""Classes where there is no room for their titles."""


def draw(samples: Sequence[Answers], path: Path) -> None:
    """After the last image: counts, and shares of each true class."""
    figure, axes = panels(samples, 5.6, 4.9)
    names = [TITLES[name] for name in CLASSES]
    for axis, answers in zip(axes, samples, strict=True):
        counts = scores.confusion(answers)
        rows = _rows(answers)
        _matrix(axis, counts[rows], percent=True)
        axis.set_xticks(range(len(names)), names, rotation=35, ha="right", fontsize=9)
        axis.set_yticks(range(len(rows)), [names[k] for k in rows], fontsize=9)
        axis.set(xlabel="named", ylabel="true")
    save(figure, path)


def draw_in_bins(samples: Sequence[Answers], path: Path) -> None:
    """After each number of images, and in bins of magnitude after the last: counts."""
    from matplotlib.figure import Figure

    lines: list[tuple[Answers, list[tuple[str, NDArray[np.int64]]]]] = []
    for answers in samples:
        by_images = [(f"{n} images", scores.confusion(answers, n)) for n in scores.IMAGES]
        by_magnitude = [
            (_bin_title(entry["from"], entry["to"]), np.array(entry["confusion"]))
            for entry in scores.by_magnitude(answers)
        ]
        lines += [(answers, by_images), (answers, by_magnitude)]
    across = max(len(panels) for _, panels in lines)
    tall = [0.9 + 0.19 * len(answers.classes) for answers, _ in lines]
    figure = Figure(figsize=(1.95 * across + 0.6, sum(tall) + 0.3), layout="constrained")
    grid = figure.subplots(len(lines), across, squeeze=False, height_ratios=tall)
    for row, (answers, wanted) in zip(grid, lines, strict=True):
        for axis in row[len(wanted) :]:
            axis.set_axis_off()
        for k, (axis, (title, counts)) in enumerate(zip(row, wanted, strict=False)):
            rows = _rows(answers)
            _matrix(axis, counts[rows], percent=False)
            axis.set_title(title, fontsize=9)
            axis.set_xticks(range(len(SHORT)), SHORT, fontsize=7, rotation=90)
            axis.set_yticks(
                range(len(rows)), [SHORT[j] for j in rows] if k == 0 else [], fontsize=7
            )
        row[0].set_ylabel(f"{answers.sample}: true", fontsize=9)
    figure.supxlabel("named", fontsize=9)
    save(figure, path)


def _rows(answers: Answers) -> list[int]:
    return [CLASSES.index(name) for name in answers.classes]


def _bin_title(low: float | None, high: float | None) -> str:
    if low is None:
        return f"< {high:g} mag"
    return f"> {low:g} mag" if high is None else f"{low:g}–{high:g} mag"


def _matrix(axis: Axes, counts: NDArray[np.int64], percent: bool) -> None:
    """Counts on the share that they are of their row."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (j, i), n in np.ndenumerate(counts):
        if n:
            colour = "white" if share[j, i] > 0.6 else "black"
            text = f"{n}\n{100 * share[j, i]:.0f} %" if percent else f"{n}"
            size = 8 if percent else 6.5
            axis.text(i, j, text, ha="center", va="center", fontsize=size, color=colour)

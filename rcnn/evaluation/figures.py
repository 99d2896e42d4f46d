"""Pictures of how well a network does: recall and reliability."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rcnn.evaluation import scores
from rcnn.evaluation.predictions import Answers
from rcnn.model.calibration import Reliability
from skymovie import TITLES
from skymovie.movies import MAX_IMAGES
from skymovie.plots.class_colours import COLOURS, MARKERS
from skymovie.predictions import FIRST_PREDICTION
from surveys.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST = 3
"""Objects of a class that a bin of magnitude must hold to be drawn."""


def save(figure: Figure, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with atomic.replacing(path) as part:
        figure.savefig(part, dpi=130, format="png")


def panels(samples: Sequence[Answers], width: float, height: float) -> tuple[Figure, list[Axes]]:
    """One panel a sample, side by side, each under its title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * len(samples) + 0.3, height), layout="constrained")
    axes = list(figure.subplots(1, len(samples), squeeze=False)[0])
    for axis, answers in zip(axes, samples, strict=True):
        axis.set_title(f"{len(answers):,} {answers.sample} movies", fontsize=11)
    return figure, axes


def by_images(samples: Sequence[Answers], path: Path) -> None:
    """Recall of each class against the number of images; their mean thick and dashed."""
    figure, axes = panels(samples, 5.2, 4.4)
    for axis, answers in zip(axes, samples, strict=True):
        n = np.arange(FIRST_PREDICTION, MAX_IMAGES + 1)
        lines = [scores.recall(answers, int(k)) for k in n]
        for i, name in enumerate(answers.classes):
            colour, marker = COLOURS[name], MARKERS[name]
            recall = [line["by_class"][name]["recall"] for line in lines]
            label = f"{TITLES[name]} ({lines[-1]['by_class'][name]['n']})"
            every = (i % 3, 3)
            axis.plot(n, recall, color=colour, marker=marker, ms=4.5, markevery=every, label=label)
        mean = [line["mean"] for line in lines]
        axis.plot(n, mean, color="0.5", lw=2.6, ls="--", label="mean", zorder=1)
        axis.set(xlabel="number of images", xticks=scores.IMAGES, ylim=(0, 1.02))
        axis.grid(color="0.9")
        axis.legend(fontsize=8, loc="lower right")
    axes[0].set_ylabel("recall")
    save(figure, path)


def by_magnitude(samples: Sequence[Answers], path: Path) -> None:
    """Recall of each class in bins of magnitude, where there are `FEWEST` objects or more."""
    figure, axes = panels(samples, 5.2, 4.4)
    edges = (scores.MAGNITUDES[0] - 1, *scores.MAGNITUDES, scores.MAGNITUDES[-1] + 1)
    middle = (np.array(edges[1:]) + edges[:-1]) / 2
    for axis, answers in zip(axes, samples, strict=True):
        hit = answers.after().argmax(axis=1) == answers.code
        which = np.digitize(answers.magnitude, scores.MAGNITUDES)
        for i, name in enumerate(answers.classes):
            colour, marker = COLOURS[name], MARKERS[name]
            of_class = (answers.label == name) & np.isfinite(answers.magnitude)
            n = np.bincount(which[of_class], minlength=len(middle))
            right = np.bincount(which[of_class & hit], minlength=len(middle))
            there = n >= FEWEST
            low, high = wilson(right[there], n[there])
            recall = right[there] / n[there]
            axis.errorbar(
                middle[there] + 0.09 * (i - (len(answers.classes) - 1) / 2),
                recall,
                [np.maximum(recall - low, 0), np.maximum(high - recall, 0)],
                color=colour,
                marker=marker,
                ms=5,
                lw=1.2,
                elinewidth=0.8,
                label=f"{TITLES[name]} ({of_class.sum()})",
            )
        ticks = [f"<{edges[1]:g}", *(f"{edge + 0.5:g}" for edge in edges[1:-2]), f">{edges[-2]:g}"]
        axis.set_xticks(middle, ticks)
        axis.set(xlabel="measured magnitude, bins of 1 mag", ylim=(0, 1.02))
        axis.grid(color="0.9")
        axis.legend(fontsize=8, loc="lower left")
    axes[0].set_ylabel("recall after the last image")
    save(figure, path)


def wilson(right: NDArray[Any], n: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Score interval of one standard deviation for shares right / n (Wilson 1927, JASA 22, 209)."""
    share = right / n
    middle = (share + 0.5 / n) / (1 + 1 / n)
    half = np.sqrt(share * (1 - share) / n + 0.25 / n**2) / (1 + 1 / n)
    return middle - half, middle + half


def reliability(samples: Sequence[Answers], path: Path) -> None:
    """Accuracy against confidence after the last image, before and after temperature scaling."""
    figure, axes = panels(samples, 4.6, 4.4)
    for axis, answers in zip(axes, samples, strict=True):
        axis.plot([0, 1], [0, 1], color="0.6", lw=1, ls=":")
        given, kept = (1.0, "#D55E00", "s", "--"), (answers.temperature, "#0072B2", "o", "-")
        for t, colour, marker, line in (given, kept) if answers.temperature != 1 else (given,):
            bins = scores.reliability(answers, t)
            name = "as given out" if t == 1 else f"temperature {t:.2f}"
            label = f"{name}: error {bins.error:.3f}"
            _diagram(axis, bins, color=colour, marker=marker, ls=line, label=label)
        axis.set(xlabel="confidence", xlim=(0, 1), ylim=(0, 1.02), aspect="equal")
        axis.grid(color="0.9")
        axis.legend(fontsize=8.5, loc="upper left")
    axes[0].set_ylabel("accuracy")
    save(figure, path)


def _diagram(axis: Axes, bins: Reliability, **look: Any) -> None:
    """Markers as large as the bins are full, with the error that so few answers have."""
    there = bins.weight > 0
    x, y, n = bins.confidence[there], bins.accuracy[there], bins.number[there]
    label, marker = look.pop("label"), look.pop("marker")
    axis.plot(x, y, lw=1.2, **look)
    low, high = wilson(y * n, n)
    error = [np.maximum(y - low, 0), np.maximum(high - y, 0)]
    axis.errorbar(x, y, error, fmt="none", ecolor=look["color"], elinewidth=0.8, alpha=0.6)
    area = 12 + 160 * bins.weight[there]
    axis.scatter(x, y, area, color=look["color"], marker=marker, alpha=0.8, label=label)

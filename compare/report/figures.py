"""The figures of the report, drawn from the numbers in ``metrics.json`` and nothing else.

Each function takes the scores of some classifiers (`compare.report.metrics.score`) and
returns an SVG document as text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compare.report.metrics import FEWEST_IN_BIN
from compare.report.paper import NUMBERS
from compare.report.style import INK, LOOKS, PALE, PAPER, RC, WIDTH
from skymovie.classes import CLASSES, TITLES
from skymovie.plots.class_colours import COLOURS, MARKERS

LONG_TITLE = 18
"""Letters of a classifier's title beyond which a legend has two columns, not three."""

Scores = Mapping[str, dict[str, Any]]
"""Scores by classifier."""


def figure(draw: Callable[[Axes], None], height: float = 3.5) -> str:
    """A single panel, `WIDTH` by `height` inches, as SVG; `draw` fills its axes."""
    return sheet(lambda drawn: draw(drawn.subplots()), height)


def sheet(fill: Callable[[Figure], None], height: float, constrained: bool = True) -> str:
    """A figure, `WIDTH` by `height` inches, as SVG; `fill` puts axes into it."""
    with matplotlib.rc_context(RC):
        drawn = Figure(figsize=(WIDTH, height), layout="constrained" if constrained else None)
        fill(drawn)
        buffer = io.StringIO()
        drawn.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def against_images(scores: Scores, sample: str) -> str:
    """Accuracy or mean recall after 3 … 22 images with bands of one standard deviation.

    The paper's values after the last image stand at the right edge, where it has the classifier.
    """

    def draw(axes: Axes) -> None:
        for shift, (classifier, score) in enumerate(scores.items()):
            look = LOOKS[classifier]
            n = np.array([s["n_images"] for s in score["by_images"]])
            mean = np.array([s["mean"] for s in score["by_images"]])
            std = np.array([s["std"] for s in score["by_images"]])
            axes.fill_between(n, mean - std, mean + std, color=look.color, alpha=0.16, linewidth=0)
            axes.plot(n, mean, label=look.title, markevery=2, **look.draw())
            paper = NUMBERS.get((sample, classifier))
            if paper is None:
                continue
            x = n[-1] + 0.9 + 0.7 * shift
            axes.errorbar(x, paper.mean, paper.std, **PAPER | {"color": look.color})
            axes.plot(x, paper.mean, "D", mfc=PAPER["markerfacecolor"], mec=look.color)
        axes.plot([], [], label="paper, last image", **PAPER)
        axes.set(
            xlabel="number of images",
            ylabel="accuracy" if sample == "simulated" else "mean recall",
            ylim=(0, 1.02),
            xticks=[3, 6, 10, 14, 18, 22],
        )
        long = max(len(LOOKS[classifier].title) for classifier in scores) > LONG_TITLE
        columns = 2 if long else 3
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=columns, columnspacing=1.2)

    return figure(draw, 3.7)


def by_class(scores: Scores, sample: str) -> str:
    """Recall of each class that occurs, with one standard deviation; the paper's where known."""
    classes = _classes(scores)

    def draw(axes: Axes) -> None:
        rows = np.arange(len(classes))[::-1]
        offsets = np.linspace(0.27, -0.27, len(scores))
        for offset, (classifier, score) in zip(offsets, scores.items(), strict=True):
            look = LOOKS[classifier]
            mean = [score["by_class"].get(c, np.nan) for c in classes]
            std = [score["by_class_std"].get(c, np.nan) for c in classes]
            style = look.draw() | {"linestyle": "none"}
            axes.errorbar(mean, rows + offset, xerr=std, label=look.title, **style)
            published = NUMBERS[sample, classifier].by_class
            known = [
                (published[c], y) for c, y in zip(classes, rows, strict=True) if c in published
            ]
            if known:
                x, y = np.transpose(known)
                axes.plot(x, y + offset, label=f"{look.title}, paper", **PAPER)
        for y in rows[:-1]:
            axes.axhline(y - 0.5, color="#d0d0d0", linewidth=0.7)
        axes.grid(axis="y", visible=False)
        axes.set(xlabel="recall", xlim=(-0.02, 1.03), ylim=(-0.5, len(classes) - 0.5))
        axes.set_yticks(rows, [TITLES[c] for c in classes])
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower center", bbox_to_anchor=(0.42, 1.0), ncols=2, columnspacing=1.2)

    return figure(draw, 1.4 + 0.16 * len(scores) * len(classes) + 0.12 * len(classes))


def confusion(score: dict[str, Any]) -> str:
    """Rows are true classes that occur, columns the names given; cells in per cent of the row."""
    shares = score["confusion"]
    classes = [c for c in CLASSES if c in shares]
    cells = 100 * np.array([[shares[true][named] for named in CLASSES] for true in classes])

    def draw(axes: Axes) -> None:
        axes.imshow(cells, cmap="Blues", vmin=0, vmax=100, aspect="auto")
        for (row, column), value in np.ndenumerate(cells):
            axes.text(
                column,
                row,
                "0" if value == 0 else f"{value:.0f}" if value >= 0.95 else "<1",
                ha="center",
                va="center",
                color="white" if value > 55 else INK if value > 0 else "#a8a8a8",
                fontweight="bold" if CLASSES[column] == classes[row] else "normal",
            )
        axes.grid(visible=False)
        axes.set_xticks(range(len(CLASSES)), [TITLES[c] for c in CLASSES], rotation=38, ha="right")
        axes.set_yticks(
            range(len(classes)), [f"{TITLES[c]} ({score['by_class_n'][c]:,})" for c in classes]
        )
        axes.set(xlabel="named", ylabel="true")
        axes.tick_params(length=0)
        axes.set_xticks(np.arange(len(CLASSES) - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(len(classes) - 1) + 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5, visible=True)
        axes.tick_params(which="minor", length=0)
        axes.spines[:].set_visible(False)

    return figure(draw, 1.6 + 0.36 * len(classes))


def against_magnitude(scores: Scores) -> str:
    """Accuracy after the last image in bins of one magnitude."""

    def draw(axes: Axes) -> None:
        for shift, (classifier, score) in enumerate(scores.items()):
            look, bins = LOOKS[classifier], score["by_magnitude"]
            centre = np.array([(b["from"] + b["to"]) / 2 for b in bins]) + 0.06 * (2 * shift - 1)
            mean, std = [b["mean"] for b in bins], [b["std"] for b in bins]
            axes.errorbar(centre, mean, std, label=look.title, **look.draw())
        axes.set(xlabel="magnitude in g (mean, or at peak)", ylabel="accuracy", ylim=(0, 1.02))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)

    return figure(draw)


def reliability(scores: Scores) -> str:
    """Share that was right against the probability of the class that was named."""

    def draw(axes: Axes) -> None:
        for classifier, score in scores.items():
            look = LOOKS[classifier]
            bins = [b for b in score["calibration"]["bins"] if b["n"] >= FEWEST_IN_BIN]
            n = np.array([b["n"] for b in bins])
            right = np.array([b["accuracy"] for b in bins])
            error = np.sqrt(right * (1 - right) / n)
            confidence = [b["confidence"] for b in bins]
            axes.errorbar(confidence, right, error, label=look.title, **look.draw())
        axes.plot([0, 1], [0, 1], color=PALE, linewidth=1, linestyle=":", label="as sure as right")
        axes.set(
            xlabel="probability of the class named",
            ylabel="share named rightly",
            xlim=(0, 1.02),
            ylim=(0, 1.02),
        )
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)

    return figure(draw, 3.9)


def importance(features: list[dict[str, Any]]) -> str:
    """Loss of accuracy by feature when it is shuffled, as dots with errors, the largest on top."""

    def draw(axes: Axes) -> None:
        rows = np.arange(len(features))[::-1]
        mean, std = [f["mean"] for f in features], [f["std"] for f in features]
        axes.errorbar(mean, rows, xerr=std, **LOOKS["forest"].draw() | {"linestyle": "none"})
        axes.axvline(0, color=PALE, linewidth=1)
        axes.set_yticks(rows, [f["feature"] for f in features])
        axes.tick_params(axis="y", length=0)
        axes.set(xlabel="accuracy lost when shuffled")

    return figure(draw, 0.8 + 0.24 * len(features))


def embedding(found: dict[str, Any], sky: str) -> str:
    """Simulated and real objects on one plane, a panel for each sample, coloured by class.

    Parameters
    ----------
    found : dict
        See `lightcurve_rf.embedding.embed`.
    sky : str
        What the page calls the movies that are not simulated for training.
    """
    titles = {
        "simulated": "simulated, test",
        "real": f"{sky}, held out",
        "taught": f"{sky}, learnt from",
    }
    points = found["points"]

    def fill(drawn: Figure) -> None:
        panels = drawn.subplots(2, 2, sharex=True, sharey=True).ravel()
        for axes, (name, title) in zip(panels, titles.items(), strict=False):
            for other in points.keys() - {name}:
                axes.plot(points[other]["x"], points[other]["y"], ".", color="#dedede", ms=2.5)
            for code in CLASSES:
                inside = np.array(points[name]["label"]) == code
                x, y = (np.array(points[name][axis])[inside] for axis in "xy")
                axes.scatter(x, y, s=20, c=COLOURS[code], marker=MARKERS[code], lw=0.4, ec="white")
            axes.set_title(f"{title} ({len(points[name]['x']):,})", fontsize=9)
            axes.set(xticks=[], yticks=[])
            axes.grid(visible=False)
        panels[-1].set_axis_off()
        handles = [
            panels[-1].scatter([], [], s=36, c=COLOURS[code], marker=MARKERS[code], label=title)
            for code, title in TITLES.items()
        ]
        panels[-1].legend(handles=handles, loc="center", fontsize=10)

    return sheet(fill, 5.2)


def _classes(scores: Scores) -> list[str]:
    return [c for c in CLASSES if any(c in score["by_class"] for score in scores.values())]

"""The picture of a training: loss, accuracy and learning rate against the batches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from surveys.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRAINING, VALIDATION, RATE = "#D55E00", "#0072B2", "#1a1a1a"
"""Colours that stay apart for colour-blind readers (Okabe & Ito 2008)."""


def draw(history: pd.DataFrame, path: Path) -> None:
    """Loss, accuracy and learning rate against the batch, as PNG.

    The weights that are kept are those of the ring, where the validation loss is least.

    Parameters
    ----------
    history : DataFrame
        Columns as in history.csv.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 3.6), layout="constrained")
    loss, accuracy, rate = figure.subplots(1, 3)
    best = history.loc[[history["validation_loss"].idxmin()]]
    for axes, name, corner in ((loss, "loss", "upper"), (accuracy, "accuracy", "lower")):
        _line(axes, history, name, "--", TRAINING, "training, mean since the last look")
        _line(axes, history, f"validation_{name}", "-", VALIDATION, "validation")
        value = best[f"validation_{name}"].iloc[0]
        label = f"kept: {value:.3f} at batch {best['iteration'].iloc[0]:,.0f}"
        ring = {"marker": "o", "ms": 10, "ls": "none", "mfc": "none", "mew": 1.6}
        axes.plot(best["iteration"], best[f"validation_{name}"], color=RATE, label=label, **ring)
        axes.legend(frameon=False, fontsize=8, loc=f"{corner} right")
    loss.set(title="loss, summed over the steps of a movie", yscale="log")
    _plain_ticks(loss)
    accuracy.set_title("share named rightly after the last image")
    accuracy.set_ylim(
        max(0.0, 0.95 * float(history[["accuracy", "validation_accuracy"]].min().min())), 1.0
    )
    _line(rate, history, "learning_rate", "-", RATE, "")
    rate.set_title("learning rate")
    rate.set_ylim(bottom=0)
    rate.ticklabel_format(axis="y", scilimits=(-2, 3))
    for axes in (loss, accuracy, rate):
        axes.set_xlabel("batch")
        axes.set_xlim(left=0)
        axes.grid(color="0.92")
        axes.title.set_fontsize(10)
    with atomic.replacing(path) as part:
        figure.savefig(part, dpi=130, format="png")


def _line(
    axes: Axes, history: pd.DataFrame, name: str, style: str, colour: str, label: str
) -> None:
    """A line, with points where there are few."""
    marker = "." if len(history) <= 60 else None
    axes.plot(
        history["iteration"], history[name], style, color=colour, label=label or None, marker=marker
    )


def _plain_ticks(axes: Axes) -> None:
    """Numbers rather than powers of ten: losses span a decade or less."""
    from matplotlib.ticker import MaxNLocator, NullLocator, StrMethodFormatter

    axes.yaxis.set_major_locator(MaxNLocator(7))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(NullLocator())

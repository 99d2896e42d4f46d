"""The picture of a search: how the loss fell, and what it has to do with each setting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rcnn.search.space import Space
from rcnn.search.trial import LOSS
from surveys.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

ACROSS = 4
"""Settings in a row."""

BLUE, RED = "#0072B2", "#D55E00"
"""Of Okabe & Ito (2008): trials, and the best of them."""

WIDE = 5.0
"""Largest over smallest loss from which the losses are drawn on a logarithmic axis."""


def draw(found: pd.DataFrame, space: Space, importance: Mapping[str, float], path: Path) -> None:
    """Draw a search to a PNG.

    Parameters
    ----------
    found : DataFrame
        As `rcnn.search.table`, at least one trial with a loss.
    space : Space
        Whose settings get a panel each.
    importance : dict
        Share of each setting; empty for none.
    path : Path
        Written beside, then renamed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(importance) + [name for name in space.drawn if name not in importance]
    rows = -(-len(names) // ACROSS)
    figure = Figure(figsize=(12, 3.4 + 2.7 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(1 + rows, ACROSS, height_ratios=[1.25, *[1.0] * rows])
    trial, share = figure.add_subplot(grid[0, :3]), figure.add_subplot(grid[0, 3])
    _course(trial, found)
    _importance(share, importance)
    done = found[np.isfinite(found[LOSS])]
    for i, name in enumerate(names):
        axes = figure.add_subplot(grid[1 + i // ACROSS, i % ACROSS])
        _setting(axes, done, name, space.drawn[name])
        if i == 0:
            axes.set_title("later trials are darker", loc="left", fontsize=9, color="0.35")
        if i % ACROSS:
            axes.set_yticklabels([])
        else:
            axes.set_ylabel("validation loss")
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    with atomic.replacing(path) as part:
        figure.savefig(part, dpi=110, format="png")


def _losses(axes: Axes, losses: pd.Series) -> None:
    """The same y-axis for every panel."""
    low, high = float(losses.min()), float(losses.max())
    if high > WIDE * low:
        axes.set_yscale("log")
        _plain(axes.yaxis, high / low)
        axes.set_ylim(low / 1.15, high * 1.15)
    else:
        room = max(0.06 * (high - low), 0.01 * high)
        axes.set_ylim(low - room, high + room)


def _course(axes: Axes, found: pd.DataFrame) -> None:
    """Loss of each trial, and the least so far."""
    from matplotlib.ticker import MaxNLocator

    found = found.sort_values("trial")
    trial, loss = found["trial"].to_numpy(), found[LOSS].to_numpy()
    least = np.fmin.accumulate(loss)
    done = np.isfinite(loss)
    axes.plot(trial[done], loss[done], "o", color=BLUE, ms=5, label="trial")
    axes.step(trial, least, where="post", color="0.3", lw=1.3, label="least so far", zorder=1)
    best = int(np.nanargmin(loss))
    axes.plot(trial[best], loss[best], "*", color=RED, ms=13, label=f"best: {loss[best]:.3g}")
    if not done.all():
        where = axes.get_xaxis_transform()
        axes.plot(trial[~done], np.full((~done).sum(), 0.98), "x", color="0.3", transform=where)
        axes.plot([], [], "x", color="0.3", label="failed")
    _losses(axes, found.loc[done, LOSS])
    axes.set_xlim(-0.6, max(trial.max(), 1) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.set(xlabel="trial", ylabel="validation loss")
    axes.set_title("loss, summed over a movie's steps", loc="left")
    axes.legend(
        frameon=False,
        fontsize=9,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=4,
        borderaxespad=0.2,
    )


def _importance(axes: Axes, importance: Mapping[str, float]) -> None:
    """Bars, the most important setting above."""
    axes.set_title("share of the loss's variance", loc="left")
    if not importance:
        axes.text(0.5, 0.5, "too few trials to tell", ha="center", va="center", color="0.4")
        axes.set_axis_off()
        return
    names, shares = list(importance), list(importance.values())
    place = np.arange(len(names))[::-1]
    axes.barh(place, shares, color="0.6", height=0.7)
    axes.set_yticks(place, [name.replace("_", " ") for name in names])
    for y, share in zip(place, shares, strict=True):
        axes.text(share + 0.01, y, f"{share:.2f}", va="center", fontsize=8)
    axes.set_xlim(0, max(shares) * 1.25)
    axes.tick_params(axis="y", length=0)


def _setting(axes: Axes, done: pd.DataFrame, name: str, entry: Mapping[str, Any]) -> None:
    """Loss against one setting; later trials are darker, the best is a star."""
    choices = entry.get("choices")
    if choices:
        x = np.array([choices.index(value) for value in done[name]], float)
        axes.set_xticks(range(len(choices)), [_short(value) for value in choices])
        axes.set_xlim(-0.5, len(choices) - 0.5)
        if max(len(_short(value)) for value in choices) * len(choices) > 30:
            axes.tick_params(axis="x", labelsize=7, rotation=20)
    else:
        x = done[name].to_numpy(float)
        if entry["log"]:
            axes.set_xscale("log")
            _plain(axes.xaxis, entry["high"] / entry["low"])
            axes.set_xlim(entry["low"] / 1.15, entry["high"] * 1.15)
        else:
            room = 0.05 * (entry["high"] - entry["low"])
            axes.set_xlim(entry["low"] - room, entry["high"] + room)
    axes.scatter(
        x, done[LOSS], c=done["trial"], cmap="Blues", vmin=-0.5 * len(done), s=26, lw=0.4, ec="0.3"
    )
    best = int(done[LOSS].to_numpy().argmin())
    axes.plot(x[best], done[LOSS].iloc[best], "*", color=RED, ms=12)
    _losses(axes, done[LOSS])
    axes.set_xlabel(name.replace("_", " "))


def _plain(axis: Axis, ratio: float) -> None:
    """Numbers of a logarithmic axis as people write them, the fewer the longer it is."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    subs = (1.0, 2.0, 5.0) if ratio < 30 else (1.0, 3.0) if ratio < 300 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=7))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _short(value: Any) -> str:
    return str(value).replace(" | ", "|\n") if isinstance(value, str) else f"{value:g}"

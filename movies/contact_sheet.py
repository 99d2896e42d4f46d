"""A picture of some movies that a person can look at: one row an object, one column an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from movies.classes import CLASSES, TITLES
from movies.movie import Movies


def strip(movies: Movies, row: int, n_images: int) -> NDArray[np.float64]:
    """One movie as a strip of `n_images` stamps side by side, evenly picked, for display.

    Returns
    -------
    array, shape (S, n_images × (S + 1))
        Sky subtracted, in units of the noise, asinh-stretched; NaN between and after the stamps.
    """
    n = int(movies.n_images[row])
    size = movies.images.shape[-1]
    picked = np.unique(np.linspace(0, n - 1, min(n, n_images)).round().astype(int))
    out = np.full((size, n_images * (size + 1)), np.nan)
    for column, image in enumerate(movies.images[row, picked].astype(float)):
        edge = np.concatenate([image[:2].ravel(), image[-2:].ravel(), image[:, :2].ravel()])
        sky = np.median(edge)
        noise = max(1.4826 * np.median(np.abs(edge - sky)), 1e-3)
        left = column * (size + 1)
        out[:, left : left + size] = np.arcsinh((image - sky) / (3 * noise))
    return out


def draw(
    movies: Movies,
    path: Path,
    *,
    per_class: int = 3,
    n_images: int = 14,
    title: str = "",
    rows: Sequence[int] | None = None,
) -> None:
    """Draw a contact sheet to a PNG file: the first movies of each class, or the `rows` given."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if rows is None:
        label = movies.label
        rows = [int(r) for c in range(len(CLASSES)) for r in np.flatnonzero(label == c)[:per_class]]
    height = 0.67 * len(rows) + 0.6  # strips of 14 stamps are then as wide as the sheet
    figure = Figure(figsize=(11, height))
    figure.subplots_adjust(left=0.14, right=0.99, bottom=0.1 / height, top=1 - 0.5 / height)
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axis, row in zip(axes, rows, strict=True):
        picture = strip(movies, row, n_images)
        # The same number of noise levels is black everywhere; white is the object's own brightest.
        axis.imshow(picture, cmap="gray", vmin=-1.0, vmax=np.nanpercentile(picture, 99.7))
        axis.set_axis_off()
        entry = movies.truth.iloc[row]
        text = TITLES[entry["label"]]
        magnitude = entry.get("magnitude", np.nan)
        if np.isfinite(magnitude):
            text += f"\n{magnitude:.1f} mag"
        axis.text(-0.012, 0.5, text, transform=axis.transAxes, ha="right", va="center", fontsize=9)
    figure.suptitle(title or movies.origin, fontsize=11, y=1 - 0.12 / height, va="top")
    beside = path.with_name(path.name + ".part")
    figure.savefig(beside, dpi=110, format="png")
    beside.replace(path)

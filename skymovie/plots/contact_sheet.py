"""Pictures of movies that a person can look at: one row an object, one column an image."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skymovie.classes import CLASSES, TITLES
from skymovie.movies import Movies
from surveys.errors import UsageError
from surveys.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.67
"""Height of a row, inches: strips of 14 stamps are then as wide as the sheet."""


def shown(movies: Movies, row: int, n_images: int) -> NDArray[np.int64]:
    """Which images stand for a movie: evenly picked, the first alert among them if there is one."""
    n = int(movies.n_images[row])
    picked = np.unique(np.linspace(0, n - 1, min(n, n_images)).round().astype(np.int64))
    alert = int(movies.truth.iloc[row].get("first_alert", -1))
    if 0 <= alert < n:
        picked[np.abs(picked - alert).argmin()] = alert
    return picked


def strip(
    movies: Movies, row: int, n_images: int, picked: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """One movie as a strip of `n_images` stamps side by side, for display.

    Parameters
    ----------
    picked : int array, optional
        The images, at most `n_images`; without, those that `shown` picks.

    Returns
    -------
    array, shape (S, n_images × (S + 1))
        Sky subtracted, in units of the noise, asinh-stretched; NaN between and after the stamps.
    """
    size = movies.images.shape[-1]
    picked = shown(movies, row, n_images) if picked is None else picked
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
    rows: Sequence[int] | None = None,
    title: str = "",
) -> None:
    """Draw strips with class and magnitude to a PNG.

    Parameters
    ----------
    path : Path
        Written beside, then renamed.
    per_class : int
        Movies shown of each class, the first ones.
    n_images : int
        Stamps shown of each movie.
    rows : sequence of int, optional
        Movies shown instead.
    """
    if rows is None:
        rows = [row for name in _classes(movies) for row in _rows_of(movies, name)[:per_class]]
    figure, axes = _sheet(len(rows), title or movies.origin, left=0.14)
    for axis, row in zip(axes, rows, strict=True):
        picture = strip(movies, row, n_images)
        entry = movies.truth.iloc[row]
        text = title_of(entry["label"])
        magnitude = entry.get("magnitude", np.nan)
        if np.isfinite(magnitude):
            text += f"\n{magnitude:.1f} mag"
        _show(axis, picture, _white(picture), text)
    _save(figure, path)


def gallery(
    real: Movies,
    matched: Movies,
    path: Path,
    *,
    per_class: int = 3,
    n_images: int = 14,
    title: str = "",
) -> None:
    """Draw real movies, each above its simulated matched simulation, to a PNG.

    As Figures 15 to 17 of Carrasco-Davis et al. (2018), class by class. The objects shown lie
    evenly over the rows of their class; a pair has one grey scale.

    Parameters
    ----------
    real, matched simulations : Movies
        Row i of the one is the matched simulation of row i of the other.
    path : Path
        Written beside, then renamed.
    per_class : int
        Pairs shown of each class.
    n_images : int
        Stamps shown of each movie.

    Raises
    ------
    UsageError
        If the matched simulations are not those of the real movies.
    """
    same = list(real.truth["label"]) == list(matched.truth["label"])
    if not same or list(real.n_images) != list(matched.n_images):
        raise UsageError(
            f"expected a matched simulation of each of {len(real):,} movies, in their order; "
            f"got {len(matched):,} movies of other classes, order or length"
        )
    pairs = []
    for name in _classes(real):
        of_class = _rows_of(real, name)
        spread = np.linspace(0, len(of_class) - 1, min(per_class, len(of_class)))
        pairs += [of_class[i] for i in spread.round().astype(int)]
    names = real.truth["label"].iloc[pairs]
    gaps = [0.0, *(0.12 if a == b else 0.35 for a, b in pairwise(names))]
    figure, axes = _sheet(2 * len(pairs), title or matched.origin, left=0.15, gaps=gaps)
    for i, (row, name) in enumerate(zip(pairs, names, strict=True)):
        picked = shown(real, row, n_images)
        above, below = (strip(movies, row, n_images, picked) for movies in (real, matched))
        white = max(_white(above), _white(below))
        _show(axes[2 * i], above, white, f"{title_of(name)}\nreal")
        _show(axes[2 * i + 1], below, white, "simulated\ntwin")
    _save(figure, path)


def title_of(name: str) -> str:
    """A class as it is written in pictures and tables."""
    return TITLES.get(name, name.replace("_", " "))


def _classes(movies: Movies) -> list[str]:
    """The classes there are: the canonical ones in their order, then a user's own by name."""
    there = set(movies.truth["label"])
    return [c for c in CLASSES if c in there] + sorted(there - set(CLASSES))


def _rows_of(movies: Movies, name: str) -> list[int]:
    return np.flatnonzero(movies.truth["label"].to_numpy() == name).tolist()


def _sheet(
    n: int, title: str, *, left: float, gaps: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """A figure of `n` rows under a title.

    `gaps`, in rows, stand above each pair of rows; without, the rows follow each other closely.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    above = np.repeat([0.0] * n if gaps is None else gaps, 1 if gaps is None else 2)
    if gaps is not None:
        above[1::2] = 0.0
    tops = np.arange(n) + np.cumsum(above)
    height = ROW * (n + above.sum()) + 0.6
    figure = Figure(figsize=(11, height))
    FigureCanvasAgg(figure)
    axes = [
        figure.add_axes(
            (left, 1 - (0.5 + ROW * (top + 0.96)) / height, 0.99 - left, 0.92 * ROW / height)
        )
        for top in tops
    ]
    figure.suptitle(title, fontsize=11, y=1 - 0.12 / height, va="top")
    return figure, axes


def _white(picture: NDArray[np.float64]) -> float:
    """The object's own brightest, but for single pixels; at least a little above the noise."""
    return max(float(np.nanpercentile(picture, 99.7)), 0.0)


def _show(axis: Axes, picture: NDArray[np.float64], white: float, text: str) -> None:
    """One strip; the same number of noise levels is black everywhere."""
    axis.imshow(picture, cmap="gray", vmin=-1.0, vmax=white)
    axis.set_axis_off()
    axis.text(-0.012, 0.5, text, transform=axis.transAxes, ha="right", va="center", fontsize=9)


def _save(figure: Figure, path: Path) -> None:
    with atomic.replacing(path) as part:
        figure.savefig(part, dpi=110, format="png")

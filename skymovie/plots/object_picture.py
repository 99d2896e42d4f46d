"""Movies drawn for a person: light curve, movie strip and truth of each object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie import units
from skymovie.measure import photometry
from skymovie.movies import Movies
from skymovie.plots.contact_sheet import strip, title_of
from surveys.files import atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, BLOCK, TOP = 13.0, 3.0, 0.5
"""Inches: of the picture, of an object's height in it, of the title."""

DETECTED = 3.0
"""Flux over error from which a point is drawn full."""

ALERT, START = "tab:red", "tab:blue"

SYMBOLS = {"solMass": "M☉", "1e51 erg": "10⁵¹ erg", "arcsec": "″"}
"""Units whose astropy name is not how people write them."""

GALAXY = "galaxy "
"""With what the names of a galaxy's parameters begin."""

TOLD = ("object_id", "label", "first_alert", "start")
"""Columns of the truth that the picture shows otherwise."""


def draw(movies: Movies, path: Path, *, title: str = "") -> None:
    """Draw every movie to a PNG: what was measured over time, the images below, the truth beside.

    The light curve is the photometry of `skymovie.measure.photometry`, hosts included, its first
    alert and the start of what is classified marked. A thin line leads from each measurement to its
    image.

    Parameters
    ----------
    movies : Movies
        A handful.
    path : Path
        Written beside, then renamed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = TOP + BLOCK * len(movies)
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    figure.suptitle(title or movies.origin, fontsize=11, y=1 - 0.15 / height, va="top")
    curves = photometry.measure(movies)
    for row in range(len(movies)):
        bottom = height - TOP - BLOCK * (row + 1)
        n = int(movies.n_images[row])
        side = min(0.735 * WIDTH / n, 0.6)  # of a stamp
        curve, images = (
            figure.add_axes((0.055, low / height, wide, tall / height))
            for low, wide, tall in (
                (bottom + 1.12, 0.735, 1.45),
                (bottom + 0.7 - side, side * n / WIDTH, side),
            )
        )
        _strip(images, movies, row, n)
        _light_curve(curve, movies, row, curves)
        _connect(figure, curve, images, movies, row, curves.time[row, :n])
        _truth(figure, movies, row, 0.8, (bottom + 2.57) / height)
    with atomic.replacing(path) as part:
        figure.savefig(part, dpi=100, format="png")


def _strip(axis: Axes, movies: Movies, row: int, n: int) -> None:
    """All images in time order."""
    picture = strip(movies, row, n, np.arange(n))
    white = max(float(np.nanpercentile(picture, 99.7)), 0.0)
    axis.imshow(picture, cmap="gray", vmin=-1.0, vmax=white, aspect="auto")
    axis.set_axis_off()


def _light_curve(axis: Axes, movies: Movies, row: int, curves: photometry.LightCurves) -> None:
    """Magnitudes over time, the brighter above."""
    from matplotlib.ticker import MaxNLocator

    known = np.isfinite(curves.magnitude[row])
    mjd, magnitude, error = (
        values[row, known] for values in (curves.time, curves.magnitude, curves.magnitude_error)
    )
    seen = curves.flux[row, known] >= DETECTED * curves.flux_error[row, known]
    style: dict[str, Any] = {"fmt": "o", "ms": 4, "lw": 0.8, "zorder": 3}
    axis.errorbar(mjd[seen], magnitude[seen], error[seen], color="black", **style)
    axis.errorbar(
        mjd[~seen], magnitude[~seen], error[~seen], color="0.65", markerfacecolor="white", **style
    )
    if known.any():
        low, high = (magnitude - error).min(), (magnitude + error).max()
        room = max(0.08 * (high - low), (0.3 - (high - low)) / 2)
        axis.set_ylim(high + room, low - room)
    time = curves.time[row, : int(movies.n_images[row])]
    days = max(float(np.ptp(time)), 0.5)
    axis.set_xlim(time.min() - 0.03 * days, time.max() + 0.03 * days)
    marks = _marks(movies, row)
    for i, (image, colour, text) in enumerate(marks):
        axis.axvline(time[image], color=colour, lw=1, zorder=1)
        axis.annotate(
            text,
            (time[image], 1.03),
            xycoords=("data", "axes fraction"),
            color=colour,
            fontsize=7.5,
            ha="center" if len(marks) == 1 else ("right", "left")[i],
        )
    name = movies.truth["label"].iloc[row]
    axis.set_title(
        f"{title_of(name)}   {movies.object_id[row]}",
        loc="left",
        fontsize=10,
        fontweight="bold",
        pad=14,
    )
    axis.set_ylabel(f"{movies.survey.band} / mag", fontsize=9)
    axis.ticklabel_format(useOffset=False)
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=days > 4))
    axis.tick_params(labelsize=8, direction="in", top=True, right=True)
    axis.text(-0.012, -0.035, "MJD", transform=axis.transAxes, fontsize=8, ha="right", va="top")


def _marks(movies: Movies, row: int) -> list[tuple[int, str, str]]:
    """Images that are marked, with colour and words."""
    entry = movies.truth.iloc[row]
    alert, start = int(entry["first_alert"]), int(entry["start"])
    if alert == start:
        return [(alert, ALERT, "first alert = start")]
    out = [(start, START, "start")]
    return [*out, (alert, ALERT, "first alert")] if alert >= 0 else out


def _connect(
    figure: Figure, curve: Axes, images: Axes, movies: Movies, row: int, mjd: NDArray[np.float64]
) -> None:
    """Thin lines from the time of each image to the image."""
    from matplotlib.patches import ConnectionPatch

    colours = {image: colour for image, colour, _ in _marks(movies, row)}
    size = movies.images.shape[-1]
    for image, time in enumerate(mjd):
        line = ConnectionPatch(
            (time, 0.0),
            (image * (size + 1) + (size - 1) / 2, -0.5),
            coordsA=curve.get_xaxis_transform(),
            coordsB=images.transData,
            color=colours.get(image, "0.75"),
            lw=1.0 if image in colours else 0.5,
            zorder=0,
        )
        figure.add_artist(line)


def _truth(figure: Figure, movies: Movies, row: int, x: float, top: float) -> None:
    """What was drawn, or is on record, in words: of the object, and of its galaxy beside it."""
    told = facts(movies.truth.iloc[row])
    own = [line for line in told if not line[0].startswith(GALAXY)]
    galaxy = [
        (name.removeprefix(GALAXY), value) for name, value in told if (name, value) not in own
    ]
    kind = "truth" if "host" in movies.truth else "on record"
    for i, (heading, lines) in enumerate(((kind, own), ("galaxy", galaxy))):
        if lines:
            text = "\n".join(f"{name}  {value}" for name, value in lines)
            at = x + 0.105 * i
            figure.text(at, top, heading, fontsize=7.5, va="top", fontweight="bold")
            below = top - 0.17 / figure.get_figheight()
            figure.text(at, below, text, fontsize=7.5, va="top", linespacing=1.3)


def facts(entry: pd.Series) -> list[tuple[str, str]]:
    """What is known of an object, name and rounded value; nothing that is missing."""
    out = []
    for name, value in entry.items():
        if name in TOLD or pd.isna(value) or value == "":
            continue
        unit = units.TRUTH.get(str(name), "")
        out.append((str(name).replace("_", " "), f"{_rounded(value)} {SYMBOLS.get(unit, unit)}"))
    return [(name, value.rstrip()) for name, value in out]


def _rounded(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:.2f}" if abs(number) >= 1000 else f"{number:.4g}"
    return str(value)

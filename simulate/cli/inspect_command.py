"""The command ``simulate inspect``: what a store holds, in tables and in a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skymovie.cli import console, plain_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from skymovie.measure.catalogue import Catalogue
    from skymovie.movies import Movies
    from skymovie.store.movie_store import MovieStore
    from surveys.exposures import Exposures

MOST = 50
"""Objects in one picture."""


def inspect(
    store: Annotated[
        str, typer.Argument(help="A movie store, a folder of real movies, or `hits`.")
    ],
    part: Annotated[
        str | None,
        typer.Option(help="Part to look at.  [default: test, or the first that is written]"),
    ] = None,
    objects: Annotated[
        list[str] | None, typer.Option("--object", help="Draw this object; may be repeated.")
    ] = None,
    of_class: Annotated[
        str | None, typer.Option("--class", help="Draw objects of this class.")
    ] = None,
    n: Annotated[int, typer.Option("--n", help="How many objects to draw.")] = 5,
    out: Annotated[
        Path | None, typer.Option(help="The picture.  [default: STORE-PART.png, in this folder]")
    ] = None,
) -> None:
    """Say what a movie store holds, and draw some of its objects.

    The picture has the light curve of each object, its movie and its truth. A store that is still
    being written is shown as far as it is; real movies are shown alike.

    Example: `simulate inspect movies --class supernova --n 3 --out supernovae.png`
    """
    from skymovie.measure.catalogue import Catalogue
    from skymovie.movies import Movies
    from skymovie.plots import object_picture
    from surveys.errors import UsageError

    if not 1 <= n <= MOST:
        raise UsageError(f"expected 1 to {MOST} objects to draw, got --n {n}")
    if objects and of_class:
        raise UsageError("expected --object or --class, got both; give one of them")
    opened = _open(store)
    if isinstance(opened, Movies):
        if part is not None:
            raise UsageError(f"{store}: real movies have no parts, got --part {part}; leave it")
        chosen = Catalogue.of(opened)
        console.show(console.entries(_about_movies(opened), title=opened.survey.title))
        _print_parts({"movies": chosen})
    else:
        console.show(console.entries(_about_store(opened), title=opened.survey.title))
        written = _written(opened, part)
        if not written:
            console.out.print("\nno movies are written yet")
            return
        part = part or ("test" if "test" in written else next(iter(written)))
        chosen = written[part]
        _print_parts(written)
    _print_classes(chosen)
    _print_exposures(opened.exposures, chosen)
    which = chosen.pick(n, objects, of_class)
    name = Path(store.rstrip("/")).name or "movies"
    out = out or Path(f"{name}-{part}.png" if part else f"{name}.png")
    if not out.parent.is_dir():
        raise UsageError(f"{out}: expected a folder that exists, got {out.parent}; make it first")
    title = f"{plain_text.of_path(store)}, {part} part" if part else ""
    object_picture.draw(chosen.read(which), out, title=title)
    console.out.print(f"{len(which)} objects drawn: {out}")


def _open(store: str) -> MovieStore | Movies:
    from skymovie.real.reader import open_real
    from skymovie.store.movie_store import MovieStore

    if "://" in store or MovieStore.exists(store):
        return MovieStore.unfinished(store)
    return open_real(store)


def _written(store: MovieStore, part: str | None) -> dict[str, Catalogue]:
    """The parts of a store, as far as they are written; the one that was asked for is."""
    from skymovie.measure.catalogue import Catalogue

    if part is not None:
        Catalogue.of(store, part)
    absent = store.missing()
    return {
        name: Catalogue.of(store, name)
        for name in store.sizes
        if len(absent[name]) < len(store.blocks(name))
    }


def _about_store(store: MovieStore) -> dict[str, str]:
    """The store as a whole, name and value."""
    from skymovie.measure.catalogue import size_on_disk

    about = store.attributes
    blocks = {part: len(store.blocks(part)) for part in store.sizes}
    absent = {part: len(k) for part, k in store.missing().items()}
    if any(absent.values()):
        done = ", ".join(f"{p} {blocks[p] - absent[p]} of {blocks[p]}" for p in blocks)
        state = f"unfinished; blocks written: {done}; the same simulate command goes on from there"
    else:
        state = f"finished, {sum(blocks.values()):,} blocks"
    out = {"store": str(store.path), "state": state}
    out["on disk"] = console.size(size_on_disk(store.path))
    out["survey"] = f"{about['survey']}, checksum {about.get('survey_checksum', '')[:16]}"
    for name, value in (*about["settings"].items(), ("versions", about["versions"])):
        out[name.replace("_", " ")] = _in_words(value) or "none"
    if about.get("stand_in"):
        out["stand-in"] = "takes the place of real movies where none could be had"
    return out


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {v}" for name, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _about_movies(movies: Movies) -> dict[str, str]:
    """Real movies as a whole, name and value."""
    return {"movies": movies.origin, "images": f"{int(movies.n_images.sum()):,}"}


def _print_parts(written: dict[str, Catalogue]) -> None:
    """Movies by class and part."""
    from skymovie.plots.contact_sheet import title_of

    table = console.table("movies", *written)
    every = list(dict.fromkeys(name for part in written.values() for name in part.classes))
    for name in every:
        counts = [f"{len(part.of_class(name)):,}" for part in written.values()]
        table.add_row(title_of(name), *counts)
    if len(every) > 1:
        table.add_section()
        table.add_row("all", *(f"{len(part):,}" for part in written.values()))
    console.show(table)


def _print_classes(part: Catalogue) -> None:
    """What the movies of each class are like, in quantiles."""
    from skymovie.measure.catalogue import MEASURED
    from skymovie.plots.contact_sheet import title_of

    what = f"{part.part} part, " if part.part else ""
    table = console.table("class", "images", "magnitude", title=f"{what}5, 50 and 95 % of movies")
    starts = console.table("class", "start", "first alert", *(["host"] if _hosts(part) else []))
    magnitude = part.magnitudes()
    for name in part.classes:
        rows = part.of_class(name)
        some = part.truth.iloc[rows]
        images = _quantiles(part.n_images[rows], 0)
        table.add_row(title_of(name), images, _quantiles(magnitude[name], 1))
        alert = some["first_alert"][some["first_alert"] >= 0]
        cells = [_quantiles(some["start"], 0), _quantiles(alert, 0)]
        starts.add_row(
            title_of(name), *cells, *([f"{some['host'].mean():.0%}"] if _hosts(part) else [])
        )
    table.caption_justify = "left"
    table.caption = (
        f"magnitudes: measured, up to {MEASURED} movies of a class; median image, of supernovae "
        "and asteroids the brightest"
    )
    console.show(table)
    console.show(starts)


def _hosts(part: Catalogue) -> bool:
    return "host" in part.truth


def _print_exposures(exposures: Exposures, part: Catalogue) -> None:
    """Under what the movies were taken."""
    import numpy as np

    from skymovie import units

    used = exposures.select(np.unique(part.exposure[part.exposure >= 0]))
    nights = len(np.unique(np.floor(used.mjd - 0.5)))  # a night in Chile has 0 h UT in it
    table = console.table(
        f"{len(used):,} exposures",
        "5 %",
        "50 %",
        "95 %",
        title=f"{len(used.fields)} fields, {nights} nights, MJD {used.mjd.min():.2f} to "
        f"{used.mjd.max():.2f}",
    )
    for name, digits in (
        ("seeing", 2),
        ("airmass", 2),
        ("sky", 0),
        ("zero_point", 2),
        ("limiting_magnitude", 2),
        ("exposure_time", 0),
    ):
        unit = units.EXPOSURES.get(name, "")
        cells = [f"{q:.{digits}f}" for q in _at_levels(getattr(used, name))]
        table.add_row(f"{name.replace('_', ' ')} {unit}".strip(), *cells)
    console.show(table)


def _at_levels(values: Any) -> NDArray[np.float64]:
    import numpy as np

    from skymovie.measure.catalogue import LEVELS

    return np.quantile(np.asarray(values, np.float64), LEVELS)


def _quantiles(values: Any, digits: int) -> str:
    """Three quantiles side by side, or a dash where there is nothing."""
    return "  ".join(f"{q:.{digits}f}" for q in _at_levels(values)) if len(values) else "–"

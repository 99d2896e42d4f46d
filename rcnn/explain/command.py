"""The command ``rcnn explain``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rcnn.model import pretrained
from skymovie.cli import console

if TYPE_CHECKING:
    from skymovie.measure.catalogue import Catalogue

MOST = 200
"""Pictures of one command."""


def explain(
    model: Annotated[str, typer.Argument(help="A training run's folder, or shipped weights.")],
    movies: Annotated[
        str, typer.Option(help="hits, a folder of real movies in that layout, or a movie store.")
    ] = "hits",
    part: Annotated[
        str | None,
        typer.Option(
            help="Of a store: train, validation, test; of real movies: all, tuning, held-out.  "
            "[default: test; all]"
        ),
    ] = None,
    objects: Annotated[
        list[str] | None, typer.Option("--object", help="Explain this object; may be repeated.")
    ] = None,
    of_class: Annotated[
        str | None, typer.Option("--class", help="Explain objects of this class.")
    ] = None,
    n: Annotated[int, typer.Option("--n", help="How many objects where none is named.")] = 3,
    name: Annotated[
        str | None,
        typer.Option(
            "--why",
            help="Class whose probability is explained.  [default: the one that is named]",
        ),
    ] = None,
    patch: Annotated[int, typer.Option(help="Side of the patch that is covered, px; odd.")] = 5,
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("explain"),
) -> None:
    """Draw what the network answered about an object after each image, and what it looked at.

    One picture an object: its stamps, its light curve and the class probabilities above one another
    on one axis of image numbers, and maps of how the answer changes where a patch of the movie is
    covered (occlusion, Zeiler & Fergus 2014).

    Example: `rcnn explain hits --movies hits --class supernova --n 3`
    """
    from skymovie.classes import CLASSES
    from surveys.errors import UsageError

    if not 1 <= n <= MOST:
        raise UsageError(f"expected 1 to {MOST} objects to explain, got --n {n}")
    if objects and of_class:
        raise UsageError("expected --object or --class, got both; give one of them")
    if name is not None and name not in CLASSES:
        raise UsageError(f"expected a class among {', '.join(CLASSES)}; got --why {name}")
    run = pretrained.resolve(model)  # before Keras takes its seconds to be imported
    there = _open(movies, part)
    chosen = there.read(there.pick(n, objects, of_class))

    from rcnn.explain import explain as explained
    from rcnn.explain.picture import draw
    from rcnn.model.classifier import load

    network = load(run)
    with console.progress("explain", len(chosen)) as advance:
        for row in range(len(chosen)):
            found = explained(network, chosen, row, name=name, patch=patch)
            out.mkdir(parents=True, exist_ok=True)
            draw(found, out / file_name(chosen.object_id[row]))
            advance(note=f"{chosen.object_id[row]}: {CLASSES[found.named[-1]]}")
    console.out.print(f"{len(chosen)} objects explained: {out}")


def file_name(object_id: str) -> str:
    """The picture of an object; what a file system might not like is replaced."""
    return re.sub(r"[^\w.+-]", "_", object_id) + ".png"


def _open(where: str, part: str | None) -> Catalogue:
    """Movies of a store's part, or real ones, without their images where they need not be read."""
    import numpy as np

    from skymovie.measure.catalogue import Catalogue
    from skymovie.real.reader import open_real
    from skymovie.splits import in_part
    from skymovie.store.movie_store import MovieStore

    if "://" in where or MovieStore.exists(where):
        return Catalogue.of(MovieStore.open(where), part or "test")
    real = open_real(where)
    rows = np.flatnonzero(in_part(real.object_id, part or "all"))
    return Catalogue.of(real.select(rows))

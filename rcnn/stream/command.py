"""The command ``rcnn stream``."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from rcnn.model import pretrained
from skymovie import predictions
from skymovie.cli import console
from skymovie.movies import MAX_IMAGES, Movies
from skymovie.real.reader import open_real
from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import PARTS, MovieStore
from surveys.errors import UsageError
from surveys.files import atomic

GROUP = 8 * BLOCK
"""Movies of a store that are in memory at a time, about 90 MB; their nights pass one by one."""


def stream(
    model: Annotated[str, typer.Argument(help="A training run's folder, or shipped weights.")],
    states: Annotated[
        Path, typer.Argument(help="File of the objects' states; begun where there is none.")
    ],
    movies: Annotated[
        str, typer.Option(help="hits, a folder of real movies in that layout, or a movie store.")
    ] = "hits",
    part: Annotated[str, typer.Option(help=f"Of a movie store: {', '.join(PARTS)}.")] = "test",
    batch: Annotated[int, typer.Option(help="Images delivered together.", min=1)] = 1024,
    out: Annotated[
        Path | None,
        typer.Option(help="Prediction table.  [default: STATES.predictions.parquet]"),
    ] = None,
) -> None:
    """Classify movies image by image, night by night, as their survey took them.

    What must be kept of each object is in STATES: the same command goes on where it was
    interrupted, images that are known already cost nothing, and tomorrow's images can be given to
    the same file. From Python: `rcnn.stream.Stream`. The last line is one JSON object.

    Example: `rcnn stream hits states.db --movies hits`
    """
    run = pretrained.resolve(model)  # before Keras takes its seconds to be imported
    source = _source(movies, part)
    out = out or states.with_name(f"{states.name}.predictions.parquet")
    if out.resolve() == states.resolve():
        raise UsageError(f"expected another --out than the file of the states, got {out}")
    from rcnn.model.classifier import load
    from rcnn.stream import Images, Stream

    counts: Counter[str] = Counter()
    tables = []
    with Stream(load(run), states) as going:
        began = time.perf_counter()
        with console.progress(f"images of {movies}", source.n_images) as advance:
            for group in source.groups():
                for night in Images.of(group).nights():
                    in_time = np.argsort(night.mjd, kind="stable")
                    for first in range(0, len(night), batch):
                        given = night.select(in_time[first : first + batch])
                        counts.update(going.update(given).counts())
                        advance(len(given))
                answers, n_images = going.history(group.object_id.tolist())
                tables.append(_table(answers, n_images, group, source.sample))
        seconds = time.perf_counter() - began
        objects = going.n_objects
        summary = {
            "objects": objects,
            "images": sum(counts.values()),
            **counts,
            "images_per_second": round(sum(counts.values()) / seconds, 1),
        }
    predictions.write(pd.concat(tables, ignore_index=True), out)
    if left := {s: n for s, n in counts.items() if s not in ("new", "seen")}:
        console.note(
            f"left out: {', '.join(f'{n:,} {_WHY[s]}' for s, n in left.items())}; "
            "other objects under the same names want a file of their own"
        )
    console.out.print(
        f"{counts['new']:,} new images, {counts['seen']:,} known already, at "
        f"{summary['images_per_second']:,}/s; {states}: {objects:,} objects in "
        f"{console.size(states.stat().st_size)}"
    )
    console.out.print(f"{out}: predictions")
    typer.echo(json.dumps(summary))


_WHY = {
    "late": "older than the last one of their object",
    "other": "of a known date but with other pixels",
    "full": f"beyond {MAX_IMAGES} of their object",
    "bad": "not finite",
}


@dataclass(frozen=True)
class _Source:
    """Movies in memory, or a part of a store, read a group at a time."""

    movies: Movies | None
    store: MovieStore | None
    part: str
    sample: str

    @property
    def n_images(self) -> int:
        """Images that are classified."""
        if self.movies is not None:
            return int(self.movies.n_images.sum())
        assert self.store is not None
        exposure = np.asarray(self.store.group[f"{self.part}/exposure"])
        start = self.store.truth(self.part)["start"].to_numpy(np.int64)
        return int(np.minimum((exposure >= 0).sum(axis=1) - start, MAX_IMAGES).sum())

    def groups(self) -> Iterator[Movies]:
        """The sequences, as many as may be in memory together."""
        if self.movies is not None:
            yield self.movies
            return
        assert self.store is not None
        n = self.store.sizes[self.part]
        for first in range(0, n, GROUP):
            yield self.store.read(self.part, slice(first, min(first + GROUP, n))).sequences()


def _source(where: str, part: str) -> _Source:
    if where == "hits" or not MovieStore.exists(atomic.place(where)):
        real = open_real(where).sequences()
        return _Source(real, None, part, "real")
    store = MovieStore.open(where)
    if part not in store.sizes or not store.sizes[part]:
        there = ", ".join(name for name, n in store.sizes.items() if n)
        raise UsageError(f"{where}: expected a part among {there}; got {part!r}")
    return _Source(None, store, part, "real" if store.attributes["stand_in"] else "simulated")


def _table(
    answers: NDArray[np.float32], n_images: NDArray[np.int32], movies: Movies, sample: str
) -> pd.DataFrame:
    return predictions.table(
        answers,
        n_images,
        movies.object_id,
        movies.truth["label"].to_numpy(dtype=np.str_),
        classifier="rcnn",
        sample=sample,
    )

"""Judging a network on real and simulated movies, and writing down what it does well and badly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rcnn.data import loader
from rcnn.evaluation import confusion, figures, scores, worst
from rcnn.evaluation.predictions import Answers, ask
from rcnn.model import tuned_on
from rcnn.model.classifier import RCNN
from rcnn.settings import EVALUATION_BATCH
from skymovie import Movies, predictions, splits
from skymovie.classes import check_known
from skymovie.cli import console
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from surveys.files import atomic
from surveys.files.paths import local

METRICS = "metrics.json"
OBJECTS = "objects.parquet"


def evaluate(
    model: RCNN,
    out: Path,
    *,
    real: Movies | None = None,
    part: str = "tuning",
    store: MovieStore | None = None,
    most: int = 5000,
    worst_of: int = 8,
    seed: int = 0,
) -> dict[str, Any]:
    """Judge a network, and write tables, numbers and pictures into `out`.

    Parameters
    ----------
    model : RCNN
    out : Path
        Gets ``predictions.parquet``, ``objects.parquet`` (one row an object after its last image),
        ``metrics.json``, and as PNG ``confusion``, ``confusion_in_bins`` (of magnitude, and by
        images seen), ``recall_by_images``, ``recall_by_magnitude``, ``reliability`` and, of real
        movies beside simulated ones, ``worst``.
    real : Movies, optional
    part : str
        Real movies to judge by, see `skymovie.splits`; without those that the network was tuned on.
    store : MovieStore, optional
        Of simulated movies; those of its test part are taken.
    most : int
        Simulated movies that are looked at, the first ones.
    worst_of : int
        Real movies that are drawn; 0 for no such picture.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``real`` and ``simulated``, each as `rcnn.evaluation.scores.score` gives it; ``part``.

    Raises
    ------
    UsageError
        If there is nothing to judge by, or movies are of a class that the network does not know.
    """
    if real is None and store is None:
        raise UsageError(
            "expected real movies, simulated ones or both to evaluate on, got neither; "
            "give --real, --simulated or both"
        )
    judged, kept = [], None
    if real is not None:
        check_known(real.truth["label"], real.origin or "real movies")
        in_part = real.select(splits.in_part(real.object_id, part))
        kept = tuned_on.others(in_part, model.tuned_on).sequences()
        judged.append(_look(model, _in_batches(kept), "real", len(kept)))
    if store is not None:
        check_known(store.attributes["settings"].get("classes", ()), str(store.path))
        batches = loader.in_batches(store, "test", EVALUATION_BATCH, most)
        judged.append(_look(model, batches, "simulated", min(most, store.sizes["test"])))
    out = local(out)
    out.mkdir(parents=True, exist_ok=True)
    table = pd.concat([answers.table() for answers in judged], ignore_index=True)
    predictions.write(table, out / predictions.FILE)
    with atomic.replacing(out / OBJECTS) as part_file, part_file.open("wb") as file:
        pd.concat([a.objects() for a in judged], ignore_index=True).to_parquet(file, index=False)
    summary: dict[str, Any] = {"part": part if real is not None else None}
    summary |= {answers.sample: scores.score(answers, seed) for answers in judged}
    content = json.dumps(summary, indent=1, allow_nan=False)
    atomic.put(out / METRICS, content.encode())
    _draw(judged, out)
    if kept is not None and store is not None and worst_of:
        _draw_worst(judged[0], kept, judged[1], store, worst_of, out)
    return summary


def _in_batches(movies: Movies) -> Iterator[Movies]:
    for first in range(0, len(movies), EVALUATION_BATCH):
        yield movies.select(np.arange(first, min(first + EVALUATION_BATCH, len(movies))))


def _look(model: RCNN, batches: Iterator[Movies], sample: str, n: int) -> Answers:
    with console.progress(f"look at {sample} movies", n) as advance:
        return ask(model, batches, sample, advance)


def _draw(judged: list[Answers], out: Path) -> None:
    confusion.draw(judged, out / "confusion.png")
    confusion.draw_in_bins(judged, out / "confusion_in_bins.png")
    figures.by_images(judged, out / "recall_by_images.png")
    figures.by_magnitude(judged, out / "recall_by_magnitude.png")
    figures.reliability(judged, out / "reliability.png")


def _draw_worst(
    real: Answers, movies: Movies, simulated: Answers, store: MovieStore, n: int, out: Path
) -> None:
    found = worst.cases(real, simulated, n)
    names = pd.Index(movies.object_id)
    rows = names.get_indexer(pd.Index(real.object_id))  # those of less than three images are out
    place = pd.Index(store.truth("test")["object_id"])
    wanted = simulated.object_id[[k for case in found for k in case.neighbours]]
    nearest = store.read("test", place.get_indexer(pd.Index(wanted))).sequences()
    worst.draw(real, movies.select(rows), simulated, nearest, found, out / "worst.png")

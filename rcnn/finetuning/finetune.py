"""Fine-tuning on a few real movies of each class, over several random draws.

Half of every batch is real, drawn with equal chances for the classes that occur, and half is
simulated, so that classes of which there are no real movies are not forgotten. They are made as
rare, though, as the real movies say that they are (`skymovie.priors`), unless equal classes are
asked for. Each trial begins from the same weights, trains on its own draw and is judged on all
other real movies.

The network of the first draw is kept, as a run's folder. It is one of those that the results are
about: chosen before anything was judged, and judged by movies that it has never seen. One that had
learnt all labelled movies might be better, but nobody could say how good it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcnn import settings as settings_file
from rcnn.data import loader
from rcnn.finetuning import card, record
from rcnn.finetuning.settings import FinetuneSettings
from rcnn.finetuning.summary import by_images, summarize
from rcnn.model import calibration, pretrained, tuned_on
from rcnn.model.classifier import RCNN
from rcnn.training.training import compile_network
from skymovie import CLASSES, TITLES, Movies, predictions, priors, splits
from skymovie.classes import check_known
from skymovie.cli import console
from skymovie.movie_length import long_enough, require_long_enough
from skymovie.store.movie_store import MovieStore
from surveys.files.paths import local

KEPT = 0
"""The draw whose network is kept."""


def finetune(
    model: RCNN,
    real: Movies,
    settings: FinetuneSettings,
    out: Path,
    store: MovieStore | None = None,
    start: str = "run",
    command: str = "",
) -> dict[str, Any]:
    """Fine-tune and evaluate, or go on with what was interrupted; write results and a model.

    Parameters
    ----------
    model : RCNN
        Left as it came.
    real : Movies
        Real movies of some of the classes. Those that `model` was tuned on before are left out,
        and those that are too short to be classified.
    out : Path
        New folder, or that of the same fine-tuning begun earlier. Gets prediction tables and the
        summary, and what `rcnn.load` loads: the network of the first draw, with its card and a
        table of the movies that it was tuned on.
    store : MovieStore, optional
        Simulated movies to mix in; without it, training is on real movies alone.
    start : str
        What `model` is called, for the settings and the card: a folder, or a name that comes with
        skymovie.
    command : str
        The command line that asked for it, for the card; empty where it was Python.

    Returns
    -------
    dict
        ``before`` and ``after`` with the ``mean`` recall over the classes that occur and the recall
        ``by_class``, at the last image, and the expected ``calibration_error``; ``before`` also the
        ``mean_on_the_same`` movies by which trials are judged after; ``after`` also the ``std``
        over trials; ``n_real``; ``trials``.

    Raises
    ------
    UsageError
        If a class has too few real movies, `out` holds something else, or training movies of
        `store` are too short to be classified.
    """
    out = local(out)
    check_known(real.truth["label"], real.origin or "real movies")
    if store:
        check_known(store.attributes["settings"].get("classes", ()), str(store.path))
        require_long_enough(store, ["train"])
    real = long_enough(real, real.origin or "real movies")
    real = tuned_on.others(real, model.tuned_on)
    draws = splits.draw(real, settings.real_samples, settings.trials, settings.seed, settings.part)
    judged = np.flatnonzero(splits.in_part(real.object_id, settings.part))
    begun = record.begun_with(model, real, store)
    if record.claim(out, settings, begun):
        return summarize(predictions.read(out / predictions.FILE))
    before = model.tabulate(real.select(judged), classifier="rcnn", sample="real")
    tables = [before]
    finished = [record.draw(out, trial) for trial in range(settings.trials)]
    n_finished = sum(table is not None for table in finished)
    total = settings.trials * settings.batches
    with (
        _as_it_came(model, settings.learning_rate) as reset,
        console.progress("finetune", total, n_finished * settings.batches) as advance,
    ):
        for trial, (rows, table) in enumerate(zip(draws, finished, strict=True)):
            if table is None:
                reset()
                _tune(model, real.select(rows), settings, trial, store, advance)
                model.prior = _prior(real.label[rows], settings)
                if trial == KEPT:
                    _save(model, real.select(rows), settings, out, store, start)
                table = model.tabulate(
                    real.select(np.setdiff1d(judged, rows)),
                    classifier="rcnn_finetuned",
                    sample="real",
                    trial=trial,
                )
                record.keep(out, trial, table)
            tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    summary = summarize(table)
    card.write(
        out / pretrained.CARD,
        table,
        settings,
        real.select(draws[KEPT]),
        model,
        store,
        start,
        command,
    )
    results = {**summary, "by_images": by_images(table)}
    record.finish(out, settings, begun, table, results)
    return summary


@contextmanager
def _as_it_came(model: RCNN, learning_rate: float) -> Iterator[Callable[[], None]]:
    """A function that brings a compiled network back to where it began; called at the end too."""
    compile_network(model.network, learning_rate)
    variables = [*model.network.variables, *model.network.optimizer.variables]
    start, prior = [np.array(v) for v in variables], model.prior

    def reset() -> None:
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        model.prior = prior

    try:
        yield reset
    finally:
        reset()


def _tune(
    model: RCNN,
    taught: Movies,
    settings: FinetuneSettings,
    trial: int,
    store: MovieStore | None,
    advance: Callable[..., None],
) -> None:
    """Train on one draw."""
    network = model.network
    with closing(_batches(taught.sequences(), settings, trial, store)) as batches:
        for k, (arrays, target) in enumerate(batches):
            wave = math.cos(math.pi * k / settings.batches)
            network.optimizer.learning_rate = settings.learning_rate * (1 + wave) / 2
            network.reset_metrics()
            logs = network.train_on_batch(arrays, target, return_dict=True)
            note = f"trial {trial + 1} of {settings.trials}, loss {float(logs['loss']):.2f}"
            advance(1, note)


def _prior(label: NDArray[np.int64], settings: FinetuneSettings) -> NDArray[np.float64] | None:
    """Shares of the classes where the tuned network answers; None for equal ones.

    So few batches leave the network with what it was taught before, all classes equally.
    """
    return priors.of_sample(label) if settings.prior == "sample" else None


def _save(
    model: RCNN,
    taught: Movies,
    settings: FinetuneSettings,
    out: Path,
    store: MovieStore | None,
    start: str,
) -> None:
    """Write a tuned network as a run's folder, all but the card."""
    trained = replace(
        model.settings,
        iterations=settings.batches,
        minutes=0.0,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        decay="cosine",
        augment=True,
        seed=settings.seed,
        start=start,
    )
    mixed_in = str(store.path.resolve()) if store else model.store
    size = taught.images.shape[-1]
    settings_file.write(out / settings_file.FILE, trained, store=mixed_in, stamp_size=size)
    # Too few movies to fit a temperature to: it stays that of the weights before.
    calibration.write(out, model.temperature, model.prior)
    known = pd.concat([model.tuned_on, tuned_on.of(taught)], ignore_index=True)
    tuned_on.write(out, known)
    model.save_weights(out)


def _batches(
    sequences: Movies, settings: FinetuneSettings, trial: int, store: MovieStore | None
) -> Generator[tuple[loader.Arrays, NDArray[np.int32]]]:
    """Mixed batches of one trial."""
    rng = np.random.default_rng([settings.seed, trial, 1])
    present = np.unique(sequences.label)
    n_real = settings.batch // 2 if store else settings.batch
    simulated = None
    if store:
        seed = int(rng.integers(2**31))
        simulated = loader.ahead(
            loader.training_batches(store, settings.batch - n_real, seed, augment=True)
        )
    try:
        for _ in range(settings.batches):
            wanted = rng.permutation(np.resize(rng.permutation(present), n_real))
            rows = [rng.choice(np.flatnonzero(sequences.label == code)) for code in wanted]
            part = sequences.select(np.array(rows))
            arrays, target = loader.inputs(part), loader.labels(part)
            arrays["images"] = loader.orient(arrays["images"], rng)
            if simulated:
                more, labels = next(simulated)
                arrays = {name: np.concatenate([arrays[name], more[name]]) for name in arrays}
                target = np.concatenate([target, labels])
            yield arrays, target
    finally:  # the thread that reads ahead ends with an interrupted draw too
        if simulated:
            simulated.close()


def forgotten(real: Movies) -> list[str]:
    """Titles of the classes of which there are no real movies."""
    present = set(real.truth["label"])
    return [TITLES[name] for name in CLASSES if name not in present]

"""Fine-tuning on a few real movies of each class, over several random draws.

Half of every batch is real, drawn with equal chances for the classes that occur, and half is
simulated, so that classes of which there are no real movies are not forgotten. They are made as
rare, though, as the real movies say that they are (`movies.priors`). Each trial begins from the
same weights, trains on its own draw and is judged on all other real movies.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movies import CLASSES, TITLES, Movies, console, predictions, priors, trials
from movies.classes import check_known
from movies.movie import MAX_IMAGES
from movies.store import MovieStore
from rcnn import data
from rcnn.evaluation.tabled import calibration_error
from rcnn.model import RCNN
from rcnn.training import compile_network, tabulate
from surveys import atomic
from surveys.errors import UsageError

SUMMARY = "finetune.json"
PREDICTIONS = "predictions.parquet"


@dataclass(frozen=True)
class FinetuneSettings:
    """How to fine-tune.

    Attributes
    ----------
    real_samples : int
        Real movies of each class to train on.
    trials : int
        Random draws of them.
    seed : int
    batches : int
        Of each trial.
    batch : int
        Movies in a batch, half of them real.
    learning_rate : float
        Of AMSGrad at the start; falls to zero along half a cosine wave.
    part : str
        Real movies to judge by: ``all``, ``tuning`` or ``held-out``; see `movies.trials`.
    """

    real_samples: int = 10
    trials: int = 5
    seed: int = 0
    batches: int = 60
    batch: int = 64
    learning_rate: float = 3e-4
    part: str = "all"

    def __post_init__(self) -> None:
        if self.batches < 1 or self.batch < 2 or not self.learning_rate > 0:
            raise UsageError(
                "expected at least one batch of at least two movies and a learning rate above "
                f"zero; came {self.batches}, {self.batch} and {self.learning_rate}"
            )


def finetune(
    model: RCNN,
    real: Movies,
    settings: FinetuneSettings,
    out: Path,
    store: MovieStore | None = None,
) -> dict[str, Any]:
    """Fine-tune and evaluate, and write prediction tables and the summary into `out`.

    Parameters
    ----------
    model : RCNN
        Left with the weights it came with.
    real : Movies
        Real movies of some of the classes.
    store : MovieStore, optional
        Simulated movies to mix in; without it, training is on real movies alone.

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
        If a class has too few real movies.
    """
    draws = trials.draw(real, settings.real_samples, settings.trials, settings.seed, settings.part)
    judged = np.flatnonzero(trials.in_part(real.object_id, settings.part))
    if store:
        check_known(store.attributes["settings"].get("classes", ()), str(store.path))
    out.mkdir(parents=True, exist_ok=True)
    compile_network(model.network, settings.learning_rate)
    variables = [*model.network.variables, *model.network.optimizer.variables]
    start = [np.array(v) for v in variables]
    tables = [tabulate(model, real.select(judged), classifier="rcnn", sample="real")]
    with console.progress("finetune", settings.trials * settings.batches) as advance:
        for trial, rows in enumerate(draws):
            for variable, value in zip(variables, start, strict=True):
                variable.assign(value)
            batches = _batches(real.select(rows).sequences(), settings, trial, store)
            for k, (arrays, target) in enumerate(batches):
                wave = math.cos(math.pi * k / settings.batches)
                model.network.optimizer.learning_rate = settings.learning_rate * (1 + wave) / 2
                model.network.reset_metrics()
                logs = model.network.train_on_batch(arrays, target, return_dict=True)
                loss = float(logs["loss"])
                advance(1, f"trial {trial + 1} of {settings.trials}, loss {loss:.2f}")
            held_out = real.select(np.setdiff1d(judged, rows))
            tuned = tabulate(
                model, held_out, classifier="rcnn_finetuned", sample="real", trial=trial
            )
            # So few batches leave the network with what it was taught before, all classes equally.
            tuned[predictions.PROBABILITIES] = priors.shifted(
                tuned[predictions.PROBABILITIES].to_numpy(),
                priors.shares(np.arange(len(CLASSES))),
                priors.of_sample(real.label[rows]),
            ).astype(np.float32)
            tables.append(tuned)
    for variable, value in zip(variables, start, strict=True):
        variable.assign(value)
    table = pd.concat(tables, ignore_index=True)
    summary = summarize(table)
    predictions.write(table, out / PREDICTIONS)
    record = {**summary, "settings": asdict(settings), "by_images": by_images(table)}
    content = json.dumps(record, indent=1)
    atomic.put(out / SUMMARY, content.encode())
    return summary


def _batches(
    sequences: Movies, settings: FinetuneSettings, trial: int, store: MovieStore | None
) -> Iterator[tuple[data.Arrays, NDArray[np.int32]]]:
    """Mixed batches of one trial."""
    rng = np.random.default_rng([settings.seed, trial, 1])
    present = np.unique(sequences.label)
    n_real = settings.batch // 2 if store else settings.batch
    simulated = None
    if store:
        seed = int(rng.integers(2**31))
        simulated = data.ahead(
            data.training_batches(store, settings.batch - n_real, seed, augment=True)
        )
    for _ in range(settings.batches):
        wanted = rng.permutation(np.resize(rng.permutation(present), n_real))
        rows = np.array([rng.choice(np.flatnonzero(sequences.label == code)) for code in wanted])
        part = sequences.select(rows)
        arrays, target = data.inputs(part), data.labels(part)
        arrays["images"] = data.orient(arrays["images"], rng)
        if simulated:
            more, labels = next(simulated)
            arrays = {name: np.concatenate([arrays[name], more[name]]) for name in arrays}
            target = np.concatenate([target, labels])
        yield arrays, target
    if simulated:
        simulated.close()


def forgotten(real: Movies) -> list[str]:
    """Titles of the classes of which there are no real movies."""
    present = set(real.truth["label"])
    return [TITLES[name] for name in CLASSES if name not in present]


def _recalls(table: pd.DataFrame, n_images: int) -> list[dict[str, float]]:
    """Recall by class after at most `n_images` images, one entry a trial."""
    last = predictions.at_most(table, n_images)
    return [predictions.recall(rows) for _, rows in last.groupby("trial")]


def _mean(recall: dict[str, float]) -> float:
    return float(np.mean(list(recall.values())))


def _spread(values: list[float]) -> float:
    """Sample standard deviation; zero where there is but one value."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def summarize(table: pd.DataFrame, n_images: int = MAX_IMAGES) -> dict[str, Any]:
    """Recalls before and after, as `finetune` returns them, from its prediction table."""
    as_it_was = table[table["classifier"] == "rcnn"]
    tuned = table[table["classifier"] == "rcnn_finetuned"]
    before, after = _recalls(as_it_was, n_images)[0], _recalls(tuned, n_images)
    means = [_mean(recall) for recall in after]
    same = [_mean(recall) for recall in _recalls(_on_the_same(as_it_was, tuned), n_images)]
    return {
        "before": {
            "mean": _mean(before),
            "by_class": before,
            "calibration_error": calibration_error(as_it_was, n_images),
            "mean_on_the_same": float(np.mean(same)),
        },
        "after": {
            "mean": float(np.mean(means)),
            "std": _spread(means),
            "by_class": {name: float(np.mean([r[name] for r in after])) for name in after[0]},
            "calibration_error": calibration_error(tuned, n_images),
        },
        "n_real": int(as_it_was["object_id"].nunique()),
        "trials": len(after),
    }


def _on_the_same(as_it_was: pd.DataFrame, tuned: pd.DataFrame) -> pd.DataFrame:
    """What the network said before about the movies by which each trial is judged after."""
    parts = []
    for trial, rows in tuned.groupby("trial"):
        judged = as_it_was["object_id"].isin(rows["object_id"].unique())
        parts.append(as_it_was[judged].assign(trial=trial))
    return pd.concat(parts)


def by_images(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The summary after each number of images from the third on."""
    lines = []
    for n in range(predictions.FIRST_PREDICTION, MAX_IMAGES + 1):
        summary = summarize(table, n)
        lines.append({"n_images": n, "before": summary["before"], "after": summary["after"]})
    return lines

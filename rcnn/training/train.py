"""A whole training: fit the network, calibrate it, predict the test part, write the card."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rcnn import settings as settings_file
from rcnn.data import loader
from rcnn.evaluation.calibrate import N_CALIBRATION, calibrate
from rcnn.model import pretrained
from rcnn.model.classifier import RCNN, load
from rcnn.settings import EVALUATION_BATCH, TrainingSettings
from rcnn.stream.cost import image_cost
from rcnn.training import card, learning_curve
from rcnn.training.checkpoint import Progress
from rcnn.training.training import fit
from skymovie import predictions
from skymovie.cli import console
from skymovie.store import cost
from skymovie.store.movie_store import MovieStore
from surveys.files.paths import local


def train(
    store: MovieStore,
    settings: TrainingSettings,
    out: Path,
    devices: str = "1",
    command: str = "",
) -> RCNN:
    """Train a network, or resume a training that was interrupted, and write its run folder.

    Parameters
    ----------
    store : MovieStore
        Its training part is trained on, its validation part chooses the weights that are kept, its
        test part is predicted at the end, and so are 5,000 movies at most of the validation part.
    settings : TrainingSettings
    out : Path
        New folder, or that of the same training begun earlier.
    devices : str
        How many devices share each batch, or ``all``; see `rcnn.training.devices.spread`.
    command : str
        The command line that asked for it, for the card; empty where it was Python.

    Returns
    -------
    RCNN
        With the weights of the best validation loss.

    Raises
    ------
    UsageError
        If `out` holds another training, or there are fewer devices.
    """
    out = local(out)
    progress = fit(store, settings, out, devices, command)
    # The card is written last: where it is missing, the conclusion was interrupted.
    if not (out / pretrained.CARD).exists():
        _conclude(load(out), store, out, progress)
    return load(out)


def _conclude(model: RCNN, store: MovieStore, out: Path, progress: Progress) -> None:
    """Calibrate, predict test and validation part, time a stream, draw, and write the card."""
    calibrate(model, store, out)
    if n := min(N_CALIBRATION, store.sizes["validation"]):
        validation = _predict(model, store, "validation", n, sample="validation")
        predictions.write(validation, out / predictions.VALIDATION_FILE)
    table = _predict(model, store, "test", store.sizes["test"], sample="simulated")
    predictions.write(table, out / predictions.FILE)
    if found := image_cost(model, cost.some(store)):
        cost.write(found, out)
    learning_curve.draw(pd.DataFrame(progress.history), out / "learning_curve.png")
    _, more = settings_file.read(out / settings_file.FILE)
    card.write(model, store, progress, table, out / pretrained.CARD, more.get("command", ""))


def _predict(model: RCNN, store: MovieStore, part: str, n: int, sample: str) -> pd.DataFrame:
    """The prediction table of the first `n` movies of a part."""
    tables = []
    with console.progress(f"predict the {part} part", n) as advance:
        for movies in loader.in_batches(store, part, EVALUATION_BATCH, n):
            tables.append(model.tabulate(movies, classifier="rcnn", sample=sample))
            advance(len(movies))
    return pd.concat(tables, ignore_index=True)

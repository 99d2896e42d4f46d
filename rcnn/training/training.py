"""Training from a movie store: AMSGrad, best validation loss kept, resumed to the bit."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rcnn import settings as settings_file
from rcnn.model import pretrained, tuned_on
from rcnn.model.classifier import RCNN, WEIGHTS, load
from rcnn.network.network import last_accuracy, sequence_loss
from rcnn.settings import TrainingSettings
from rcnn.training import checkpoint
from rcnn.training.checkpoint import Progress
from rcnn.training.devices import spread
from rcnn.training.steps import Steps, begin
from skymovie.classes import check_known
from skymovie.cli import console
from skymovie.movie_length import require_long_enough
from skymovie.store.movie_store import PARTS, MovieStore
from surveys.errors import UsageError
from surveys.files import atomic
from surveys.files.paths import local

HISTORY = "history.csv"


def fit(
    store: MovieStore,
    settings: TrainingSettings,
    out: Path,
    devices: str = "1",
    command: str = "",
) -> Progress:
    """Train a network, or resume a training that was interrupted, and keep its best weights.

    Parameters
    ----------
    store : MovieStore
        Its training part is trained on, its validation part chooses the weights that are kept.
    settings : TrainingSettings
    out : Path
        New folder, or that of the same training begun earlier.
    devices : str
        How many devices share each batch, or ``all``; see `rcnn.training.devices.spread`.
    command : str
        The command line that asked for it, for the record; empty where it was Python.

    Returns
    -------
    Progress
        At the end; `rcnn.load` gives the network with the weights of the best validation loss.

    Raises
    ------
    UsageError
        If `out` holds another training, there are fewer devices, or movies of the store are too
        short to be classified.
    """
    check_known(store.attributes["settings"].get("classes", ()), str(store.path))
    require_long_enough(store, PARTS)
    out = local(out)
    with spread(devices, settings.batch):
        _claim(out, store, settings, command)
        model = RCNN(settings, str(store.path.resolve()), store.survey.camera.stamp_size)
        compile_network(model.network, settings.learning_rate)
        progress = Progress()
        if (out / checkpoint.FILE).exists():
            progress = checkpoint.restore(out, model.network)
        elif settings.start:
            start = load(pretrained.resolve(settings.start))
            model.network.set_weights(start.network.get_weights())
            tuned_on.write(out, start.tuned_on)
        if done(settings, progress) < 1:
            _fit(model, store, settings, out, progress)
    return progress


def compile_network(network: Any, learning_rate: float) -> None:
    """Give a network the paper's loss and optimizer (§4), and build the latter's state."""
    from rcnn.backend import ON_JAX, keras

    network.compile(
        optimizer=keras.optimizers.Adam(learning_rate, amsgrad=True),
        loss=sequence_loss,
        metrics=[last_accuracy],
        # On a CPU TensorFlow's own convolutions are several times faster than XLA's.
        jit_compile=ON_JAX,
    )
    network.optimizer.build(network.trainable_variables)


def learning_rate(settings: TrainingSettings, progress: Progress) -> float:
    """The rate for the next batch: constant, or along half a cosine wave down to zero."""
    if settings.decay == "constant":
        return settings.learning_rate
    return settings.learning_rate * (1 + math.cos(math.pi * done(settings, progress))) / 2


def done(settings: TrainingSettings, progress: Progress) -> float:
    """Share of the training that is over, by iterations or by time, whichever is more."""
    share = progress.iteration / settings.iterations
    if settings.minutes:
        share = max(share, progress.seconds / (60 * settings.minutes))
    return min(share, 1.0)


def _claim(out: Path, store: MovieStore, settings: TrainingSettings, command: str) -> None:
    """Make the run folder, or see that it is this training's."""
    path = out / settings_file.FILE
    wanted = {"store": str(store.path.resolve()), **asdict(settings)}
    if path.exists():
        begun, more = settings_file.read(path)
        found = {"store": more.get("store"), **asdict(begun)}
        for key, value in wanted.items():
            if found[key] != value:
                raise UsageError(
                    f"{out}: expected the training it was begun with, {key} = {found[key]!r}, got "
                    f"{value!r}; give the same or choose another --out"
                )
        return
    if out.exists() and any(out.iterdir()):
        raise UsageError(
            f"{out}: expected a new folder or a training run's, got one with other files; "
            "choose another --out"
        )
    out.mkdir(parents=True, exist_ok=True)
    size = store.survey.camera.stamp_size
    settings_file.write(path, settings, store=wanted["store"], stamp_size=size, command=command)


def _fit(
    model: RCNN, store: MovieStore, settings: TrainingSettings, out: Path, progress: Progress
) -> None:
    """Train until the end, or until Ctrl-C, which leaves a checkpoint and usable weights."""
    network = model.network
    steps = begin(network, store, settings, progress.iteration)
    before, began = progress.seconds, time.monotonic()
    shown = _position(settings, progress)
    total = round(60 * settings.minutes) or settings.iterations
    title = f"train ({settings.dtype}{', seconds' if settings.minutes else ''})"
    with (
        closing(steps),
        _interrupted() as interrupted,
        console.progress(title, total, shown) as advance,
    ):
        while done(settings, progress) < 1:
            rates = _next_rates(settings, progress, steps.at_once)
            losses, accuracies = steps.run(rates)
            progress.losses += losses
            progress.accuracies += accuracies
            progress.iteration += len(rates)
            progress.seconds = before + time.monotonic() - began
            over = done(settings, progress) >= 1
            if over or progress.iteration % settings.validate_every == 0:
                _validate(model, steps, settings, out, progress, rates[-1])
                progress.seconds = before + time.monotonic() - began
                checkpoint.save(out, network, progress)
            reached = total if over else _position(settings, progress)
            advance(reached - shown, _note(progress))
            shown = reached
            if interrupted():
                checkpoint.save(out, network, progress)
                if not (out / WEIGHTS).exists():
                    model.save_weights(out)
                raise KeyboardInterrupt


def _next_rates(settings: TrainingSettings, progress: Progress, at_once: int) -> list[float]:
    """Learning rates of the next batches, at most as many as there are to the next validation."""
    k = progress.iteration
    end = min(
        k + at_once,
        settings.iterations,
        (k // settings.validate_every + 1) * settings.validate_every,
    )
    return [learning_rate(settings, Progress(j, progress.seconds)) for j in range(k, end)]


def _position(settings: TrainingSettings, progress: Progress) -> int:
    """Where the progress bar stands: in seconds of a training that ends by time, or batches."""
    return int(progress.seconds) if settings.minutes else progress.iteration


def _note(progress: Progress) -> str:
    notes = [f"batch {progress.iteration:,}"]
    if progress.losses:
        loss, accuracy = np.mean(progress.losses[-20:]), np.mean(progress.accuracies[-20:])
        notes.append(f"loss {loss:.2f}, accuracy {accuracy:.3f}")
    if progress.history:
        last = progress.history[-1]
        notes.append(
            f"validation loss {last['validation_loss']:.2f}, "
            f"accuracy {last['validation_accuracy']:.3f}"
        )
    return "; ".join(notes)


def _validate(
    model: RCNN,
    steps: Steps,
    settings: TrainingSettings,
    out: Path,
    progress: Progress,
    rate: float,
) -> None:
    """Note the mean losses, look at the validation part, keep the weights if they are best."""
    entry = {
        "iteration": progress.iteration,
        "seconds": round(progress.seconds, 1),
        "learning_rate": rate,
        "loss": float(np.mean(progress.losses)),
        "accuracy": float(np.mean(progress.accuracies)),
    }
    progress.losses, progress.accuracies = [], []
    loss, accuracy = steps.evaluate("validation", settings.validation)
    entry |= {"validation_loss": loss, "validation_accuracy": accuracy}
    progress.history.append(entry)
    atomic.put(out / HISTORY, pd.DataFrame(progress.history).to_csv(index=False).encode())
    if entry["validation_loss"] < progress.best_loss:
        progress.best_loss, progress.best_iteration = entry["validation_loss"], progress.iteration
        model.save_weights(out)


@contextmanager
def _interrupted() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C wait for the end of the batch, so that a checkpoint never holds half a step."""
    got = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield got.is_set  # Python delivers signals to the main thread alone
        return
    before = signal.signal(signal.SIGINT, lambda *_: got.set())
    try:
        yield got.is_set
    finally:
        signal.signal(signal.SIGINT, before)

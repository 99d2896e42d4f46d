"""The card of a training: what was trained on what, how to do it again, how well it does.

Real movies are not looked at here, even where there are some: whoever trains often would choose by
them without noticing. ``rcnn evaluate`` does that when it is asked to.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rcnn.evaluation.tables import calibration_error
from rcnn.model import tuned_on
from rcnn.model.classifier import RCNN
from rcnn.settings import PRESETS, TrainingSettings
from rcnn.training.checkpoint import Progress
from skymovie import CLASSES, TITLES, predictions
from skymovie.movies import MAX_IMAGES
from skymovie.store.movie_store import MovieStore
from surveys.files import atomic


def write(
    model: RCNN,
    store: MovieStore,
    progress: Progress,
    table: pd.DataFrame,
    path: Path,
    command: str = "",
) -> None:
    """Write the card as Markdown.

    Parameters
    ----------
    table : DataFrame
        Predictions of the store's test part.
    command : str
        The command line of the training; empty where it was Python.
    """
    text = "\n".join(
        [
            "# Recurrent convolutional network",
            "",
            *_made(model, store, progress),
            "",
            *_commands(model.settings, store, command),
            "",
            *_accuracy(table),
            "",
            *_calibration(model, table),
            "",
            "## On real movies",
            "",
            *_real(model),
            "",
            "## Limits",
            "",
            "Trained on simulated movies of one survey and band. It knows the seven classes only "
            "and names anything else as one of them. Classes are balanced in training; on the sky "
            "they are not, and its probabilities are those of a sky where they are.",
            "",
        ]
    )
    atomic.put(path, text.encode())


def _real(model: RCNN) -> list[str]:
    judge = (
        "`rcnn evaluate run --real hits --simulated hits-movies` judges the network by half of the "
        "public ones, and shows those that it gets most wrong."
    )
    if known := len(model.tuned_on):
        return [
            f"The weights it began with were tuned on the {known} real movies of {tuned_on.FILE}. "
            f"None was looked at since. {judge} Those {known} are left out."
        ]
    return [f"None was looked at. {judge}"]


def _made(model: RCNN, store: MovieStore, progress: Progress) -> list[str]:
    settings = model.settings
    passes = progress.iteration * settings.batch / max(store.sizes["train"], 1)
    return [
        f"Trained by skymovie {version('skymovie')} on {store.sizes['train']:,} simulated "
        f"{store.survey.title} movies: {progress.iteration:,} batches of {settings.batch} in "
        f"{progress.seconds / 60:.1f} minutes ({settings.dtype}), {passes:.3g} passes. The "
        f"weights are those of batch {progress.best_iteration:,}, where the validation loss was "
        f"least ({progress.best_loss:.3f}, summed over the steps of a movie).",
        "",
        f"{model.network.count_params():,} parameters; {settings.stretch} images; AMSGrad from "
        f"{settings.learning_rate:g} ({settings.decay}); dropout {settings.dropout:g}; seed "
        f"{settings.seed}. All settings stand in settings.toml.",
    ]


def _commands(settings: TrainingSettings, store: MovieStore, command: str) -> list[str]:
    """How to make the movies and the training again."""
    simulate, beside = simulate_command(store.attributes, store.survey.name)
    lines = ["## How it was made", "", "```sh", simulate, *([command] if command else []), "```"]
    if not command:
        lines += ["", f"In Python: `{_in_python(settings)}`."]
    made_with = store.attributes.get("versions", {}).get("skymovie")
    if made_with:
        beside = [f"skymovie {made_with}", *beside]
    if beside:
        lines += ["", f"The movies: {'; '.join(beside)}."]
    if settings.minutes:
        lines += [
            "",
            "Where a training of given minutes stops depends on the machine: the same commands "
            "give nearly, not exactly, these weights.",
        ]
    return lines


def simulate_command(attributes: Mapping[str, Any], survey: str) -> tuple[str, list[str]]:
    """The command that made a movie store, and in words what it does not say."""
    made = attributes.get("settings", {})
    words = ["simulate", "--survey", survey, "--n", str(attributes["sizes"]["train"])]
    words += ["--seed", str(made.get("seed", 0))]
    uniform = made.get("uniform_fraction", made.get("even"))  # the latter of version 0.1
    if uniform:
        words += ["--uniform-magnitudes", f"{uniform:g}"]
    classes = made.get("classes", CLASSES)
    if set(classes) != set(CLASSES):
        words += ["--classes", ",".join(classes)]
    if made.get("renderer", "fourier") != "fourier":
        words += ["--renderer", made["renderer"]]
    beside = []
    if own := made.get("custom_models", made.get("own")):
        beside.append(f"light curves of a user's own for {', '.join(sorted(own))}")
    if exposures := made.get("exposures"):
        beside.append(f"exposures {exposures}")
    return shlex.join([*words, "--out", f"{survey}-movies"]), beside


def _in_python(settings: TrainingSettings) -> str:
    """The call that makes such a training."""
    base = asdict(PRESETS["default"])
    changes = {key: value for key, value in asdict(settings).items() if base[key] != value}
    words = ", ".join(['"default"', *(f"{name}={value!r}" for name, value in changes.items())])
    return f"rcnn.train(store, rcnn.preset({words}), out)"


def _accuracy(table: pd.DataFrame) -> list[str]:
    last = predictions.at_most(table, MAX_IMAGES)
    label = last["label"].to_numpy(dtype=str)
    right = predictions.predicted(last) == label
    lines = [
        "## How well it does",
        "",
        f"Accuracy after the last image, {len(last):,} simulated test movies: **{_share(right)}**.",
        "",
        "| class | movies | recall |",
        "|---|---|---|",
    ]
    for name in [name for name in CLASSES if name in label]:
        of_class = label == name
        lines.append(f"| {TITLES[name]} | {of_class.sum():,} | {_share(right[of_class])} |")
    return lines


def _share(right: np.ndarray[Any, Any]) -> str:
    """A share with the standard deviation of a binomial one."""
    share = float(right.mean())
    return f"{share:.3f} ± {np.sqrt(share * (1 - share) / len(right)):.3f}"


def _calibration(model: RCNN, table: pd.DataFrame) -> list[str]:
    after = calibration_error(table)
    before = calibration_error(table, temperature=model.temperature)
    return [
        f"Probabilities are calibrated by the temperature {model.temperature:.3f}, fitted on the "
        "validation part. Expected calibration error after the last image of the test movies (15 "
        f"bins, Guo et al. 2017): {before:.4f} before, **{after:.4f}** with it.",
    ]

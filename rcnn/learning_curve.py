"""What a training leaves for a person to look at: its curves and its card."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from movies import TITLES, predictions
from movies.movie import MAX_IMAGES
from movies.store import MovieStore
from rcnn.checkpoint import Progress
from rcnn.model import RCNN


def draw(history: pd.DataFrame, path: Path) -> None:
    """Loss, accuracy and learning rate against the iteration, as PNG.

    Parameters
    ----------
    history : DataFrame
        Columns as in history.csv.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    loss, accuracy, rate = figure.subplots(1, 3)
    for axes, name, title in (
        (loss, "loss", "loss"),
        (accuracy, "accuracy", "accuracy, last image"),
    ):
        axes.plot(history["iteration"], history[name], color="0.6", label="training")
        axes.plot(history["iteration"], history[f"validation_{name}"], "C0.-", label="validation")
        axes.set_title(title)
    accuracy.set_ylim(0, 1)
    loss.legend(frameon=False)
    rate.plot(history["iteration"], history["learning_rate"], color="C1")
    rate.set_title("learning rate")
    for axes in (loss, accuracy, rate):
        axes.set_xlabel("iteration")
    part = path.with_name(f"part.{path.name}")
    figure.savefig(part, dpi=120)
    part.replace(path)


def write_card(
    model: RCNN, store: MovieStore, progress: Progress, table: pd.DataFrame, path: Path
) -> None:
    """What was trained on what, how well it does and where it ends, as Markdown.

    Parameters
    ----------
    table : DataFrame
        Predictions of the store's test part.
    """
    last = predictions.at_most(table, MAX_IMAGES)
    n = len(last)
    accuracy = float((predictions.predicted(last) == last["label"].to_numpy(dtype=str)).mean())
    error = float(np.sqrt(accuracy * (1 - accuracy) / n))
    recalls = predictions.recall(last)
    settings = model.settings
    lines = [
        "# Recurrent convolutional network",
        "",
        f"Trained by skymovie {version('skymovie')} on {store.sizes['train']:,} simulated "
        f"{store.survey.title} movies ({store.path.resolve()}): {progress.iteration:,} batches of "
        f"{settings.batch} in {progress.seconds / 60:.1f} minutes ({settings.dtype}); the weights "
        f"are those of batch {progress.best_iteration:,}, where the validation loss was least "
        f"({progress.best_loss:.3f}, summed over the steps of a movie).",
        "",
        f"Accuracy after the last image, {n:,} simulated test movies: **{accuracy:.3f} ± "
        f"{error:.3f}**.",
        "",
        "| class | recall |",
        "|---|---|",
        *(f"| {TITLES[name]} | {value:.3f} |" for name, value in recalls.items()),
        "",
        f"Settings stand in settings.toml: seed {settings.seed}, {settings.stretch} images, "
        f"AMSGrad at {settings.learning_rate:g} ({settings.decay}).",
        "",
        "Limits: trained on simulated movies of one survey and band. It knows the seven classes "
        "only and names anything else as one of them; its probabilities are not calibrated.",
        "",
    ]
    part = path.with_name(f"part.{path.name}")
    part.write_text("\n".join(lines), "utf-8")
    part.replace(path)

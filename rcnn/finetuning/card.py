"""The card of a fine-tuned network: what it was tuned on, how to do it again, how well it does."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from rcnn.evaluation.figures import wilson
from rcnn.evaluation.tables import calibration_error
from rcnn.finetuning.settings import FinetuneSettings
from rcnn.finetuning.summary import on_the_same, summarize
from rcnn.model import calibration, tuned_on
from rcnn.model.classifier import RCNN
from skymovie import CLASSES, TITLES, Movies, predictions, priors
from skymovie.movies import MAX_IMAGES
from skymovie.store.movie_store import MovieStore
from surveys.files import atomic

JUDGES = {
    "all": "all other real movies that were given",
    "tuning": "the other real movies of the tuning half (`skymovie.splits`)",
    "held-out": "the real movies of the held-out half (`skymovie.splits`), of which none is ever "
    "trained on",
}
"""The movies that judge, by the part that was asked for."""


def write(
    path: Path,
    table: pd.DataFrame,
    settings: FinetuneSettings,
    taught: Movies,
    model: RCNN,
    store: MovieStore | None,
    start: str,
    command: str,
) -> None:
    """Write the card as Markdown.

    Parameters
    ----------
    table : DataFrame
        As `rcnn.finetuning.finetune.finetune` writes it. Its first draw is that of the network.
    taught : Movies
        Real movies of the first draw.
    model : RCNN
        As it was before.
    start : str
        What `model` is called.
    command : str
        The command line of the fine-tuning; empty where it was Python.
    """
    text = "\n".join(
        [
            "# Fine-tuned recurrent convolutional network",
            "",
            *_made(settings, taught, model, store, start),
            "",
            *_commands(settings, command),
            "",
            *_recalls(table, settings),
            "",
            *_probabilities(table, settings, taught, model),
            "",
            *_limits(settings, taught, store),
            "",
        ]
    )
    atomic.put(path, text.encode())


def _made(
    settings: FinetuneSettings, taught: Movies, model: RCNN, store: MovieStore | None, start: str
) -> list[str]:
    sky = "stand-in" if taught.stand_in else "real"
    classes = ", ".join(TITLES[CLASSES[code]] for code in np.unique(taught.label))
    mixed = "half of each simulated" if store else "no simulated ones among them"
    lines = [
        f"Tuned by skymovie {version('skymovie')} from `{Path(start).name}` (weights and "
        f"calibration {model.identity[:12]}) on {len(taught)} {sky} movies, "
        f"{settings.real_samples} of each class ({classes}); {tuned_on.FILE} names them. "
        f"{settings.batches} batches of {settings.batch}, {mixed}; AMSGrad from "
        f"{settings.learning_rate:g} to zero along a cosine.",
        "",
        f"The movies are draw 1 of {settings.trials} (seed {settings.seed}): the first, not the "
        "best.",
    ]
    if known := len(model.tuned_on):
        lines += [
            "",
            f"The weights before had been tuned on {known} others, also in {tuned_on.FILE}. They "
            "neither train nor judge here.",
        ]
    return lines


def _commands(settings: FinetuneSettings, command: str) -> list[str]:
    lines = ["## How it was made", ""]
    if command:
        return [*lines, "```sh", command, "```"]
    default = asdict(FinetuneSettings())
    changes = {k: v for k, v in asdict(settings).items() if v != default[k]}
    words = ", ".join(f"{name}={value!r}" for name, value in changes.items())
    return [*lines, f"In Python: `finetune(model, real, FinetuneSettings({words}), out, store)`."]


def _recalls(table: pd.DataFrame, settings: FinetuneSettings) -> list[str]:
    """Recall of the first draw, before and after, and what other draws give."""
    before, after = _first_draw(table)
    n_before, n_after, n = _right(before), _right(after), _count(after)
    low, high = wilson(n_after.to_numpy(float), n.to_numpy(float))
    error = float(np.sqrt(np.sum(((high - low) / 2) ** 2)) / len(n))
    lines = [
        "## How well it does",
        "",
        f"Judged by {JUDGES[settings.part]}: {len(after)} on which it was never trained. Mean "
        f"recall after the last image: **{(n_after / n).mean():.3f} ± {error:.3f}** (one standard "
        "deviation, from Wilson's score intervals of the classes), before the tuning "
        f"{(n_before / n).mean():.3f} on the same movies.",
        "",
        "| class | movies | right before | right after | recall |",
        "|---|---|---|---|---|",
    ]
    for k, name in enumerate(n.index):
        lines.append(
            f"| {TITLES[name]} | {n[name]} | {n_before[name]} | {n_after[name]} | "
            f"{n_after[name] / n[name]:.3f} ({low[k]:.3f} to {high[k]:.3f}) |"
        )
    if settings.trials > 1:
        found = summarize(table)["after"]
        lines += [
            "",
            f"{settings.trials} draws like it, each judged by the movies it had not seen: "
            f"{found['mean']:.3f} ± {found['std']:.3f} (standard deviation over draws).",
        ]
    return lines


def _probabilities(
    table: pd.DataFrame, settings: FinetuneSettings, taught: Movies, model: RCNN
) -> list[str]:
    before, after = _first_draw(table)
    lines = ["## Its probabilities", ""]
    if settings.prior == "sample":
        said = calibration.in_words(priors.of_sample(taught.label))
        lines += [
            "They are those of a sky where classes are as common as the movies it was tuned on say "
            f"(`skymovie.priors`): {said}. The shift stands in calibration.json as `prior`, and is "
            "made in every prediction, image by image too; without that entry, or with `--prior "
            "equal`, all classes are equally common.",
        ]
    else:
        lines += [
            "They are those of a sky where all classes are equally common (`--prior equal`), those "
            "too of which there was no real movie.",
        ]
    lines += [
        "",
        f"The temperature, {model.temperature:.3f}, is that of the weights before. Expected "
        "calibration error after the last image of the movies that judge (15 bins, Guo et al. "
        f"2017): {calibration_error(before):.3f} before, **{calibration_error(after):.3f}** after.",
    ]
    return lines


def _limits(settings: FinetuneSettings, taught: Movies, store: MovieStore | None) -> list[str]:
    lines = [
        "## Limits",
        "",
        "* The movies that judge are few, and come from the same survey, fields and labels as "
        "those it was tuned on. They do not tell how well it does on objects that nobody could "
        "label.",
        f"* `rcnn evaluate` leaves out the movies of {tuned_on.FILE}; whoever judges it otherwise "
        "should do so too.",
    ]
    if settings.part != "held-out":
        lines.append(
            "* If these movies had a say in how the weights before were made, as the tuning half "
            "of the public HiTS movies had in those that come with skymovie, the recall before and "
            "after is flattered; `--part held-out` judges by others."
        )
    present = set(taught.truth["label"])
    if absent := ", ".join(TITLES[name] for name in CLASSES if name not in present):
        lines.append(
            f"* There were no real movies of {absent}, so nothing here judges what it makes of "
            "them. "
            + (
                "Simulated ones were mixed in that they not be forgotten."
                if store
                else "No simulated ones were mixed in (`--simulated`): it forgets them."
            )
        )
    lines.append("* It knows seven classes and names anything else as one of them.")
    return lines


def _first_draw(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Last answers before and after, of the movies by which the first draw is judged."""
    last = predictions.at_most(table, MAX_IMAGES)
    after = last[(last["classifier"] == "rcnn_finetuned") & (last["trial"] == 0)]
    return on_the_same(last[last["classifier"] == "rcnn"], after), after


def _count(last: pd.DataFrame) -> pd.Series[int]:
    """Movies of each class that occurs, in canonical order."""
    number = last["label"].value_counts()
    return number[[name for name in CLASSES if name in number.index]]


def _right(last: pd.DataFrame) -> pd.Series[int]:
    """How many of them are named rightly."""
    right = predictions.predicted(last) == last["label"].to_numpy(dtype=str)
    hits = pd.Series(right, last.index).groupby(last["label"]).sum()
    return hits[_count(last).index]

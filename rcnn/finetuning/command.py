"""The command ``finetune``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rcnn.finetuning.settings import FinetuneSettings
from rcnn.model import pretrained
from skymovie import TITLES
from skymovie.cli import console
from skymovie.real.reader import open_real
from skymovie.splits import PARTS
from skymovie.store.movie_store import MovieStore


def finetune(
    model: Annotated[str, typer.Argument(help="A training run's folder, or shipped weights.")],
    real: Annotated[
        str, typer.Option(help="hits, or a folder of real movies in that layout.")
    ] = "hits",
    real_samples: Annotated[int, typer.Option(help="Real movies of each class to train on.")] = 10,
    simulated: Annotated[
        Path | None,
        typer.Option(help="Movie store to mix in.  [default: the one MODEL was trained on]"),
    ] = None,
    trials: Annotated[int, typer.Option(help="Random draws of them.")] = 5,
    batches: Annotated[int, typer.Option(help="Batches of each trial.")] = 60,
    learning_rate: Annotated[float, typer.Option(help="Of AMSGrad, at the start.")] = 3e-4,
    prior: Annotated[
        str,
        typer.Option(
            help="How common classes are where it answers: as the labelled sample says, or equal."
        ),
    ] = "sample",
    part: Annotated[
        str,
        typer.Option(
            help=f"Real movies to judge by: {', '.join(PARTS)}; held-out ones never train."
        ),
    ] = "all",
    seed: Annotated[int, typer.Option(help="Of the draws and the batches.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of model and results.  [default: MODEL/finetune-REAL]"),
    ] = None,
) -> None:
    """Fine-tune a network on a few real movies a class, and evaluate it on the rest.

    Prints the recall of each class before and after; the last line is one JSON object. The network
    of the first draw is kept in the output folder, with a card: `rcnn evaluate`, `rcnn explain`,
    `rcnn stream`, `train-rcnn --start` and `finetune` take that folder. The same command goes on
    with a fine-tuning that was interrupted, with the draw that was next.

    Example: `finetune run --real hits --real-samples 10 --trials 5`
    """
    settings = FinetuneSettings(
        real_samples=real_samples,
        trials=trials,
        seed=seed,
        batches=batches,
        learning_rate=learning_rate,
        part=part,
        prior=prior,
    )
    run = pretrained.resolve(model)  # before Keras takes its seconds to be imported
    if out is None:
        home = Path(f"{model}-finetuned") if run.parent == pretrained.ROOT else run
        out = home / f"finetune-{Path(real).resolve().name}"
    movies = open_real(real)
    from rcnn.finetuning import finetune as stage
    from rcnn.model.classifier import load

    network = load(run)
    store = MovieStore.open(simulated) if simulated else _store(network.store)
    absent = ", ".join(stage.forgotten(movies))
    if store is None:
        console.note(
            "no simulated movies to mix in (--simulated), so training is on real ones alone; "
            f"{absent or 'no class'} will be forgotten"
        )
    if absent and prior == "sample":
        console.note(f"no real movies of {absent}, which therefore count as rare")
    summary = stage.finetune(network, movies, settings, out, store, model, console.command_line())
    _show(summary, "stand-in" if movies.stand_in else "real", out)
    typer.echo(json.dumps(summary, allow_nan=False))


def _store(path: str) -> MovieStore | None:
    """The store of simulated movies that the network was trained on, if it is still there."""
    return MovieStore.open(path) if path and MovieStore.exists(path) else None


def _show(summary: dict[str, Any], sky: str, out: Path) -> None:
    before, after = summary["before"], summary["after"]
    title = f"recall on {summary['n_real']} {sky} movies"
    console.out.print(f"{title:28s} before    after")
    for name, value in before["by_class"].items():
        console.out.print(f"  {TITLES[name]:24s} {value:8.3f} {after['by_class'][name]:8.3f}")
    console.out.print(
        f"  {'mean':24s} {before['mean']:8.3f} {after['mean']:8.3f} ± {after['std']:.3f}"
    )
    same = "  before, movies drawn left out"
    console.out.print(f"{same:27s} {before['mean_on_the_same']:7.3f}")
    console.out.print(
        f"{out / pretrained.CARD}: how well the tuned model does; {out}: the model, prediction "
        "tables, summary"
    )


def main() -> None:
    """Entry point."""
    console.run(finetune)

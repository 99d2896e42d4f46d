"""The command ``train-rcnn``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rcnn.model.pretrained import taken_over
from rcnn.settings import PRESETS, preset
from skymovie.cli import console
from skymovie.store.movie_store import MovieStore


def train_rcnn(
    store: Annotated[Path, typer.Argument(help="Movie store written by `simulate`.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("run"),
    preset_name: Annotated[
        str,
        typer.Option(
            "--preset",
            help=f"Settings to begin from: {', '.join(PRESETS)}, or a file (`best.toml`).",
        ),
    ] = "default",
    iterations: Annotated[int | None, typer.Option(help="Batches to train on.")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="End after this wall time; the learning rate follows.")
    ] = None,
    batch: Annotated[int | None, typer.Option(help="Movies in a batch.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of AMSGrad.")] = None,
    decay: Annotated[str | None, typer.Option(help="constant or cosine.")] = None,
    stretch: Annotated[str | None, typer.Option(help="linear, asinh or relative.")] = None,
    start: Annotated[
        str | None,
        typer.Option(help="Begin with the weights of a run's folder, or with shipped ones (hits)."),
    ] = None,
    precision: Annotated[str | None, typer.Option(help="auto, float32 or mixed_bfloat16.")] = None,
    validate_every: Annotated[int | None, typer.Option(help="Batches between validations.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, batches and dropout.")] = None,
    devices: Annotated[
        str, typer.Option(help="Devices that share each batch: a number, or all (JAX alone).")
    ] = "1",
) -> None:
    """Train the recurrent convolutional network on a movie store.

    Writes the weights of the best validation loss, the settings, the history, the learning curve,
    a card, and the predictions of the store's test part. The same command goes on with a training
    that was interrupted.

    Example: `train-rcnn store --out run --minutes 30`

    Or, for a few minutes, on from the weights that come with skymovie:
    `train-rcnn store --out run --start hits --minutes 5 --learning-rate 1e-4`
    """
    network = taken_over(start) if start else {"stretch": stretch}
    settings = preset(
        preset_name,
        iterations=iterations,
        minutes=minutes,
        batch=batch,
        learning_rate=learning_rate,
        decay=decay,
        start=start,
        precision=precision,
        validate_every=validate_every,
        seed=seed,
        **network,
    )
    opened = MovieStore.open(store)
    from rcnn.training.train import train

    train(opened, settings, out, devices, console.command_line())
    console.out.print(f"{out / 'card.md'}: how well it does; {out}: the run")


def main() -> None:
    """Entry point."""
    console.run(train_rcnn)

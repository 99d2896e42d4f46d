"""The command ``rcnn search``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rcnn.search import space as search_space
from rcnn.settings import PRESETS, preset
from skymovie.cli import console
from surveys.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

MINUTES = 5.0
"""Of a trial where nothing else is said."""

UNLIMITED = 1_000_000
"""Batches of a trial that ends by time."""

FEWEST, MOST = 3, 8
"""Trials in the table on the screen; all of them are in the file."""

WIDEST = 20
"""Characters of a column of it: convolutions take the most."""


def search(
    store: Annotated[Path, typer.Argument(help="Movie store written by `simulate`.")],
    trials: Annotated[int, typer.Option(help="Trials in all, earlier sittings included.")] = 20,
    minutes: Annotated[
        float | None, typer.Option(help="Wall time of each training.  [default: 5]")
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(help="Batches of each training, instead of a time.")
    ] = None,
    space: Annotated[
        Path | None, typer.Option(help="TOML file of what to search.  [default: see below]")
    ] = None,
    sampler: Annotated[
        str, typer.Option(help="tpe, which learns from earlier trials, or random.")
    ] = "tpe",
    preset_name: Annotated[
        str, typer.Option("--preset", help=f"What is not searched: {', '.join(PRESETS)}.")
    ] = "default",
    seed: Annotated[int, typer.Option(help="Of the draws and of every training.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the search.")] = Path("search"),
) -> None:
    """Search for the settings whose training ends with the least validation loss.

    Each trial is a short training. The same command goes on with a search that was interrupted or
    killed, in the midst of a trial, too; with more --trials it goes on with one that was finished.
    Writes a table, a picture and the best settings (best.toml). Needs Optuna:
    `pip install 'skymovie[search]'`.

    Example: `rcnn search store --trials 20 --minutes 5 --out search`

    What is searched without --space: learning_rate, batch, dropout, stretch, convolutions,
    features, memory and renorm_after. A file of one's own has a line for each setting, such as
    `learning_rate = {low = 1e-4, high = 1e-2, log = true}`, `memory = {low = 64, high = 512, step =
    64}`, `batch = {choices = [32, 64]}`, or one value that all trials have: `augment = false`.
    """
    if importlib.util.find_spec("optuna") is None:
        raise UsageError(
            "expected Optuna, which draws the trials, got none; pip install 'skymovie[search]'"
        )
    if minutes is not None and iterations is not None:
        raise UsageError("expected --minutes or --iterations, got both; give one of them")
    if minutes is None and iterations is None:
        minutes = MINUTES
    if minutes is not None and not minutes > 0:
        raise UsageError(f"expected --minutes above zero, got {minutes}")
    base = preset(
        preset_name,
        minutes=minutes or 0.0,
        iterations=UNLIMITED if iterations is None else iterations,
        seed=seed,
    )
    if space is None:
        chosen = search_space.parse(search_space.DEFAULT, base)
    else:
        chosen = search_space.read(space, base)

    import optuna

    from rcnn import search as stage
    from skymovie.store.movie_store import MovieStore

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found = stage.search(MovieStore.open(store), base, chosen, trials, out, sampler)
    _show(found)
    console.out.print(f"{out / stage.BEST}: the best settings; {out / stage.PICTURE}: the picture")


def _show(found: pd.DataFrame) -> None:
    """The best trials side by side, as many as there is room for."""
    from rcnn.search.trial import LOSS, OUTCOME

    room = (console.out.width - WIDEST) // WIDEST
    best = found.head(min(max(room, FEWEST), MOST))
    shown = console.table(
        "",
        *(f"trial {number}" for number in best["trial"]),
        title=f"{len(found)} trials, the best first",
    )
    shown.add_row("validation loss", *(f"{v:.3f}" if v == v else "failed" for v in best[LOSS]))
    accuracy = (f"{v:.3f}" if v == v else "–" for v in best["validation_accuracy"])
    shown.add_row("accuracy, last image", *accuracy)
    shown.add_section()
    for name in found.columns:
        if name not in OUTCOME:
            shown.add_row(name.replace("_", " "), *(_cell(value) for value in best[name]))
    console.show(shown)


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

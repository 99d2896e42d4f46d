"""The command ``simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from movies import console
from movies.classes import CLASSES, check


def simulate(
    survey: Annotated[str, typer.Option(help="Which survey, such as hits.")] = "hits",
    n: Annotated[
        int, typer.Option("--n", help="Training movies; validation and test get an eighth each.")
    ] = 7000,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the store.  [default: SURVEY-movies]")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides every object of the run.")] = 0,
    classes: Annotated[
        str, typer.Option(help=f"Comma-separated, among {', '.join(CLASSES)}.")
    ] = ",".join(CLASSES),
    workers: Annotated[int | None, typer.Option(help="Processes.  [default: one a core]")] = None,
    renderer: Annotated[
        str, typer.Option(help="fourier (fast) or galsim (reference).")
    ] = "fourier",
    even: Annotated[
        float,
        typer.Option(
            help="Share of the training and validation movies spread evenly over magnitudes, so "
            "that bright stars are learnt too; the test part keeps the survey's magnitudes."
        ),
    ] = 0.0,
    observing_log: Annotated[
        Path | None,
        typer.Option(help="Real exposures (CSV, ECSV or a folder of HiTS records)."),
    ] = None,
) -> None:
    """Simulate labelled movies for a survey, and write them to a movie store.

    A run that was interrupted goes on where it stopped when the same command is given again.

    Example: `simulate --survey hits --n 7000 --out movies --seed 1`
    """
    import surveys
    from simulate import run
    from surveys import observing_log as logs
    from surveys.errors import UsageError

    chosen = surveys.load(survey)
    names = check(part.strip() for part in classes.split(",") if part.strip())
    parts = run.sizes(n)
    if observing_log is not None:
        chosen = chosen.with_log(logs.read(observing_log, band=chosen.band))
    if workers is not None and workers < 1:
        raise UsageError(f"expected at least one process, came --workers {workers}")
    out = out or Path(f"{chosen.name}-movies")
    console.out.print(
        f"{chosen.title}: {parts['train']:,} training, {parts['validation']:,} validation and "
        f"{parts['test']:,} test movies of {len(names)} classes, seed {seed}, to {out}"
    )
    with console.progress("movies", sum(parts.values())) as advance:
        store = run.write(
            chosen,
            out,
            n,
            seed,
            names,
            workers=workers,
            renderer=renderer,
            even=even,
            progress=advance,
        )
    console.out.print(f"movie store:   {store.path}")
    console.out.print(f"contact sheet: {store.path / 'contact_sheet.png'}")


def main() -> None:
    """Entry point."""
    console.run(simulate)

"""The command ``simulate``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from simulate.cli.inspect_command import inspect
from skymovie.classes import CLASSES
from skymovie.cli import console

WHAT = "What is simulated"
WHERE = "How and where it runs"


def simulate(
    survey: Annotated[str, typer.Option(help="Which survey, such as hits.")] = "hits",
    n: Annotated[
        int | None,
        typer.Option(
            "--n", help="Training movies; validation and test get an eighth each.  [default: 7000]"
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="Store: a folder, or a URL (s3://…).  [default: SURVEY-movies]"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides every object of the run.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
    classes: Annotated[
        str | None,
        typer.Option(
            help=f"Comma-separated, among {', '.join(CLASSES)}.  [default: all]",
            rich_help_panel=WHAT,
        ),
    ] = None,
    uniform_magnitudes: Annotated[
        float | None,
        typer.Option(
            help="Fraction of the training and validation movies spread uniformly over "
            "magnitudes, so that bright stars are learnt too; the test part keeps the survey's.  "
            "[default: 0]",
            rich_help_panel=WHAT,
        ),
    ] = None,
    even: Annotated[float | None, typer.Option(hidden=True)] = None,
    observing_log: Annotated[
        Path | None,
        typer.Option(
            help="Real exposures: CSV, ECSV, Parquet or a folder of HiTS records. Columns: field, "
            "epoch, mjd (days), band, exposure_time (s), seeing (arcsec), airmass, sky (ADU per "
            "pixel and exposure), zero_point (mag of one ADU per second), limiting_magnitude "
            "(mag, 5σ).",
            rich_help_panel=WHAT,
        ),
    ] = None,
    light_curves: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLASS=FILE",
            help="Make a class of observed light curves (CSV, ECSV, Parquet), a new one or in "
            "place of ours; may be repeated. Columns: object_id, mjd (days), magnitude and "
            "magnitude_error (mag), period (days, optional).",
            rich_help_panel=WHAT,
        ),
    ] = None,
    light_curve_band: Annotated[
        str | None,
        typer.Option(
            metavar="BAND",
            help="Which band to take of tables of light curves that hold several, such as g.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    sed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLASS=PATH",
            help="Make a class of spectral series; may be repeated.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    match: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Simulate a counterpart of every movie there (a folder of real movies, a store, "
            "or `hits`): same field, dates, class and brightness.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    like: Annotated[str | None, typer.Option(hidden=True)] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes.  [default: one a core]", rich_help_panel=WHERE)
    ] = None,
    renderer: Annotated[
        str, typer.Option(help="fourier (fast) or galsim (reference).", rich_help_panel=WHERE)
    ] = "fourier",
    device: Annotated[
        str, typer.Option(help="cpu or gpu, for the images.", rich_help_panel=WHERE)
    ] = "cpu",
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Address of a Dask cluster that does the work (tcp://…).", rich_help_panel=WHERE
        ),
    ] = None,
    shards: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Write the I-th of N shares: a job array.", rich_help_panel=WHERE
        ),
    ] = None,
) -> None:
    """Simulate labelled movies for a survey, and write them to a movie store.

    Prints a plan, then how far it is. A run that was interrupted goes on where it stopped when the
    same command is given again.

    Example: `simulate --survey hits --n 7000 --out hits-movies --seed 1`

    Counterparts of real movies: `simulate --match hits --out hits-matched`
    """
    began = time.perf_counter()
    from simulate.cli import session
    from surveys.errors import UsageError

    imported = time.perf_counter() - began
    if workers is not None and workers < 1:
        raise UsageError(f"expected at least one process, got --workers {workers}")
    if device not in ("cpu", "gpu"):
        raise UsageError(f"expected --device cpu or gpu, got {device!r}")
    # Names of version 0.1.
    uniform_magnitudes = even if uniform_magnitudes is None else uniform_magnitudes
    match = like if match is None else match
    if match is not None:
        beside = {
            "--n": n,
            "--classes": classes,
            "--uniform-magnitudes": uniform_magnitudes,
            "--observing-log": observing_log,
            "--light-curves": light_curves,
            "--light-curve-band": light_curve_band,
            "--sed": sed,
            "--scheduler": scheduler,
            "--shards": shards,
            "--device": device if device != "cpu" else None,
        }
        session.refuse_beside_match(beside)
        session.match(
            match,
            out,
            survey=survey,
            seed=seed,
            workers=workers,
            renderer=renderer,
            dry_run=dry_run,
            imported=imported,
        )
        return
    if light_curve_band is not None and not light_curves:
        raise UsageError(
            f"expected --light-curves with --light-curve-band {light_curve_band}, got none; "
            "give a table, or leave the band out"
        )
    custom_models = session.own_generators(light_curves or [], sed or [], light_curve_band)
    session.movies(
        survey,
        out,
        n=7000 if n is None else n,
        seed=seed,
        classes=session.wanted(classes, custom_models),
        uniform_fraction=uniform_magnitudes or 0.0,
        observing_log=observing_log,
        custom_models=custom_models,
        workers=workers,
        renderer=renderer,
        device=device,
        scheduler=scheduler,
        shards=session.share(shards),
        dry_run=dry_run,
        imported=imported,
    )


def main() -> None:
    """Entry point."""
    console.run(simulate, inspect=inspect)

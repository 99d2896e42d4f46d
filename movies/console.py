"""What every command does alike: one clear line for an error, a progress bar, a clean Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from surveys.errors import SkymovieError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

LINE_EVERY = 10.0
"""Seconds between progress lines where the output is no terminal."""


def run(command: Callable[..., None]) -> None:
    """Run a typer command: its errors become one line on stderr and an exit code."""
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(command)
    try:
        app()
    except SkymovieError as error:
        err.print(f"[red]error:[/red] {_plain(error)}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("interrupted; what was finished is kept, the same command goes on from there")
        sys.exit(130)
    except OSError as error:
        err.print(f"[red]error:[/red] {_plain(error)}")
        sys.exit(1)


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()).replace("[", r"\[")


@contextmanager
def progress(description: str, total: int, done: int = 0) -> Iterator[Callable[..., None]]:
    """Show how far a long task is.

    Yields a function ``advance(n=1, note="")``. On a terminal it moves a bar with rate and time
    left; elsewhere a line is printed every `LINE_EVERY` seconds.
    """
    if out.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=out) as bar:
            task = bar.add_task(description, total=total, completed=done, note="", rate="")
            began = time.monotonic()
            reached = 0

            def advance(n: int = 1, note: str = "") -> None:
                nonlocal reached
                reached += n
                rate = reached / max(time.monotonic() - began, 1e-9)
                bar.update(task, advance=n, rate=f"{rate:,.1f}/s ", note=note)

            yield advance
    else:
        began = shown = time.monotonic()
        reached = 0

        def advance(n: int = 1, note: str = "") -> None:
            nonlocal reached, shown
            reached += n
            now = time.monotonic()
            if now - shown >= LINE_EVERY or done + reached >= total:
                shown = now
                rate = reached / max(now - began, 1e-9)
                left = (total - done - reached) / max(rate, 1e-9)
                out.print(
                    f"{description}: {done + reached:,}/{total:,}, {rate:,.1f}/s, "
                    f"{left:,.0f} s left {note}".rstrip()
                )

        yield advance


def note(text: str) -> None:
    """Say on stderr what was left out or mended on the way."""
    err.print(f"note: {text}", markup=False)

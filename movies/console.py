"""What every command does alike: one clear line for an error, a progress bar, a clean Ctrl-C."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

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
from rich.table import Column
from rich.text import Text

from surveys.errors import SkymovieError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

LINE_EVERY = 10.0
"""Seconds between progress lines where the output is no terminal."""

ROOM_FOR_ALL = 90
"""Terminal width, characters, under which a bar shows neither rate nor notes."""


def run(command: Callable[..., None]) -> None:
    """Run a typer command and leave the process with its exit code.

    0 if it finished, 2 for wrong use, 1 for a failure, 130 after Ctrl-C. What went wrong becomes
    one line on stderr; a mistake of ours still shows its traceback.
    """
    app = typer.Typer(
        add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
    )
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(command)
    try:
        # Typer turns Ctrl-C into an exit code and says nothing.
        code = app(standalone_mode=False) or 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SkymovieError as error:
        code = _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        name = os.path.basename(sys.argv[0])
        code = _fail(f"{error.format_message().rstrip('.')}; see {name} --help", error.exit_code)
    except OSError as error:
        code = _fail(_reason(error), 1)
    if code == INTERRUPTED:
        err.print("interrupted; what was finished is kept, the same command goes on from there")
    sys.exit(code)


def note(text: str) -> None:
    """Say on stderr what was left out or mended on the way."""
    err.print(f"note: {text}", markup=False)


def _fail(message: str, code: int) -> int:
    err.print(Text.assemble(("error:", "red"), " ", " ".join(message.split())))
    return code


def _reason(error: OSError) -> str:
    """What the operating system refused, on which file, and what to do about it."""
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}the disk is full; free some space, then give the same command again"
    return f"{where}{error.strerror or error}"


@contextmanager
def progress(description: str, total: int, done: int = 0) -> Iterator[Callable[..., None]]:
    """Show how far a long task is.

    Yields a function ``advance(n=1, note="")``. On a terminal it moves a bar with rate and time
    left; elsewhere a line is printed every `LINE_EVERY` seconds and at the end.
    """
    shown = _bar(description, total, done) if out.is_terminal else _lines(description, total, done)
    with shown as advance:
        yield advance


@contextmanager
def _bar(description: str, total: int, done: int) -> Iterator[Callable[..., None]]:
    """The bar of a terminal."""
    columns = [
        TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=8)),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    if out.width >= ROOM_FOR_ALL:
        extra = TextColumn(
            "{task.fields[rate]}{task.fields[note]}", table_column=Column(no_wrap=True)
        )
        columns.insert(3, extra)
    with Progress(*columns, console=out, expand=True) as bar:
        task = bar.add_task(description, total=total, completed=done, note="", rate="")
        began, reached = time.monotonic(), 0

        def advance(n: int = 1, note: str = "") -> None:
            nonlocal reached
            reached += n
            rate = reached / max(time.monotonic() - began, 1e-9)
            bar.update(task, advance=n, rate=f"{rate:,.1f}/s ", note=note)

        yield advance


@contextmanager
def _lines(description: str, total: int, done: int) -> Iterator[Callable[..., None]]:
    """Now and then a line, for a log file or a pipe."""
    began = shown = time.monotonic()
    reached = 0

    def advance(n: int = 1, note: str = "") -> None:
        nonlocal reached, shown
        reached += n
        now = time.monotonic()
        finished = done + reached >= total
        if now - shown < LINE_EVERY and not finished:
            return
        shown = now
        rate = reached / max(now - began, 1e-9)
        left = (total - done - reached) / max(rate, 1e-9)
        clock = f"took {_clock(now - began)}" if finished else f"{_clock(left)} left"
        line = f"{description}: {done + reached:,}/{total:,}, {rate:,.1f}/s, {clock} {note}"
        out.print(line.rstrip(), markup=False)

    yield advance


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))

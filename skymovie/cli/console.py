"""What every command does alike: one clear line for an error, a progress bar, a clean Ctrl-C."""

from __future__ import annotations

import errno
import functools
import inspect
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from skymovie.cli import memory_limit, plain_text
from surveys.errors import SkymovieError, UsageError
from surveys.files.paths import local, url

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

LINE_EVERY = 10.0
"""Seconds between progress lines where the output is no terminal."""

STORES = ("store", "simulated")
"""Parameters that may be the URL of a movie store; other paths are on this machine."""

ROOM_FOR_ALL = 90
"""Terminal width, characters, under which a bar shows neither rate nor notes."""


def run(command: Callable[..., None], **subcommands: Callable[..., None]) -> None:
    """Run a typer command and leave the process with its exit code.

    0 if it finished, 2 for wrong use, 1 for a failure, 130 after Ctrl-C. What went wrong becomes
    one line on stderr; a mistake of ours still shows its traceback.

    Parameters
    ----------
    command : function
        What the command does, its parameters annotated for typer.
    subcommands : functions
        What it does instead when the first word is the name of one.
    """
    app = _app()
    if subcommands:
        app.callback(invoke_without_command=True, subcommand_metavar="[COMMAND]", **_HELP)(
            _unless_subcommand(_with_settled_paths(command))
        )
    else:
        app.command(**_HELP)(_with_settled_paths(command))
    _run(app, subcommands)


def run_group(about: Callable[[], None], **subcommands: Callable[..., None]) -> None:
    """Run the subcommand that the first word names; leave the process as `run` does.

    Parameters
    ----------
    about : function
        Does nothing; its docstring is the help that is shown where no word is given.
    subcommands : functions
        Annotated for typer.
    """
    app = _app()
    app.callback(no_args_is_help=True, **_HELP)(about)
    _run(app, subcommands)


def command_line() -> str:
    """The command that this process runs, for a record; of paths the last names alone.

    Records are handed on, and folders mean nothing on another machine.
    """
    words = (word if word.startswith("-") else Path(word).name or word for word in sys.argv)
    return plain_text.of_path(shlex.join(words))


_HELP: dict[str, Any] = {"context_settings": {"help_option_names": ["-h", "--help"]}}


def _app() -> typer.Typer:
    return typer.Typer(
        add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
    )


def _run(app: typer.Typer, subcommands: Mapping[str, Callable[..., None]]) -> None:
    for name, function in subcommands.items():
        app.command(name, **_HELP)(_with_settled_paths(function))
    plain_text.allow(sys.stdout, sys.stderr)
    try:
        memory_limit.require(memory_limit.FOR_ALL)
        # Typer turns Ctrl-C into an exit code and says nothing.
        code = app(standalone_mode=False) or 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SkymovieError as error:
        code = _fail(str(error), error.exit_code)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        name = context.command_path if context else os.path.basename(sys.argv[0])
        said = error.format_message().rstrip(".")  # nothing where help was shown instead
        code = _fail(f"{said}; see {name} --help", error.exit_code) if said else error.exit_code
    except OSError as error:
        code = _fail(_reason(error), 1)
    except (MemoryError, ImportError, RuntimeError) as error:
        if (reason := memory_limit.explanation(error)) is None:
            raise
        code = _fail(reason, 1)
    if code == INTERRUPTED:
        err.print("interrupted; what was finished is kept, the same command goes on from there")
    sys.exit(code)


def _with_settled_paths(command: Callable[..., None]) -> Callable[..., None]:
    """The command, given paths with ``~`` expanded: a shell leaves it as it is in --out=~/x."""

    @functools.wraps(command)
    def settled(**values: Any) -> None:
        for name, value in values.items():
            if isinstance(value, Path) and not (name in STORES and url(value)):
                values[name] = local(value)
        command(**values)

    return settled


def _unless_subcommand(command: Callable[..., None]) -> Callable[..., None]:
    """The command, left out where a subcommand follows: options before that are refused."""

    @functools.wraps(command)
    def alone(context: typer.Context, **values: Any) -> None:
        if context.invoked_subcommand is None:
            command(**values)
            return
        source = {name: context.get_parameter_source(name) for name in values}
        given = [name for name, s in source.items() if s is not None and s.name == "COMMANDLINE"]
        if given:
            option = given[0].replace("_", "-")
            raise UsageError(
                f"expected no options before {context.invoked_subcommand}, got --{option}; "
                f"see {context.command_path} {context.invoked_subcommand} --help"
            )

    signature = inspect.signature(command, eval_str=True)
    first = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    alone.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[first.replace(annotation=typer.Context), *signature.parameters.values()]
    )
    alone.__annotations__ = {"context": typer.Context, **inspect.get_annotations(command)}
    return alone


def table(*columns: str, title: str = "") -> Table:
    """A table as all commands print them: the first column to the left, the others to the right."""
    shown = Table(title=title or None, box=SIMPLE_HEAD, title_justify="left", title_style="bold")
    for i, column in enumerate(columns):
        shown.add_column(column, justify="right" if i else "left", overflow="fold")
    return shown


def entries(pairs: Mapping[str, str], title: str = "") -> Table:
    """Names and values, one a line."""
    shown = Table.grid(padding=(0, 2))
    shown.title, shown.title_justify, shown.title_style = title or None, "left", "bold"
    shown.add_column(no_wrap=True, style="dim")
    shown.add_column(overflow="fold")
    for name, value in pairs.items():
        shown.add_row(Text(name), Text(value))
    return shown


def show(shown: Table) -> None:
    """Print a table, wrapped to the terminal as lines of text are not."""
    out.print(shown, soft_wrap=False)


def size(n_bytes: float) -> str:
    """A number of bytes as people write it."""
    units = ("bytes", "kB", "MB", "GB", "TB")
    power = 0
    while n_bytes >= 999.5 and power < len(units) - 1:
        n_bytes, power = n_bytes / 1000, power + 1
    return f"{n_bytes:,.{int(power > 0 and n_bytes < 9.95)}f} {units[power]}"


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 99.5:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


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
    dangling = error.filename and os.path.islink(error.filename)
    if error.errno == errno.EEXIST and dangling and not os.path.exists(error.filename):
        return f"{where}expected a folder, got a link to nothing; remove it or make its target"
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

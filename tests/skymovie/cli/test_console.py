import errno
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from rich.console import Console

from skymovie.cli import console

COMMAND = """
import errno, os, signal, time
from typing import Annotated
import typer
from skymovie.cli import console
from surveys.errors import SkymovieError, UsageError

# A shell's background jobs, and so perhaps these tests, begin with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def observe(how: str = "well", n: Annotated[int, typer.Option(help="Movies.")] = 3) -> None:
    "Look at the sky."
    match how:
        case "usage":
            raise UsageError("expected a\\n  [red]field[/red], got \\\\[x]")
        case "damage":
            raise SkymovieError("a damaged file")
        case "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/movies")
        case "absent":
            open("/absent/file")
        case "mistake":
            raise ZeroDivisionError("ours")
        case "interrupted":
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        case "piped":
            for _ in range(100_000):
                console.out.print("a line")
    console.out.print(f"{n} movies")

console.run(observe)
"""

WITH_SUBCOMMAND = """
from __future__ import annotations
from pathlib import Path
from typing import Annotated
import typer
from skymovie.cli import console

def observe(n: Annotated[int, typer.Option("--n", help="Movies.")] = 3) -> None:
    "Look at the sky."
    console.out.print(f"{n} movies")

def report(store: Annotated[Path, typer.Argument(help="Of what.")], part: str = "test") -> None:
    "Say what was seen."
    console.out.print(f"{part} of {store}")

console.run(observe, report=report)
"""


@pytest.fixture
def command(tmp_path, request):
    """Run the command above in a process of its own."""
    script = tmp_path / "observe.py"
    script.write_text(textwrap.dedent(getattr(request, "param", COMMAND)))

    def call(*arguments, **environment):
        return subprocess.run(
            [sys.executable, script, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"COLUMNS": "30"} | environment,
        )

    return call


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--how", "usage"], 2, "error: expected a [red]field[/red], got \\[x]"),
        (["--how", "damage"], 1, "error: a damaged file"),
        (
            ["--how", "full"],
            1,
            "error: /data/movies: the disk is full; free some space, then give the same command "
            "again",
        ),
        (["--how", "absent"], 1, "error: /absent/file: No such file or directory"),
        (["--depth", "3"], 2, "error: No such option: --depth; see observe.py --help"),
        (
            ["--how", "interrupted"],
            130,
            "interrupted; what was finished is kept, the same command goes on from there",
        ),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_code(command, arguments, code, line):
    done = command(*arguments)
    assert done.stderr.splitlines() == [line]
    assert done.returncode == code
    assert done.stdout == ""


def test_a_wrong_number_names_the_option(command):
    done = command("--n", "three")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: Invalid value for '--n'")


def test_what_goes_well_is_code_0(command):
    done = command("--n", "7")
    assert (done.returncode, done.stdout, done.stderr) == (0, "7 movies\n", "")
    assert "Look at the sky." in command("--help").stdout
    assert command("-h").returncode == 0


@pytest.mark.parametrize("command", [WITH_SUBCOMMAND], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 0, "3 movies"),
        (["--n", "4"], 0, "4 movies"),
        (["report", "movies"], 0, "test of movies"),
        (["report", "movies", "--part", "train"], 0, "train of movies"),
        (["reprot"], 2, "No such command 'reprot'"),
        (["movies", "report"], 2, "No such command 'movies'"),
        (["report"], 2, "Missing argument 'store'; see observe.py report --help"),
        (["report", "movies", "--depth", "3"], 2, "No such option: --depth"),
        (["--n", "4", "report", "movies"], 2, "expected no options before report, got --n"),
    ],
)
def test_a_command_may_have_another_beside_it(command, arguments, code, said):
    done = command(*arguments)
    assert done.returncode == code
    lines = (done.stderr if code else done.stdout).splitlines()
    assert len(lines) == 1
    assert said in lines[0]


@pytest.mark.parametrize("command", [WITH_SUBCOMMAND], indirect=True)
def test_both_have_their_help(command):
    both = command("--help", COLUMNS="80").stdout
    assert "Look at the sky." in both
    assert "Say what was seen." in both
    own = command("report", "--help", COLUMNS="80").stdout
    assert "Of what." in own
    assert "--part" in own
    assert "--n " not in own


@pytest.mark.parametrize(
    "command",
    [
        COMMAND.replace("run(observe)", "run_group(group, observe=observe)").replace(
            "console.run", "def group():\n    'Of telescopes.'\n\nconsole.run"
        )
    ],
    indirect=True,
)
def test_a_group_shows_its_help_where_no_word_is_given(command):
    done = command(COLUMNS="80")
    assert (done.returncode, done.stderr) == (2, "")
    assert "Of telescopes." in done.stdout
    assert command("observe", "--n", "5").stdout == "5 movies\n"


def test_a_mistake_of_ours_keeps_its_traceback(command):
    done = command("--how", "mistake")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: ours"


def test_a_reader_that_leaves_is_no_error(tmp_path):
    script = tmp_path / "observe.py"
    script.write_text(textwrap.dedent(COMMAND))
    process = subprocess.Popen(
        [sys.executable, script, "--how", "piped"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1


def test_a_signal_from_outside_ends_a_long_task(tmp_path):
    script = tmp_path / "wait.py"
    script.write_text(
        "import signal, time\nfrom skymovie.cli import console\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def wait() -> None:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "console.run(wait)\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, script], stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.startswith("interrupted;")
    assert len(told.splitlines()) == 1


def test_a_quota_is_a_full_disk():
    quota = OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
    assert console._reason(quota).startswith("the disk is full")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(console, "time", clock)
    return clock


def shown(monkeypatch, capsys, clock, *, seconds=4, total=50, done=20, **kinds):
    monkeypatch.setattr(console, "out", Console(highlight=False, soft_wrap=True, **kinds))
    with console.progress("movies", total, done) as advance:
        for _ in range(total - done):
            clock.now += seconds
            advance(note="loss [0.3]")
    return capsys.readouterr().out


def test_a_log_gets_a_line_now_and_then(monkeypatch, capsys, clock):
    lines = shown(monkeypatch, capsys, clock).splitlines()
    assert lines[0] == "movies: 23/50, 0.2/s, 0:01:48 left loss [0.3]"
    assert lines[-1] == "movies: 50/50, 0.2/s, took 0:02:00 loss [0.3]"
    assert len(lines) == 10


def test_a_short_task_is_one_line(monkeypatch, capsys, clock):
    lines = shown(monkeypatch, capsys, clock, seconds=0).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("movies: 50/50")


@pytest.mark.parametrize("width", [30, 60, 140])
def test_a_bar_keeps_to_one_line(monkeypatch, capsys, clock, width):
    monkeypatch.setenv("TERM", "xterm")
    text = shown(
        monkeypatch, capsys, clock, force_terminal=True, width=width, legacy_windows=False,
        color_system=None,
    )  # fmt: skip
    last = text.replace("\x1b[2K", "").split("\r")[-1].split("\n")[0]
    assert len(last) <= width
    assert "50/50" in text
    assert ("loss" in text) == (width >= console.ROOM_FOR_ALL)


def test_a_task_that_fails_leaves_the_terminal_as_it_was(monkeypatch, capsys):
    monkeypatch.setattr(console, "out", Console(force_terminal=True, width=60))
    with pytest.raises(KeyboardInterrupt), console.progress("movies", 10):
        raise KeyboardInterrupt
    assert "\x1b[?25h" in capsys.readouterr().out  # the cursor is back


def test_notes_go_to_stderr(capsys):
    console.note("2 images [masked] left out")
    assert capsys.readouterr().err == "note: 2 images [masked] left out\n"


def test_tables_keep_to_a_narrow_terminal(monkeypatch, capsys):
    monkeypatch.setattr(console, "out", Console(width=60, soft_wrap=True))
    console.show(console.entries({"classes": "eclipsing binary, " * 12}, title="HiTS"))
    table = console.table("class", "images", "magnitude", title="5 %")
    table.add_row("eclipsing binary", "19  23  25", "16.9  21.4  23.2")
    table.caption = "measured, " * 20
    console.show(table)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].strip() == "HiTS"
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (86e6, "86 MB"), (9.96e9, "10 GB"),
     (3.2e12, "3.2 TB"), (5e16, "50,000 TB")],
)  # fmt: skip
def test_sizes_in_words(n, said):
    assert console.size(n) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (99, "99 s"), (100, "2 min"), (3600, "60 min"), (6000, "1 h 40 min"),
     (90_000, "25 h 00 min")],
)  # fmt: skip
def test_times_in_words(seconds, said):
    assert console.duration(seconds) == said

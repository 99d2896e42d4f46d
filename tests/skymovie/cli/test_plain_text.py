"""Commands on a terminal that is not UTF-8: nothing ends in an encoding error."""

import io
import os
import subprocess
import sys

import pytest

from skymovie.cli import plain_text

ASCII = [
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "", "LANG": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]

COMMAND = """
import typer
from skymovie.cli import console
from surveys.errors import SkymovieError

def observe(where: str = "a", depth: str = "mag ≥ 24 … 25") -> None:
    "Look at the sky: 21 × 21 pixels, −5 … 5 σ, of the Böotes field."
    if where == "nowhere":
        raise SkymovieError("expected 3 ± 1 images, got −1 of é")
    with console.progress("Σ of stamps", 3) as advance:
        advance(3)
    shown = console.table("field", "depth")
    shown.add_row(where, "−3 … 24 µm")
    console.show(shown)
    console.note("Δ ≤ 1")

console.run(observe)
"""


@pytest.fixture
def command(tmp_path):
    script = tmp_path / "observe.py"
    script.write_text(COMMAND, "utf-8")

    def call(environment, *arguments):
        return subprocess.run(
            [sys.executable, script, *arguments],
            capture_output=True,
            timeout=60,
            env=os.environ | {"COLUMNS": "40"} | environment,
        )

    return call


@pytest.mark.parametrize("environment", ASCII)
def test_help_notes_tables_and_errors_are_written(command, environment):
    told = command(environment, "--help")
    assert told.returncode == 0, told.stderr
    assert "21 x 21 pixels" in " ".join(told.stdout.decode("ascii").split())
    done = command(environment)
    assert done.returncode == 0, done.stderr
    assert b"-3 ... 24 um" in done.stdout
    assert b"<= 1" in done.stderr
    failed = command(environment, "--where", "nowhere")
    assert failed.returncode == 1
    assert failed.stderr == b"error: expected 3 +- 1 images, got -1 of e\n"


def test_a_file_name_that_is_no_text_is_written_as_it_is():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    plain_text.allow(stream)
    stream.write("naïve " + os.fsdecode(b"\xff.npy"))
    stream.flush()
    assert raw.getvalue() == "naïve ".encode() + b"\xff.npy"


def test_other_streams_are_left_alone():
    stream = io.StringIO()
    plain_text.allow(stream)
    stream.write("−5 σ")
    assert stream.getvalue() == "−5 σ"


def test_a_name_that_the_locale_cannot_read_is_text_for_a_picture():
    assert plain_text.of_path(os.fsdecode(b"st\xc3\xb6")) == "stö"
    assert plain_text.of_path(os.fsdecode(b"st\xff")) == "st\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("environment", ASCII[1:])
def test_a_store_of_another_alphabet_is_written_inspected_and_drawn(tmp_path, environment):
    def call(*arguments):
        code = "import sys; from simulate.cli.command import main; sys.argv[0] = 'simulate'; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=tmp_path,
            capture_output=True,
            timeout=100,
            env=os.environ | {"COLUMNS": "40"} | environment,
        )

    written = call("--n", "7", "--out", "stö", "--workers", "1", "--classes", "rr_lyrae")
    assert written.returncode == 0, written.stderr
    shown = call("inspect", "stö")
    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / "stö-test.png").is_file()

"""The whole chain once: simulate, train, fine-tune, compare. `make demo` runs this.

Each step is one of skymovie's commands, printed before it runs, so that any of them can be given
again by hand. A step that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from skymovie.real.reader import ENVIRONMENT, hits_folder
from surveys.errors import SkymovieError

STEPS = ("movies", "rcnn", "finetune", "report")
"""Folders that the steps write."""


def main() -> None:
    """Run the steps and say where the report is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("demo"))
    parser.add_argument("--small", action="store_true", help="minutes instead of a quarter hour")
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    begin_anew_if_changed(out, "small" if options.small else "full")

    real = real_movies(out)
    n, minutes, trials, batches = (700, 0.5, 2, 10) if options.small else (7000, 3, 5, 40)
    store, run, tuned, report = (out / name for name in STEPS)
    sample = ["--real", real, "--real-samples", 10, "--trials", trials]
    brief = ["--batch", 32, "--learning-rate", 1e-4, "--validate-every", 50]
    steps = [
        [
            "simulate",
            "--survey",
            "hits",
            "--n",
            n,
            "--uniform-magnitudes",
            0.4,
            "--seed",
            1,
            "--out",
            store,
        ],
        # A few minutes teach a new network little: the training goes on from the shipped weights.
        ["train-rcnn", store, "--start", "hits", *brief, "--minutes", minutes, "--out", run],
        ["finetune", run, *sample, "--batches", batches, "--out", tuned],
        ["compare-rf", store, "--rcnn", run, "--finetuned", tuned, *sample, "--out", report],
    ]
    seconds = {}
    for number, step in enumerate(steps, 1):
        words = [str(word) for word in step]
        print(f"\n[{number}/{len(steps)}] {' '.join(words)}", flush=True)
        began = time.monotonic()
        run_command(words)
        seconds[words[0]] = round(time.monotonic() - began, 1)
    (out / "timings.json").write_text(json.dumps(seconds, indent=1) + "\n")
    total = sum(seconds.values())
    print("\n" + ", ".join(f"{name} {s:.0f} s" for name, s in seconds.items()) + f": {total:.0f} s")
    print(f"numbers: {report / 'metrics.json'}")
    print(f"report:  {report / 'report.html'}")


def begin_anew_if_changed(out: Path, form: str) -> None:
    """Remove what a demo of the other form left: its steps would refuse to go on from it."""
    note = out / "form.txt"
    if note.exists() and note.read_text() != form:
        print(f"removing the {note.read_text()} demo in {out}")
        for name in STEPS:
            shutil.rmtree(out / name, ignore_errors=True)
    note.write_text(form)


def real_movies(out: Path) -> str:
    """Where the real movies are; a stand-in is simulated where there are none."""
    try:
        hits_folder()
        return "hits"
    except SkymovieError as error:
        if ENVIRONMENT in os.environ:
            sys.exit(f"error: {error}")
        print(f"no real movies: {error}\nrendering a stand-in with GalSim; the report says so")
        stand_in = out / "stand-in"
        run_command([sys.executable, "-m", "simulate.run.stand_in", str(stand_in)], plain=True)
        return str(stand_in)


def run_command(words: list[str], plain: bool = False) -> None:
    """Run a command of this environment; leave with its exit code if it fails."""
    if not plain:
        words = [str(Path(sys.executable).parent / words[0]), *words[1:]]
    code = subprocess.run(words, env=os.environ, check=False).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; `make demo` goes on from there")

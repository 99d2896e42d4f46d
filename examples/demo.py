"""The whole chain once: simulate, train, fine-tune, compare. `make demo` runs this.

Each step is one of skymovie's commands, printed before it runs, so that any of them can be given
again by hand. A step that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from movies.real import find_hits
from surveys.errors import SkymovieError


def main() -> None:
    """Run the steps and say where the report is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("demo"))
    parser.add_argument("--small", action="store_true", help="minutes instead of a quarter hour")
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)

    real = real_movies(out)
    n, minutes, trials = (700, 0.5, 2) if options.small else (14000, 6.5, 5)
    store, run, tuned, report = (out / name for name in ("movies", "rcnn", "finetune", "report"))
    sample = ["--real", real, "--real-samples", 10, "--trials", trials]
    steps = [
        ["simulate", "--survey", "hits", "--n", n, "--seed", 1, "--out", store],
        ["train-rcnn", store, "--minutes", minutes, "--out", run],
        ["finetune", run, *sample, "--out", tuned],
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


def real_movies(out: Path) -> str:
    """Where the real movies are; a stand-in is simulated where there are none."""
    try:
        find_hits()
        return "hits"
    except SkymovieError as error:
        print(f"no real movies: {error}\nrendering a stand-in with GalSim; the report says so")
        stand_in = out / "stand-in"
        run_command([sys.executable, "-m", "simulate.stand_in", str(stand_in)], plain=True)
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

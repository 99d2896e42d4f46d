"""From nothing to weights on a graphics card, in steps of a few minutes that may each be the last.

Simulates the movies, trains on JAX and exports the weights. Every call goes on where the last one
stopped, ends by itself in time, and says what is done and what remains; give the same command again
until it says that all is done:

    pip install 'skymovie[gpu]'
    python examples/gpu_run.py --keep kept

With the defaults: 686,000 training movies and the paper's 30,000 batches of 256. What must survive
the machine is in the folder of ``--keep``: the state of the training in files of at most 15 MiB, in
the end the weights with their card. On a fresh machine bring that folder along and give the same
command: the movies are simulated again, the same ones, and the training goes on.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

from rcnn.model import pretrained
from rcnn.training import checkpoint, export_checkpoint
from rcnn.training.publish import publish_weights
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError

ENDING = 45.0
"""Seconds before the end at which a command is asked to stop, for what it then has to write."""

TOO_LITTLE = 60.0
"""Seconds left with which training is not begun: it would still be compiling."""

CALL = "import {} as it; it.main()"
"""Runs a command where it is not installed."""


def main() -> None:
    """Do what can be done in time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, required=True, help="folder that survives")
    parser.add_argument("--work", type=Path, default=Path("gpu-run"), help="folder (%(default)s)")
    parser.add_argument("--minutes", type=float, default=9.0, help="of a call (%(default)s)")
    parser.add_argument("--n", type=int, default=686_000, help="training movies (%(default)s)")
    parser.add_argument("--device", default="cpu", help="that renders: cpu or gpu (%(default)s)")
    parser.add_argument("--preset", default="paper", help="settings (%(default)s)")
    parser.add_argument("--name", default="weights", help="of the exported weights (%(default)s)")
    parser.add_argument("more", nargs="*", help="after --: options of train-rcnn")
    options = parser.parse_args()
    try:
        print(go_on(options), flush=True)
    except SkymovieError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def go_on(options: argparse.Namespace) -> str:
    """Simulate, train and export until the time is over; what is done and what remains."""
    seconds = 60 * options.minutes
    end = time.monotonic() + seconds - min(ENDING, seconds / 10)
    store, run, done = options.work / "movies", options.work / "run", options.keep / options.name
    if done.exists():
        return f"all done: {done}"
    simulate = ["simulate", "--n", options.n, "--uniform-magnitudes", 0.4, "--seed", 11]
    simulate += ["--device", options.device, "--out", store]
    if not command(simulate, end):
        return f"simulated {share_written(store)} of the movies; training remains"
    if export_checkpoint.is_there(options.keep) and not (run / checkpoint.FILE).exists():
        shutil.rmtree(run, ignore_errors=True)  # of a training that was only just begun
        export_checkpoint.unpack(options.keep, MovieStore.open(store), run)
    if end - time.monotonic() < min(TOO_LITTLE, seconds / 5):
        return f"simulated all movies; {trained(run)}"
    train = ["train-rcnn", store, "--out", run, "--preset", options.preset, *options.more]
    finished = command(train, end)
    if not finished:
        if (run / checkpoint.FILE).exists():
            export_checkpoint.pack(run, options.keep)
        return f"simulated all movies; {trained(run)}"
    options.keep.mkdir(parents=True, exist_ok=True)
    pretrained.ROOT = options.work / "weights"
    part = done.with_name(f"part.{done.name}")
    shutil.copytree(publish_weights(run, options.name), part, dirs_exist_ok=True)
    part.rename(done)
    export_checkpoint.clear(options.keep)
    return f"all done: {done}"


def command(words: list[object], end: float) -> bool:
    """Run one of skymovie's commands; whether it came to its end before it had to be stopped."""
    said = [str(word) for word in words]
    print(" ".join(said), flush=True)
    program = Path(sys.executable).parent / said[0]
    module = {"simulate": "simulate.cli.command", "train-rcnn": "rcnn.training.command"}[said[0]]
    begin = [str(program)] if program.exists() else [sys.executable, "-c", CALL.format(module)]
    with subprocess.Popen([*begin, *said[1:]]) as process:
        try:
            code = process.wait(max(end - time.monotonic(), 1.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # a clean end: what is finished is kept
            try:
                code = process.wait(0.6 * ENDING)
            except subprocess.TimeoutExpired:
                process.kill()  # what was finished is kept all the same
                code = process.wait()
    if code not in (0, 130, -signal.SIGINT, -signal.SIGKILL):
        raise SkymovieError(f"expected {said[0]} to end well, got exit code {code}; see above")
    return code == 0


def share_written(store: Path) -> str:
    """How many of a store's blocks are there."""
    if not MovieStore.exists(store):
        return "none"
    begun = MovieStore.unfinished(store)
    blocks = sum(len(begun.blocks(part)) for part in begun.sizes)
    return f"{1 - sum(map(len, begun.missing().values())) / blocks:.0%}"


def trained(run: Path) -> str:
    """How far a training is."""
    path = run / checkpoint.FILE
    batches = checkpoint.progress(run).iteration if path.exists() else 0
    return f"trained {batches:,} batches; give the same command again"


if __name__ == "__main__":
    main()

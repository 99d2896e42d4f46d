"""Killed at any moment, a run goes on, and every file is as if nothing had happened."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError
from tests.simulate.run import runs

EVERYWHERE = """
import itertools, os, shutil, signal, sys
from pathlib import Path
import matplotlib.backends.backend_agg, matplotlib.figure, matplotlib.pyplot
import numpy as np
import pandas as pd
import surveys
from simulate.run import executors, run
from simulate.scenes.recipe import Recipe
from tests.simulate.run.runs import assert_same, content

HITS = surveys.load("hits")
RECIPE = Recipe.of(HITS, 1, ("non_variable",), "fourier")
SIZES = {"train": run.BLOCK + 3, "test": 3}
CALLS = ("open", "write", "fsync", "replace", "link", "mkdir")

def simulated(recipe, part, numbers):
    # Something quick in place of movies: they are others' business.
    images = np.full((len(numbers), RECIPE.visits.shape[1], 21, 21), 100, np.uint16)
    images += np.arange(len(numbers), dtype=np.uint16)[:, None, None, None]
    exposure = np.tile(RECIPE.visits[0], (len(numbers), 1))
    truth = pd.DataFrame({"object_id": [f"{part}-{i}" for i in numbers], "label": "non_variable",
                          "first_alert": -1, "start": 0})
    return images, exposure, truth

def write(out, last):
    '''Write a store, but die before call number `last` of those that touch the disk.'''
    executors.simulate_objects = simulated
    count = itertools.count()
    def counted(call):
        def do(*words, **more):
            if next(count) == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*words, **more)
        return do
    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    import io
    io.open = counted(io.open)
    store = run.begin(RECIPE, out, SIZES, {"seed": 1})
    run.fill(store, RECIPE, workers=1)

def child(*words):
    # Nothing here runs threads yet, so that it may be forked.
    pid = os.fork()
    if pid == 0:
        try:
            write(*words)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    assert child(folder / "whole", -1) == 0
    whole, deaths = content(folder / "whole"), 0
    for last in itertools.count(0, int(sys.argv[2])):
        out = folder / "cut"
        shutil.rmtree(out, ignore_errors=True)
        code = child(out, last)
        if code == 0:
            break
        assert code == -signal.SIGKILL, code
        deaths += 1
        assert child(out, -1) == 0
        assert_same(content(out), whole)
    print(deaths)
"""


def die_everywhere(folder, step: int) -> int:
    program = folder / "everywhere.py"
    program.write_text(EVERYWHERE)
    done = subprocess.run(
        [sys.executable, str(program), str(folder), str(step)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_killed_before_some_of_the_calls_that_touch_the_disk(tmp_path):
    assert die_everywhere(tmp_path, 53) > 2


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_before_every_third_call_that_touches_the_disk(tmp_path):
    assert die_everywhere(tmp_path, 3) > 30


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The store of a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    runs.finish(folder, folder / "s", N)
    return runs.content(folder / "s")


N = 6 * BLOCK


@pytest.mark.slow
def test_killed_again_and_again_with_all_its_workers(tmp_path, whole):
    rng = np.random.default_rng(5)
    out = tmp_path / "s"
    for k in range(10):
        process = runs.begin(tmp_path, out, N, workers=2)
        if k % 2:  # when it has written more, and is about to write again
            before = blocks(out)
            until(lambda p=process, n=before: blocks(out) > n or p.poll() is not None)
            time.sleep(rng.uniform(0, 0.4))
        else:
            time.sleep(rng.uniform(0.2, 3.0))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if 0 < blocks(out) < 8:
            with pytest.raises(SkymovieError, match=r"missing \(the first is"):
                MovieStore.open(out)
    runs.finish(tmp_path, out, N, workers=2)
    runs.assert_same(runs.content(out), whole)


def blocks(out) -> int:
    return len(list((out / "truth").rglob("*.parquet")))


@pytest.mark.slow
def test_workers_end_with_their_parent(tmp_path, whole):
    out = tmp_path / "s"
    process = runs.begin(tmp_path, out, N, workers=2)
    until(lambda: blocks(out) >= 1)
    process.kill()  # the parent alone
    process.wait()
    # The workers may still write while the next run begins.
    runs.finish(tmp_path, out, N, workers=2)
    until(lambda: not alive(process.pid))
    runs.assert_same(runs.content(out), whole)


@pytest.mark.slow
def test_two_runs_of_one_command_at_the_same_time(tmp_path, whole):
    out = tmp_path / "s"
    processes = [runs.begin(tmp_path, out, N, workers=2) for _ in range(2)]
    assert [process.wait(timeout=200) for process in processes] == [0, 0]
    runs.assert_same(runs.content(out), whole)


def alive(group: int) -> bool:
    """Whether a process group has a process left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def until(there, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)

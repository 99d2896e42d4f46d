"""What shares the blocks of a run out on one machine: this process, or several.

An engine (`simulate.run.cluster` has another) takes blocks and yields each once it is in its place.
All that a block depends on is the recipe, and writing it twice gives the same bytes: an engine may
lose any process, and give a block to another one while the first still writes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext
from pathlib import Path

from simulate.run import handover
from simulate.scenes.block import simulate_objects
from simulate.scenes.recipe import Recipe
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError
from surveys.files import temporary
from surveys.files.atomic import Place

Task = tuple[str, int]
"""Part and number of a block."""


def write_block(recipe: Recipe, out: Place, part: str, k: int) -> Task:
    """Simulate one block and write it."""
    store = MovieStore.unfinished(out)
    rows = store.blocks(part)[k]
    images, exposure, truth = simulate_objects(recipe, part, range(rows.start, rows.stop))
    store.write_block(part, k, images, exposure, truth)
    return part, k


def in_this_process(recipe: Recipe, out: Place, tasks: Sequence[Task]) -> Iterator[Task]:
    """One block after the other."""
    for part, k in tasks:
        yield write_block(recipe, out, part, k)


def in_processes(recipe: Recipe, out: Place, tasks: Sequence[Task], workers: int) -> Iterator[Task]:
    """As many blocks at a time as there are workers.

    Raises
    ------
    SkymovieError
        If no worker comes to its first block, as in a script that runs itself in each of them.
    concurrent.futures.process.BrokenProcessPool
        If a worker dies later.
    """
    # A fresh interpreter each: forking a process that runs threads (as Zarr's) may hang.
    context = multiprocessing.get_context("spawn")
    begun = False
    with temporary.folder() as folder:
        # Workers get the name of a file: arguments larger than a pipe's buffer block the parent for
        # ever where a worker dies before it has read them (gh-118981, mended in Python 3.13).
        job = folder / "job"
        handover.write(recipe, out, job)
        try:
            for task in _shared_out(tasks, workers, context, job):
                begun = True
                yield task
        except BrokenProcessPool as error:
            if begun:
                raise
            raise SkymovieError(
                "expected worker processes that start, got one that ended before its first block "
                '(see above); a script must call this under `if __name__ == "__main__":`, '
                "or give workers=1"
            ) from error


def _shared_out(
    tasks: Sequence[Task], workers: int, context: SpawnContext, job: Path
) -> Iterator[Task]:
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (job,))
    try:
        queue = iter(tasks)
        running: set[Future[Task]] = set()
        while True:
            # Few at a time, so that an interrupted run has little to finish.
            for task in queue:
                running.add(pool.submit(_work, *task))
                if len(running) >= 2 * workers:
                    break
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_worker: tuple[Recipe, Place]


def _begin_worker(job: Path) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; a block is finished
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = handover.read(job)


def _end_with_parent() -> None:
    """Leave when the parent is gone: a worker would wait for its next block for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for([parent.sentinel])
    os._exit(1)


def _work(part: str, k: int) -> Task:
    return write_block(*_worker, part, k)

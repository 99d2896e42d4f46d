"""From a recipe to a movie store: blocks shared out to processes, each writing its own shard."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pandas as pd

from movies.classes import CLASSES
from movies.contact_sheet import draw as draw_contact_sheet
from movies.movie import Movies
from movies.store import BLOCK, PARTS, MovieStore
from simulate.block import Recipe, simulate_objects
from simulate.light_curves import Generator
from surveys.errors import SkymovieError, UsageError
from surveys.survey import Survey

COMPRESSED = 0.45
"""Size on disk over size in memory, for the disk-space check (`du` of 35,000 movies gives 0.41)."""

Task = tuple[str, int]


def sizes(n: int) -> dict[str, int]:
    """Movies in each part: `n` to train on, an eighth of it for each of the others.

    As in Carrasco-Davis et al. (2018), §4: 686,000, 85,750 and 85,750.

    Raises
    ------
    UsageError
        If `n` is not positive.
    """
    if n < 1:
        raise UsageError(f"expected a positive number of movies, came {n}; give --n 700, say")
    return dict(zip(PARTS, (n, -(-n // 8), -(-n // 8)), strict=True))


def movies(
    survey: Survey,
    n: int,
    seed: int = 0,
    classes: Sequence[str] = CLASSES,
    *,
    part: str = "train",
    renderer: str = "fourier",
    even: float = 0.0,
    own: Mapping[str, Generator] | None = None,
    device: str = "cpu",
) -> Movies:
    """Simulate movies in memory.

    Object i is the same as in a store written with the same survey, seed, classes and part.

    Parameters
    ----------
    survey : Survey
    n : int
        Movies, shared out evenly over the classes.
    seed : int
    classes : sequence of str
        Among `movies.CLASSES`.
    part : str
        ``train``, ``validation`` or ``test``: each has objects of its own.
    renderer : str
        ``fourier`` or ``galsim``.
    even : float
        Share of the objects, in all parts but ``test``, that are spread evenly over magnitudes.
        The survey's own distribution has few bright stars to learn from.
    own : mapping, optional
        Light-curve generators, by class, in place of the built-in ones.
    device : str
        ``cpu`` or ``gpu``.
    """
    if n < 1:
        raise UsageError(f"expected a positive number of movies, came {n}")
    recipe = Recipe.of(survey, seed, classes, renderer, even, own, device)
    images, exposure, truth = simulate_objects(recipe, part, range(n))
    return Movies(
        images, exposure, recipe.exposures, truth, survey, f"{n:,} simulated {survey.title} movies"
    )


def write(
    survey: Survey,
    out: Path,
    n: int,
    seed: int = 0,
    classes: Sequence[str] = CLASSES,
    *,
    workers: int | None = None,
    renderer: str = "fourier",
    even: float = 0.0,
    own: Mapping[str, Generator] | None = None,
    device: str = "cpu",
    parts: dict[str, int] | None = None,
    stand_in: bool = False,
    progress: Callable[..., None] | None = None,
) -> MovieStore:
    """Simulate a movie store, or go on with one that was begun.

    Parameters
    ----------
    survey, seed, classes, renderer, even, own, device
        As in `movies`.
    out : Path
        Folder of the store.
    n : int
        Training movies; the validation and test parts get an eighth each.
    workers : int
        Processes; by default one a core.
    parts : mapping
        Movies of each part, in place of what `n` says.
    stand_in : bool
        Marks the movies as standing in for real ones.
    progress : function
        Called with the number of movies written after each block.

    Raises
    ------
    UsageError
        If the settings are wrong, or `out` holds a store of other settings.
    SkymovieError
        If the disk is too small, or a process died.
    """
    recipe = Recipe.of(survey, seed, classes, renderer, even, own, device)
    wanted = sizes(n) if parts is None else parts
    settings = {
        "seed": seed,
        "classes": list(recipe.classes),
        "renderer": renderer,
        "even": even,
        "exposures": _fingerprint(recipe),
    }
    _check_space(out, recipe, sum(wanted.values()))
    store = MovieStore.create(
        out,
        survey=survey,
        exposures=recipe.exposures,
        sizes=wanted,
        settings=settings,
        stand_in=stand_in,
    )
    tasks = []
    for part in wanted:
        for k, rows in enumerate(store.blocks(part)):
            if not store.has_block(part, k):
                tasks.append((part, k))
            elif progress:
                progress(rows.stop - rows.start)
    for part, k in _finished(recipe, out, tasks, workers or os.cpu_count() or 1):
        if progress:
            rows = store.blocks(part)[k]
            progress(rows.stop - rows.start)
    first = next(iter(wanted))
    shown = store.read(first, slice(0, min(BLOCK, wanted[first])))
    draw_contact_sheet(shown, out / "contact_sheet.png", title=f"{survey.title}, simulated")
    return store


def _finished(recipe: Recipe, out: Path, tasks: list[Task], workers: int) -> Iterator[Task]:
    """Run the tasks, yielding each as it is done."""
    try:
        if workers == 1 or len(tasks) < 2:
            for part, k in tasks:
                yield _write_block(recipe, out, part, k)
        else:
            yield from _in_processes(recipe, out, tasks, min(workers, len(tasks)))
    except BrokenProcessPool as error:
        raise SkymovieError(
            "expected every process to finish its block, one was killed (out of memory?); "
            "run the same command again to go on, with fewer --workers"
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SkymovieError(
            f"{out}: expected room for {len(tasks)} more blocks, the disk is full; "
            "free some and run the same command again to go on"
        ) from error


def _in_processes(recipe: Recipe, out: Path, tasks: list[Task], workers: int) -> Iterator[Task]:
    # A fresh interpreter each: forking a process that runs threads (as Zarr's) may hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin_worker, (recipe, out))
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


_worker: tuple[Recipe, Path]


def _begin_worker(recipe: Recipe, out: Path) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; a block is finished
    _worker = recipe, out


def _work(part: str, k: int) -> Task:
    return _write_block(*_worker, part, k)


def _write_block(recipe: Recipe, out: Path, part: str, k: int) -> Task:
    store = MovieStore.unfinished(out)
    rows = store.blocks(part)[k]
    images, exposure, truth = simulate_objects(recipe, part, range(rows.start, rows.stop))
    store.write_block(part, k, images, exposure, truth)
    return part, k


def _fingerprint(recipe: Recipe) -> str:
    """What tells two exposure tables apart."""
    hashed = pd.util.hash_pandas_object(recipe.exposures.to_frame(), index=False).to_numpy()
    return hashlib.sha256(hashed.tobytes()).hexdigest()[:16]


def _check_space(out: Path, recipe: Recipe, n: int) -> None:
    """Refuse a run that the disk cannot hold, before it begins."""
    stamp = recipe.survey.camera.stamp_size
    needed = int(n * recipe.visits.shape[1] * stamp**2 * 2 * COMPRESSED)
    above = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    written = sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) if out.exists() else 0
    free = shutil.disk_usage(above).free
    if needed - written > free:
        raise SkymovieError(
            f"{out}: expected {needed / 1e9:,.1f} GB of room for {n:,} movies, came "
            f"{free / 1e9:,.1f} GB free; free some, lower --n or choose another --out"
        )

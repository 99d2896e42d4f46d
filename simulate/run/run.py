"""From a recipe to a movie store: blocks shared out, each written whole by one task."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from simulate.light_curves import Generator
from simulate.light_curves.custom_models import fingerprint
from simulate.run import executors
from simulate.run.executors import Task
from simulate.scenes.block import simulate_objects
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES
from skymovie.cli import console
from skymovie.movies import Movies
from skymovie.plots.contact_sheet import draw as draw_contact_sheet
from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import PARTS, UNFINISHED, MovieStore
from surveys import processors
from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic, temporary
from surveys.files.atomic import Place
from surveys.files.checksum import checksum
from surveys.renamed import renamed
from surveys.survey import Survey

COMPRESSED = 0.45
"""Size on disk over size in memory, for the disk-space check (`du` of 35,000 movies gives 0.41)."""

SHEET = "contact_sheet.png"

Progress = Callable[..., None]


def sizes(n: int) -> dict[str, int]:
    """Movies in each part: `n` to train on, an eighth of it for each of the others.

    As in Carrasco-Davis et al. (2018), §4: 686,000, 85,750 and 85,750.

    Raises
    ------
    UsageError
        If `n` is not positive.
    """
    if n < 1:
        raise UsageError(f"expected a positive number of movies, got {n}; give --n 700, say")
    return dict(zip(PARTS, (n, -(-n // 8), -(-n // 8)), strict=True))


@renamed(even="uniform_fraction", own="custom_models")
def movies(
    survey: Survey,
    n: int,
    seed: int = 0,
    classes: Sequence[str] = CLASSES,
    *,
    part: str = "train",
    renderer: str = "fourier",
    uniform_fraction: float = 0.0,
    custom_models: Mapping[str, Generator] | None = None,
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

    Raises
    ------
    UsageError
        If `n`, `part` or a setting is none of these.
    """
    _require_parts([part])
    if n < 1:
        raise UsageError(f"expected a positive number of movies, got {n}")
    recipe = Recipe.of(survey, seed, classes, renderer, uniform_fraction, custom_models, device)
    images, exposure, truth = simulate_objects(recipe, part, range(n))
    return Movies(
        images, exposure, recipe.exposures, truth, survey, f"{n:,} simulated {survey.title} movies"
    )


@renamed(even="uniform_fraction", own="custom_models")
def write(
    survey: Survey,
    out: Place | PathLike[str] | str,
    n: int,
    seed: int = 0,
    classes: Sequence[str] = CLASSES,
    *,
    workers: int | None = None,
    renderer: str = "fourier",
    uniform_fraction: float = 0.0,
    custom_models: Mapping[str, Generator] | None = None,
    device: str = "cpu",
    parts: dict[str, int] | None = None,
    stand_in: bool = False,
    progress: Progress | None = None,
    scheduler: str | None = None,
    shards: tuple[int, int] | None = None,
) -> MovieStore:
    """Simulate a movie store, or go on with one that was begun.

    Parameters
    ----------
    survey, seed, classes, renderer, even, own, device
        As in `movies`.
    out : Path or str
        Folder of the store, or a URL such as ``s3://bucket/movies``.
    n : int
        Training movies; the validation and test parts get an eighth each.
    parts : mapping
        Movies of each part, in place of what `n` says.
    stand_in : bool
        Marks the movies as standing in for real ones.
    workers, progress, scheduler, shards
        As in `fill`.

    Returns
    -------
    MovieStore
        Finished, or with `shards` perhaps not (`MovieStore.missing`).

    Raises
    ------
    UsageError
        If the settings are wrong, or `out` holds a store of other settings.
    SkymovieError
        If the disk is too small, or a process died.
    """
    if shards is not None:
        _require_shards(shards)
    recipe = Recipe.of(survey, seed, classes, renderer, uniform_fraction, custom_models, device)
    wanted = sizes(n) if parts is None else parts
    _require_parts(wanted)
    return fill(
        begin(recipe, out, wanted, settings(recipe, custom_models), stand_in=stand_in),
        recipe,
        workers=workers,
        progress=progress,
        scheduler=scheduler,
        shards=shards,
    )


def _require_parts(parts: Iterable[str]) -> None:
    """Refuse a name that no reader asks for: its objects would be of none of the parts."""
    for part in parts:
        if part not in PARTS:
            raise UsageError(f"expected a part among {', '.join(PARTS)}; got {part!r}")


def settings(
    recipe: Recipe, custom_models: Mapping[str, Generator] | None = None
) -> dict[str, Any]:
    """All that decides the objects of a recipe beside the survey, as a store keeps it (`begin`).

    Parameters
    ----------
    own : mapping, optional
        The generators that the recipe was given, as they were before it prepared them.
    """
    return {
        "seed": recipe.seed,
        "classes": list(recipe.classes),
        "renderer": recipe.renderer,
        "uniform_fraction": recipe.uniform_fraction,
        "device": recipe.device,
        "custom_models": {
            name: fingerprint(generator) for name, generator in (custom_models or {}).items()
        },
        "exposures": checksum(recipe.exposures)[:16],
        # Only where fields are left out: older stores of the other logs are resumed as before.
        **({"fields": len(recipe.visits)} if recipe.fields_left_out else {}),
    }


def begin(
    recipe: Recipe,
    out: Place | PathLike[str] | str,
    parts: Mapping[str, int],
    settings: Mapping[str, Any],
    *,
    stand_in: bool = False,
) -> MovieStore:
    """Lay out the store of a recipe, or take it up.

    Parameters
    ----------
    parts : mapping
        Movies of each part.
    settings : mapping
        All that decides the objects beside the survey; a store of other settings is refused.

    Raises
    ------
    UsageError
        If `out` holds something else.
    SkymovieError
        If the disk is too small.
    """
    place = atomic.place(out)
    _check_space(place, recipe, parts)
    return MovieStore.create(
        place,
        survey=recipe.survey,
        exposures=recipe.exposures,
        sizes=parts,
        settings=settings,
        stand_in=stand_in,
    )


def fill(
    store: MovieStore,
    recipe: Recipe,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    scheduler: str | None = None,
    shards: tuple[int, int] | None = None,
) -> MovieStore:
    """Write the blocks that a store lacks; with the last of them, finish it.

    Parameters
    ----------
    workers : int
        Processes; by default one a core.
    progress : function
        Called with the number of movies of each block that is there.
    scheduler : str
        Of a Dask cluster that does the work (`simulate.run.cluster.on_cluster`).
    shards : (i, n)
        Write only the i-th share of n (`share`), as one task of a job array does. Whichever task
        finds all blocks there finishes the store.

    Raises
    ------
    UsageError
        If `shards` or `scheduler` is wrong.
    SkymovieError
        If the disk is full, or a process died; the same call goes on.
    """
    missing = {(part, k) for part, ks in store.missing().items() for k in ks}
    mine = share(store, shards)
    if progress:
        for task in mine:
            if task not in missing:
                progress(_length(store, task))
    todo = [task for task in mine if task in missing]
    workers = min(workers or _cores(store.path), len(todo))
    with _explained(store.path, len(todo)):
        for task in _done(recipe, store.path, todo, workers, scheduler):
            if progress:
                progress(_length(store, task))
    if not any(store.missing().values() if missing else []):
        _finish(store, recipe)
    return store


def share(store: MovieStore, shards: tuple[int, int] | None = None) -> list[Task]:
    """The blocks of a store, or the i-th share of n: blocks i, i + n, i + 2n, …, from 1.

    Raises
    ------
    UsageError
        Unless 1 ≤ i ≤ n.
    """
    tasks = [(part, k) for part in store.sizes for k in range(len(store.blocks(part)))]
    if shards is None:
        return tasks
    i, n = _require_shards(shards)
    return tasks[i - 1 :: n]


def _require_shards(shards: tuple[int, int]) -> tuple[int, int]:
    i, n = shards
    if not 1 <= i <= n:
        raise UsageError(f"expected --shards i/n with 1 ≤ i ≤ n, got {i}/{n}")
    return i, n


def _length(store: MovieStore, task: Task) -> int:
    rows = store.blocks(task[0])[task[1]]
    return rows.stop - rows.start


def _cores(place: Place) -> int:
    """Workers by default. What is in memory is seen by one process alone."""
    if getattr(place, "protocol", "") == "memory":
        return 1
    return processors.count()


def _done(
    recipe: Recipe, place: Place, todo: list[Task], workers: int, scheduler: str | None
) -> Iterator[Task]:
    """Run the tasks, yielding each as it is done."""
    if (workers > 1 or scheduler) and getattr(place, "protocol", "") == "memory":
        raise UsageError(f"{place}: one process alone sees it; write it with --workers 1")
    if not todo:
        return
    if scheduler is not None:
        from simulate.run.cluster import on_cluster

        yield from on_cluster(recipe, place, todo, scheduler)
    elif workers > 1:
        yield from executors.in_processes(recipe, place, todo, workers)
    else:
        yield from executors.in_this_process(recipe, place, todo)


@contextmanager
def _explained(place: Place, blocks: int) -> Iterator[None]:
    """Say in one line what stopped a run, and that it can go on."""
    try:
        yield
    except BrokenProcessPool as error:
        raise SkymovieError(
            "expected every process to finish its block, one was killed (out of memory?); "
            "run the same command again to go on, with fewer --workers"
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SkymovieError(
            f"{place}: expected room for {blocks} more blocks, the disk is full; "
            "free some and run the same command again to go on"
        ) from error


def _finish(store: MovieStore, recipe: Recipe) -> None:
    """Add the contact sheet to a store with all blocks, and clear up."""
    if not atomic.is_there(store.path / SHEET):
        first = next(iter(store.sizes))
        truth = store.truth_block(first, 0)  # not all of it, which takes a while to read
        shown = store.read_written(first, np.arange(len(truth)), truth)
        with temporary.folder() as folder:
            drawn = folder / SHEET
            draw_contact_sheet(shown, drawn, title=f"{recipe.survey.title}, simulated")
            atomic.put(store.path / SHEET, drawn.read_bytes(), store.path / UNFINISHED)
    store.clear_up()


def _check_space(place: Place, recipe: Recipe, parts: Mapping[str, int]) -> None:
    """Refuse a run that the disk cannot hold, before it begins."""
    if not isinstance(place, Path):
        return
    n = sum(parts.values())
    if MovieStore.exists(place):
        n = min(n, BLOCK * sum(map(len, MovieStore.unfinished(place).missing().values())))
    stamp = recipe.survey.camera.stamp_size
    needed = int(n * recipe.visits.shape[1] * stamp**2 * 2 * COMPRESSED)
    above = next(p for p in (place.absolute(), *place.absolute().parents) if p.exists())
    free = shutil.disk_usage(above).free
    if needed > free:
        raise SkymovieError(
            f"{place}: expected room for {n:,} movies, {console.size(needed)}; got "
            f"{console.size(free)} free; free some, lower --n or choose another --out"
        )

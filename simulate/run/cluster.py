"""Blocks as tasks of a Dask cluster, whose workers may come, go and die while it runs."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simulate.run.executors import Task, write_block
from simulate.scenes.recipe import Recipe
from skymovie.store.movie_store import MovieStore, versions
from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic
from surveys.files.atomic import Place
from surveys.files.paths import local

ADDRESS = re.compile(r"((tcp|tls|ucx|ws|wss)://)?[^/\s]+:\d+")
"""What Dask takes for one."""

PATIENCE = 10.0
"""Seconds to wait for a scheduler."""

RETRIES = 2
"""How often a block is tried again whose writing failed: a file system may hiccup."""


def on_cluster(recipe: Recipe, out: Place, tasks: Sequence[Task], scheduler: str) -> Iterator[Task]:
    """Write blocks on a cluster, yielding each once it is in its place.

    Every worker must reach `out` under the same name and have the same versions installed. A block
    whose worker dies goes to another. One thread a worker is best: a block keeps a core busy.

    Parameters
    ----------
    scheduler : str
        Address such as ``tcp://node1:8786``, or the scheduler's JSON file.

    Raises
    ------
    UsageError
        If Dask is missing here, or `scheduler` is no address.
    SkymovieError
        If nothing answers there, a worker has other versions, or blocks kill their workers.
    """
    client = connect(scheduler)
    from distributed import KilledWorker, as_completed

    try:
        wanted = installed()
        _require_versions(client, wanted)
        # Made by a task rather than scattered: so it goes once to the scheduler and once to each
        # worker too, but is made again if all workers that hold it die.
        shared = client.submit(_same, recipe, pure=False)
        # A worker may have another working folder.
        where = str(out.absolute() if isinstance(out, Path) else out)
        futures = client.map(
            _write, tasks, recipe=shared, out=where, wanted=wanted, pure=False, retries=RETRIES
        )
        for future in as_completed(futures, loop=client.loop):
            yield future.result()
    except KilledWorker as error:
        raise SkymovieError(
            f"{scheduler}: expected workers to finish their blocks, several died over one (out of "
            "memory?); give them more memory or fewer threads and run the same command again to "
            "go on"
        ) from error
    except CancelledError as error:
        raise SkymovieError(
            f"{scheduler}: expected the scheduler to see the run through, it went away; "
            "run the same command again to go on"
        ) from error
    finally:
        client.close()


def connect(scheduler: str) -> Any:
    """A Dask client.

    Raises
    ------
    UsageError
        If Dask is missing, or `scheduler` is no address.
    SkymovieError
        If nothing answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            f"expected Dask for --scheduler {scheduler}, it is not installed; "
            "pip install 'skymovie[cluster]'"
        ) from error
    address: dict[str, str] = {"address": scheduler}
    if scheduler.endswith(".json"):
        if not local(scheduler).is_file():
            raise UsageError(f"expected a scheduler's file, got {scheduler}, which is not there")
        address = {"scheduler_file": scheduler}
    elif not ADDRESS.fullmatch(scheduler):
        raise UsageError(f"expected a scheduler such as tcp://node1:8786, got {scheduler!r}")
    try:
        return Client(**address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise SkymovieError(
            f"{scheduler}: expected a Dask scheduler, none answered in {PATIENCE:.0f} s; "
            "see that it runs and that this machine can reach it"
        ) from error


def installed() -> dict[str, str]:
    """The versions that must be the same on every worker."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), **versions()}


def _require_versions(client: Any, wanted: dict[str, str]) -> None:
    """Refuse to begin where a worker has other versions; those that come later are asked too."""

    # Not a function of this module: a worker may lack it.
    def found(names: Sequence[str]) -> dict[str, str]:
        there = {"python": ".".join(platform.python_version_tuple()[:2])}
        for name in names:
            try:
                there[name] = version(name)
            except PackageNotFoundError:
                there[name] = "none"
        return there

    names = [name for name in wanted if name != "python"]
    for worker, there in client.run(found, names).items():
        _require_equal(wanted, there, worker)


def _require_equal(wanted: dict[str, str], there: dict[str, str], worker: str) -> None:
    for name, number in wanted.items():
        if there.get(name) != number:
            raise SkymovieError(
                f"{worker}: expected {name} {number} as here, got {there.get(name)}; "
                "install the same versions on all workers"
            )


def _same(recipe: Recipe) -> Recipe:
    return recipe


def _write(task: Task, *, recipe: Recipe, out: str, wanted: dict[str, str]) -> Task:
    """What a worker does."""
    _require_equal(wanted, installed(), platform.node())
    part, k = task
    if MovieStore.unfinished(out).has_block(part, k):  # its first worker was lost too late
        return task
    return write_block(recipe, atomic.place(out), part, k)

"""What a run will take, told before it starts: a few objects of the very run, timed."""

from __future__ import annotations

import heapq
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from movies import console
from movies.catalogue import size_on_disk
from movies.contact_sheet import title_of
from movies.layout import BLOCK
from movies.store import MovieStore
from simulate.block import simulate_objects
from simulate.recipe import Recipe
from surveys import atomic

if TYPE_CHECKING:
    from surveys.atomic import Place

WARM, PROBED = 7, 64
"""Objects simulated before the clock runs, and at most while it does."""

PROBE_SECONDS = 2.0
"""A slow renderer is timed on fewer objects, in about this time."""

CROWDED = 1.15
"""A block takes that much longer where every core has one, as they share memory and caches."""

SHEET_SECONDS, SHEET_BYTES = 2.0, 450_000
"""Of the contact sheet; the bytes are those of the exposure table, too."""

SPAWNED = 1.5
"""Starting workers, over what this process took to import and warm up: they start together."""


@dataclass(frozen=True)
class Cost:
    """What one movie costs.

    Attributes
    ----------
    seconds : float
        On one core, written to disk.
    n_bytes : float
        On disk.
    start_up : float
        Seconds before the first movie.
    """

    seconds: float
    n_bytes: float
    start_up: float


@dataclass(frozen=True)
class Plan:
    """A run before it starts.

    Attributes
    ----------
    recipe : Recipe
    place : Path or UPath
    parts : mapping
        Movies of each part.
    blocks : sequence of int
        Movies of each block that this run is to write, finished ones included.
    todo : sequence of int
        Those of them that are not there yet.
    workers : int
    scheduler : str or None
    shards : (i, n) or None
    cost : Cost or None
        None where nothing is left to do.
    """

    recipe: Recipe
    place: Place
    parts: Mapping[str, int]
    blocks: tuple[int, ...]
    todo: tuple[int, ...]
    workers: int
    scheduler: str | None
    shards: tuple[int, int] | None
    cost: Cost | None

    @property
    def done(self) -> int:
        """Movies that are there already."""
        return sum(self.blocks) - sum(self.todo)

    @property
    def seconds(self) -> float:
        """Estimated wall time; on a cluster, of one core that does it all."""
        if self.cost is None:
            return 0.0
        if self.scheduler:
            return self.cost.seconds * sum(self.todo)
        at_once = min(self.workers, len(self.todo))
        cores = os.cpu_count() or 1
        # More workers than cores take turns; as many as cores are in each other's way.
        each = self.cost.seconds * max(1.0, at_once / cores)
        each *= CROWDED if min(at_once, cores) > 1 else 1.0
        free = [0.0] * at_once
        for movies in self.todo:
            heapq.heapreplace(free, free[0] + each * movies)
        start_up = self.cost.start_up * SPAWNED if at_once > 1 else 0.0
        return start_up + max(free) + SHEET_SECONDS

    @property
    def n_bytes(self) -> float:
        """Estimated size of what is to be written."""
        return self.cost.n_bytes * sum(self.todo) + SHEET_BYTES if self.cost else 0.0

    def entries(self) -> dict[str, str]:
        """The plan in words, name and value."""
        settings = self.recipe
        parts = [f"{n:,} {PART_NAMES.get(part, part)}" for part, n in self.parts.items()]
        done = len(self.blocks) - len(self.todo)
        share = f"share {self.shards[0]} of {self.shards[1]}: " if self.shards else ""
        most = min(BLOCK, max(self.blocks, default=0))
        shards = (
            f"{share}{len(self.blocks):,} of up to {most} movies, {done:,} of them done already"
        )
        out = {
            "movies": _listed(parts),
            "classes": ", ".join(title_of(name) for name in settings.classes),
            "seed": str(settings.seed),
            "shards": shards,
        }
        if self.todo:
            if self.scheduler:
                out["workers"] = f"those of {self.scheduler}"
                out["time"] = f"about {console.duration(self.seconds)} of one core, shared out"
            else:
                out["workers"] = f"{min(self.workers, len(self.todo))}"
                out["time"] = f"about {console.duration(self.seconds)}"
            free = free_space(self.place)
            room = f", {console.size(free)} free" if free is not None else ""
            out["disk"] = f"about {console.size(self.n_bytes)}{room}"
        out["to"] = str(self.place)
        return out


PART_NAMES = {"train": "training"}
"""Parts whose movies are not called like them."""


def make(
    recipe: Recipe,
    out: str,
    parts: Mapping[str, int],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    shards: tuple[int, int] | None = None,
    imported: float = 0.0,
) -> Plan:
    """Look at what is there, time a few objects, and plan the rest.

    Parameters
    ----------
    out : str
        Folder or URL of the store; where another run's is, nothing of it counts as done.
    parts : mapping
        Movies of each part.
    imported : float
        Seconds that this process took to import what each worker will import.
    """
    place = atomic.place(out)
    missing = _missing(place, recipe, parts)
    blocks, todo = [], []
    tasks = [
        (part, k, min(BLOCK, n - first))
        for part, n in parts.items()
        for k, first in enumerate(range(0, n, BLOCK))
    ]
    for part, k, movies in tasks if shards is None else tasks[shards[0] - 1 :: shards[1]]:
        blocks.append(movies)
        if missing is None or k in missing[part]:
            todo.append(movies)
    cost = probe(recipe, parts, imported) if todo else None
    cores = os.cpu_count() or 1
    return Plan(
        recipe,
        place,
        parts,
        tuple(blocks),
        tuple(todo),
        workers or cores,
        scheduler,
        shards,
        cost,
    )


def probe(recipe: Recipe, parts: Mapping[str, int], imported: float = 0.0) -> Cost:
    """Simulate some of the first objects and write them, to a folder that is then removed."""
    part, n = next(iter(parts.items()))
    warm = min(WARM, n)
    times = []
    for _ in range(2):
        clock = time.perf_counter()
        simulate_objects(recipe, part, range(warm))
        times.append(time.perf_counter() - clock)
    each = times[1] / warm
    some = min(n, max(warm, min(PROBED, int(PROBE_SECONDS / max(each, 1e-9)))))
    with tempfile.TemporaryDirectory() as folder:
        store = MovieStore.create(
            Path(folder) / "probe",
            survey=recipe.survey,
            exposures=recipe.exposures,
            sizes={part: some},
            settings={},
        )
        empty = size_on_disk(store.path)
        clock = time.perf_counter()
        store.write_block(part, 0, *simulate_objects(recipe, part, range(some)))
        seconds = time.perf_counter() - clock
        return Cost(seconds / some, (size_on_disk(store.path) - empty) / some, imported + times[0])


def free_space(place: Place) -> int | None:
    """Bytes free where the store will be; None where that cannot be asked."""
    if not isinstance(place, Path):
        return None
    above = next(p for p in (place.absolute(), *place.absolute().parents) if p.exists())
    return shutil.disk_usage(above).free


def _missing(place: Place, recipe: Recipe, parts: Mapping[str, int]) -> dict[str, list[int]] | None:
    """Blocks that a store begun there lacks; None where there is none, or not this run's."""
    if not MovieStore.exists(place):
        return None
    store = MovieStore.unfinished(place)
    begun = store.attributes["settings"]
    now = {"seed": recipe.seed, "classes": list(recipe.classes), "even": recipe.even}
    same = store.sizes == dict(parts) and all(begun.get(k, v) == v for k, v in now.items())
    return store.missing() if same else None


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)

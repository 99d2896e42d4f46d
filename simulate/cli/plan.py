"""What a run will take, told before it starts: a few objects of the very run, timed."""

from __future__ import annotations

import heapq
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulate.scenes.block import simulate_objects
from simulate.scenes.recipe import Recipe
from skymovie.cli import console
from skymovie.measure.catalogue import size_on_disk
from skymovie.plots.contact_sheet import title_of
from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import MovieStore, require_continuable
from surveys import processors
from surveys.files import atomic, temporary

if TYPE_CHECKING:
    from surveys.files.atomic import Place

WARM, PROBED = 7, 64
"""Objects timed at first, and at most."""

PROBE_SECONDS = 2.0
"""In about this time; a slow renderer is timed on fewer objects."""

CROWDED = 1.15
"""A block takes that much longer where every core has one, as they share memory and caches."""

SHEET_SECONDS, SHEET_BYTES = 2.0, 450_000
"""Of the contact sheet; the bytes are those of the exposure table, too."""

SPAWNED = 1.5
"""Starting workers, over what this process took to import and warm up: they start together."""


@dataclass(frozen=True)
class Cost:
    """What movies cost, written to disk by one core.

    Attributes
    ----------
    seconds, n_bytes : float
        Of a movie.
    block_seconds, block_bytes : float
        Of a block, beside its movies.
    start_up : float
        Seconds before the first movie.
    """

    seconds: float
    n_bytes: float
    block_seconds: float = 0.0
    block_bytes: float = 0.0
    start_up: float = 0.0


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
        each = [self.cost.block_seconds + self.cost.seconds * movies for movies in self.todo]
        if self.scheduler:
            return sum(each)
        at_once = min(self.workers, len(self.todo))
        cores = processors.count()
        # More workers than cores take turns; as many as cores are in each other's way.
        slower = max(1.0, at_once / cores) * (CROWDED if min(at_once, cores) > 1 else 1.0)
        free = [0.0] * at_once
        for seconds in each:
            heapq.heapreplace(free, free[0] + slower * seconds)
        start_up = self.cost.start_up * SPAWNED if at_once > 1 else 0.0
        return start_up + max(free) + SHEET_SECONDS

    @property
    def n_bytes(self) -> float:
        """Estimated size of what is to be written."""
        if self.cost is None:
            return 0.0
        blocks = self.cost.block_bytes * len(self.todo)
        return blocks + self.cost.n_bytes * sum(self.todo) + SHEET_BYTES

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
    cores = processors.count()
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
    # The first time tables are read and functions compiled, as in each worker.
    cold, few = _timed(recipe, part, warm), _timed(recipe, part, warm)
    start_up = imported + cold[0]
    some = min(n, PROBED, int(PROBE_SECONDS * warm / few[0]))
    if some < 2 * warm:
        return Cost(few[0] / warm, few[1] / warm, start_up=start_up)
    many = min(_timed(recipe, part, some) for _ in range(2))
    # A line through both; no less than half of the many's cost is the movies' own.
    block = [
        min(max(a - (b - a) / (some - warm) * warm, 0.0), b / 2)
        for a, b in zip(few, many, strict=True)
    ]
    each = [(b - fixed) / some for b, fixed in zip(many, block, strict=True)]
    return Cost(each[0], each[1], block[0], block[1], start_up)


def _timed(recipe: Recipe, part: str, n: int) -> tuple[float, int]:
    """Seconds and bytes of a block of the first `n` objects of a part."""
    with temporary.folder() as folder:
        store = MovieStore.create(
            folder / "probe",
            survey=recipe.survey,
            exposures=recipe.exposures,
            sizes={part: n},
            settings={},
        )
        empty = size_on_disk(store.path)
        clock = time.perf_counter()
        store.write_block(part, 0, *simulate_objects(recipe, part, range(n)))
        return time.perf_counter() - clock, size_on_disk(store.path) - empty


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
    require_continuable(place, store.attributes)
    begun = store.attributes["settings"]
    now = {
        "seed": recipe.seed,
        "classes": list(recipe.classes),
        "uniform_fraction": recipe.uniform_fraction,
    }
    same = (
        store.sizes == dict(parts)
        and store.attributes["survey_checksum"] == recipe.survey.checksum
        and all(begun.get(k, v) == v for k, v in now.items())
    )
    return store.missing() if same else None


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)

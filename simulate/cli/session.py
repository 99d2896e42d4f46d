"""A run as a person sees it: the plan, how far it is, what was made and what to do with it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import surveys
from simulate.cli import plan
from simulate.cli.plan import Plan
from simulate.light_curves import Generator
from simulate.run import run
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES, check
from skymovie.cli import console
from skymovie.measure.catalogue import size_on_disk
from skymovie.plots import contact_sheet
from skymovie.plots.contact_sheet import title_of
from skymovie.real.reader import open_real
from skymovie.store import tables
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from surveys.files import atomic
from surveys.files.paths import local
from surveys.logs import observing_log as logs

PAIRS = 3
"""Pairs of each class in a gallery."""


def movies(
    survey: str,
    out: str | None,
    *,
    n: int,
    seed: int,
    classes: Sequence[str],
    uniform_fraction: float,
    observing_log: Path | None,
    custom_models: Mapping[str, Generator],
    workers: int | None,
    renderer: str,
    device: str,
    scheduler: str | None,
    shards: tuple[int, int] | None,
    dry_run: bool,
    imported: float,
) -> None:
    """Simulate a store as `simulate.run.run.write` does, with a plan before and a summary after."""
    chosen = surveys.load(survey)
    parts = run.sizes(n)
    if observing_log is not None:
        log = logs.read(observing_log, band=chosen.band, camera=chosen.camera)
        chosen = chosen.with_log(log)
    where = out or f"{chosen.name}-movies"
    source = str(observing_log or "observing log")
    recipe = Recipe.of(
        chosen, seed, classes, renderer, uniform_fraction, custom_models, device, source=source
    )
    made = plan.make(
        recipe,
        where,
        parts,
        workers=workers,
        scheduler=scheduler,
        shards=shards,
        imported=imported,
    )
    show_plan(made)
    if dry_run:
        return
    clock = time.perf_counter()
    with console.progress("movies", sum(made.blocks), made.done) as advance:
        store = run.fill(
            run.begin(recipe, where, parts, run.settings(recipe, custom_models)),
            recipe,
            workers=workers,
            scheduler=scheduler,
            shards=shards,
            progress=_without(made.done, advance),
        )
    show_summary(store, made, time.perf_counter() - clock)


def match(
    of: str,
    out: str | None,
    *,
    survey: str,
    seed: int,
    workers: int | None,
    renderer: str,
    dry_run: bool,
    imported: float,
) -> None:
    """Make a matched simulation of every real movie, and a gallery of both
    (`simulate.match.matched.write`)."""
    from simulate.match import matched

    real = open_real(of, surveys.load(survey))
    where = out or f"{Path(of.rstrip('/')).name}-matched"
    recipe = matched.recipe(real, seed, renderer)
    made = plan.make(recipe, where, {"test": len(real)}, workers=workers, imported=imported)
    show_plan(made)
    if dry_run:
        return
    clock = time.perf_counter()
    with console.progress("matched simulations", sum(made.blocks), made.done) as advance:
        store = matched.write(
            real,
            where,
            seed=seed,
            workers=workers,
            renderer=renderer,
            progress=_without(made.done, advance),
            made=recipe,
        )
    seconds = time.perf_counter() - clock
    gallery = store.path / "gallery.png"
    with atomic.replacing(gallery) as file:
        contact_sheet.gallery(
            real,
            store.read("test"),
            file,
            per_class=PAIRS,
            title=f"{of}: real movies and matched simulations",
        )
    show_summary(store, made, seconds, gallery=str(gallery))


def show_plan(made: Plan) -> None:
    """Print what a run will do."""
    console.show(console.entries(made.entries(), title=made.recipe.survey.title))
    if not made.todo:
        console.out.print("everything is done already")


def show_summary(store: MovieStore, made: Plan, seconds: float, gallery: str = "") -> None:
    """Print what a run made, and what to do with it."""
    written = sum(made.todo)
    out = {}
    if written:
        rate = written / max(seconds, 1e-9)
        speed = f"{rate:,.{int(rate < 10)}f} a second"
        out["written"] = f"{written:,} movies in {console.duration(seconds)}, {speed}"
    counts, missing = Counter[str](), store.missing()
    for part in store.sizes:
        files = [f for k, f in enumerate(store.truth_files(part)) if k not in missing[part]]
        if files:
            counts.update(tables.read(files, ["label"])["label"].tolist())
    order = [c for c in CLASSES if c in counts] + sorted(set(counts) - set(CLASSES))
    if len(order) > 1 and len(set(counts.values())) == 1:
        out["in all"] = f"{counts.total():,} movies, {counts[order[0]]:,} of each class"
    else:
        out["in all"] = ", ".join(f"{counts[name]:,} {title_of(name)}" for name in order)
    out["on disk"] = console.size(size_on_disk(store.path))
    out["movie store"] = str(store.path)
    absent = sum(map(len, missing.values()))
    if absent:
        out["still missing"] = f"{absent:,} blocks, which other shares write"
    else:
        out["contact sheet"] = str(store.path / run.SHEET)
        if gallery:
            out["gallery"] = gallery
        # What trains knows our classes alone, and wants a part to train on.
        trains = "train" in store.sizes and counts.keys() <= set(CLASSES)
        out["next"] = f"{'train-rcnn' if trains else 'simulate inspect'} {store.path}"
    console.show(console.entries(out))


def own_generators(
    light_curves: Sequence[str], sed: Sequence[str], band: str | None = None
) -> dict[str, Generator]:
    """A user's own classes, read from the files that CLASS=FILE names.

    `band` chooses among those of tables of light curves.

    Raises
    ------
    UsageError
        If a word is no CLASS=FILE, or a class is named twice.
    """
    files: dict[str, tuple[str, Path]] = {}
    for option, words in (("--light-curves", light_curves), ("--sed", sed)):
        for word in words:
            name, equals, path = word.partition("=")
            name = name.strip()
            if not (equals and name and path):
                raise UsageError(
                    f"expected {option} CLASS=FILE, got {word!r}; give {option} "
                    "heartbeat_star=stars.csv, say"
                )
            if name in files:
                raise UsageError(
                    f"expected each class once among --light-curves and --sed, got {name} twice; "
                    "join the files, or name one of them otherwise"
                )
            files[name] = option, local(path)
    return {name: _read(option, path, band) for name, (option, path) in files.items()}


def _read(option: str, path: Path, band: str | None) -> Generator:
    if option == "--sed":
        from simulate.light_curves import sed_grid

        return sed_grid.read(path)
    from simulate.light_curves import observed

    return observed.read(path, band)


def wanted(classes: str | None, custom_models: Mapping[str, Generator]) -> tuple[str, ...]:
    """The classes to simulate: those named, or all of ours; and a user's own."""
    named = CLASSES if classes is None else [w.strip() for w in classes.split(",") if w.strip()]
    return check((*named, *custom_models), custom_models)


def share(words: str | None) -> tuple[int, int] | None:
    """The shares that ``i/n`` means.

    Raises
    ------
    UsageError
        Unless 1 ≤ i ≤ n.
    """
    if words is None:
        return None
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", words)
    i, n = map(int, found.groups()) if found else (0, 0)
    if not 1 <= i <= n:
        raise UsageError(f"expected --shards I/N with I from 1 to N, such as 1/16, got {words!r}")
    return i, n


def refuse_beside_match(options: Mapping[str, Any]) -> None:
    """Raise a UsageError if one of the options is given, which real movies decide."""
    given = [name for name, value in options.items() if value is not None and value != []]
    if given:
        raise UsageError(
            f"expected no {given[0]} beside --match, whose movies decide what is simulated and run "
            f"on this machine; leave out {', '.join(given)}"
        )


def _without(done: int, advance: Any) -> Any:
    """The progress function of a run that also counts what was there before."""
    left = done

    def tell(n: int) -> None:
        nonlocal left
        before = min(left, n)
        left -= before
        if n > before:
            advance(n - before)

    return tell

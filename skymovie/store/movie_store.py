"""The movie store: labelled movies on disk, as a Zarr v3 group with Parquet tables beside it.

    DIR/movies.zarr/PART/images     (n, E, S, S) uint16 ADU, one shard a block of 448 objects
    DIR/movies.zarr/PART/exposure   (n, E) int32, row of the exposure table
    DIR/survey/NAME.toml            the survey, with its tables beside it
    DIR/exposures.parquet           what depends on a field and an epoch, once per field and epoch
    DIR/truth/PART/00000.parquet    truth of block 0; its presence marks the block as written
    DIR/.unfinished                 files that are being written; gone from a finished store

A block is the unit of work: one task writes it whole, and the truth table comes last. A run that
was interrupted goes on with the blocks that have none. Every file is put in its place whole, so
that a store may lie anywhere (`surveys.files.atomic`), be written by many processes that know
nothing of one another, and lose any of them at any moment.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import zarr
from numpy.typing import NDArray

from skymovie.movies import Movies
from skymovie.store import layout, tables
from skymovie.store.layout import BLOCK
from surveys import survey as surveys_survey
from surveys.errors import SkymovieError, UsageError
from surveys.exposures import Exposures
from surveys.files import atomic
from surveys.files.atomic import Place
from surveys.survey import Survey

FORMAT = 2
"""Version of the layout above. Version 0.1 wrote format 1, which has no survey of its own."""

SURVEY = "survey"

SURVEYS_OF_0_1 = {
    "hits": (
        "883addd8fcf6c8f49b28ebbb6563c31fa7baa994325dd304bc42445138985bdb",
        "2558ca8488a3bedf858f0aa4f0d6d3cde213c8ab31818cbe8d64c1b69926a433",
    )
}
"""Checksums of the surveys of version 0.1: the one that it wrote, and the one they have today."""

PARTS = ("train", "validation", "test")
ARRAYS = "movies.zarr"
UNFINISHED = ".unfinished"


class MovieStore:
    """A movie store, open for reading or for writing blocks.

    Attributes
    ----------
    path : pathlib.Path, or upath.UPath where the store is at a URL
    attributes : dict
        Among others ``survey``, ``survey_checksum``, ``seed``, ``settings`` and ``versions``.
    """

    def __init__(self, path: Place, group: zarr.Group):
        self.path = path
        self._group = group
        self.attributes: dict[str, Any] = dict(group.attrs)

    @classmethod
    def create(
        cls,
        path: Place | PathLike[str] | str,
        *,
        survey: Survey,
        exposures: Exposures,
        sizes: Mapping[str, int],
        settings: Mapping[str, Any],
        stand_in: bool = False,
    ) -> MovieStore:
        """Lay out an empty store, or take up one that was begun with the same settings.

        Any number of processes may do so at once: one lays it out, the others take it up.

        Raises
        ------
        UsageError
            If the folder holds something else, or a store of other settings.
        """
        path = atomic.place(path)
        attributes = {
            "format": FORMAT,
            "survey": survey.name,
            "survey_checksum": survey.checksum,
            "observing_log": survey.log is not None,
            "bands": sorted(set(exposures.band.tolist())),
            "classes": list(settings.get("classes", ())),
            "stamp_size": survey.camera.stamp_size,
            "seed": settings.get("seed"),
            "settings": json.loads(json.dumps(dict(settings))),
            "sizes": dict(sizes),
            "stand_in": stand_in,
            "versions": versions(),
        }
        epochs = exposures.visits().shape[1]
        files = layout.descriptions(attributes, sizes, epochs, survey.camera.stamp_size)
        whole = path / ARRAYS / layout.DESCRIPTION
        with atomic.reaching(path):
            if not atomic.is_there(whole):
                _require_new(path, whole)
                atomic.create(whole, files[layout.DESCRIPTION], path / UNFINISHED)
            _require_same(path, dict(_open_group(path).attrs), attributes)
            # Whoever comes adds what is missing: whoever began may have died at once.
            for name, content in files.items():
                if not atomic.is_there(path / ARRAYS / name):
                    atomic.put(path / ARRAYS / name, content, path / UNFINISHED)
            for name, text in survey.to_files().items():
                if not atomic.is_there(path / SURVEY / name):
                    atomic.put(path / SURVEY / name, text.encode(), path / UNFINISHED)
            if not atomic.is_there(path / "exposures.parquet"):
                content = tables.to_bytes(exposures.to_frame())
                atomic.put(path / "exposures.parquet", content, path / UNFINISHED)
        return cls(path, _open_group(path))

    @classmethod
    def open(cls, path: Place | PathLike[str] | str) -> MovieStore:
        """Open a finished store: a folder, or a URL such as ``s3://bucket/movies``.

        Raises
        ------
        SkymovieError
            If there is none, it was written by another version, or a block is missing.
        """
        store = cls.unfinished(path)
        for part, absent in store.missing().items():
            if absent:
                raise SkymovieError(
                    f"{store.path}: expected {len(store.blocks(part))} blocks in the {part} part, "
                    f"{len(absent)} missing (the first is {absent[0]}); "
                    "run the simulate command that began it again"
                )
        return store

    @classmethod
    def unfinished(cls, path: Place | PathLike[str] | str) -> MovieStore:
        """Open a store that may lack blocks, to write them."""
        path = atomic.place(path)
        return cls(path, _open_group(path))

    @staticmethod
    def exists(path: Place | PathLike[str] | str) -> bool:
        """Whether a store was begun there, finished or not."""
        return atomic.is_there(atomic.place(path) / ARRAYS / layout.DESCRIPTION)

    @property
    def group(self) -> zarr.Group:
        """The Zarr group that holds the arrays, one group a part."""
        return self._group

    @property
    def sizes(self) -> dict[str, int]:
        """Number of movies in each part."""
        return dict(self.attributes["sizes"])

    @cached_property
    def survey(self) -> Survey:
        """The survey that the movies imitate, as it was when they were simulated.

        Raises
        ------
        SkymovieError
            If it cannot be read, or is not the one that the store was written with.
        """
        name, wanted = self.attributes["survey"], self.attributes["survey_checksum"]
        if self.attributes["format"] == 1:
            then, today = SURVEYS_OF_0_1.get(name, ("", ""))
            if then == wanted:
                survey = surveys_survey.load(name)
                if survey.checksum == today:
                    return survey
            raise SkymovieError(
                f"{self.path}: expected the survey {name} as version 0.1 had it, got a changed one,"
                " which that version did not keep in the store; simulate it again"
            )
        with atomic.reaching(self.path):
            survey = Survey.from_toml(self.path / SURVEY / f"{name}.toml")
        if survey.checksum != wanted:
            raise SkymovieError(
                f"{self.path / SURVEY}: expected the survey that the movies were simulated with, "
                "got a changed one; restore its files or simulate again"
            )
        # Those that the log had and the survey uses; a model would draw others.
        return survey.with_log(self.exposures) if self.attributes.get("observing_log") else survey

    @cached_property
    def exposures(self) -> Exposures:
        """The exposure table that the movies point at."""
        return Exposures.from_frame(tables.read([self.path / "exposures.parquet"]))

    def blocks(self, part: str) -> list[slice]:
        """Row ranges of the blocks of a part."""
        if part not in self.sizes:
            raise UsageError(f"expected a part among {', '.join(self.sizes)}; got {part!r}")
        n = self.sizes[part]
        return [slice(a, min(a + BLOCK, n)) for a in range(0, n, BLOCK)]

    def has_block(self, part: str, k: int) -> bool:
        """Whether a block was written whole."""
        return all(map(atomic.is_there, (self._truth_file(part, k), self._shard(part, k))))

    def missing(self) -> dict[str, list[int]]:
        """The blocks of each part that were not written whole."""
        with atomic.reaching(self.path):
            if isinstance(self.path, Path):
                return {
                    part: [k for k in range(len(self.blocks(part))) if not self.has_block(part, k)]
                    for part in self.sizes
                }
            # A request for each block would take a minute; a thousand names come at once.
            fs: Any = self.path.fs
            fs.invalidate_cache()
            there = {
                name.rstrip("/").removeprefix("/")
                for folder in ("truth", ARRAYS)
                for name in fs.find((self.path / folder).path)
            }

            def absent(file: Any) -> bool:
                return file.path.removeprefix("/") not in there

            return {
                part: [
                    k
                    for k in range(len(self.blocks(part)))
                    if absent(self._truth_file(part, k)) or absent(self._shard(part, k))
                ]
                for part in self.sizes
            }

    def write_block(
        self,
        part: str,
        k: int,
        images: NDArray[np.uint16],
        exposure: NDArray[np.int32],
        truth: pd.DataFrame,
    ) -> None:
        """Write block `k` of a part; the block counts only once all of it is on disk."""
        rows = self.blocks(part)[k]
        for name, values in (("exposure", exposure), ("images", images)):
            for key, content in layout.encode(self._array(part, name), rows, values).items():
                self._put(self.path / ARRAYS / part / name / key, content)
        self._put(self._truth_file(part, k), tables.to_bytes(truth))

    def clear_up(self) -> None:
        """Remove what processes left that died while they wrote; for a store with all blocks."""
        if isinstance(self.path, Path):
            shutil.rmtree(self.path / UNFINISHED, ignore_errors=True)
        elif (self.path / UNFINISHED).exists():
            self.path.fs.rm((self.path / UNFINISHED).path, recursive=True)

    def truth(self, part: str) -> pd.DataFrame:
        """The truth table of a part: one row an object."""
        return tables.read(self.truth_files(part))

    def truth_files(self, part: str) -> list[Place]:
        """The Parquet files of a part's truth, one a block."""
        return [self._truth_file(part, k) for k in range(len(self.blocks(part)))]

    def truth_block(self, part: str, k: int) -> pd.DataFrame:
        """The truth table of block `k` of a part."""
        return tables.read([self._truth_file(part, k)])

    def read(self, part: str, rows: slice | NDArray[Any] | None = None) -> Movies:
        """Read movies of a part into memory, all of them or the rows named."""
        truth = self._truths[part] if part in self._truths else self.truth(part)
        self._truths[part] = truth
        chosen = np.arange(len(truth))[slice(None) if rows is None else rows]
        return self.read_written(part, chosen, truth.iloc[chosen].reset_index(drop=True))

    def read_written(self, part: str, chosen: NDArray[np.int64], truth: pd.DataFrame) -> Movies:
        """Movies of a part that may lack other blocks: the rows chosen, whose truth is at hand."""
        key: Any = chosen
        if len(chosen) and (np.diff(chosen) == 1).all():
            key = slice(int(chosen[0]), int(chosen[-1]) + 1)
        return Movies(
            images=self._load(part, "images", key),
            exposure=self._load(part, "exposure", key),
            exposures=self.exposures,
            truth=truth,
            survey=self.survey,
            origin=self._origin(len(chosen)),
            stand_in=bool(self.attributes["stand_in"]),
        )

    @cached_property
    def _truths(self) -> dict[str, pd.DataFrame]:
        return {}

    def _origin(self, n: int) -> str:
        if self.attributes["stand_in"]:
            return (
                f"{n:,} movies rendered by another program (GalSim) under PSFs and conditions that "
                f"are not those of {self.survey.title}"
            )
        return f"{n:,} simulated {self.survey.title} movies"

    def _array(self, part: str, name: str) -> Any:
        return self._group[f"{part}/{name}"]

    def _load(self, part: str, name: str, rows: Any) -> NDArray[Any]:
        try:
            return np.asarray(self._array(part, name).oindex[rows])
        except (OSError, ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise SkymovieError(
                f"{self.path}: expected {name} of the {part} part, got a damaged shard ({reason});"
                " delete its table under truth/ and run the simulate command again"
            ) from error

    def _truth_file(self, part: str, k: int) -> Place:
        return self.path / "truth" / part / f"{k:05d}.parquet"

    def _shard(self, part: str, k: int) -> Place:
        return self.path / ARRAYS / part / "images" / "c" / str(k) / "0" / "0" / "0"

    def _put(self, file: Place, content: Any) -> None:
        atomic.put(file, content, self.path / UNFINISHED)


def open_store(path: Place | PathLike[str] | str) -> MovieStore:
    """Open a finished movie store: a folder, or a URL such as ``s3://bucket/movies``.

    Raises
    ------
    SkymovieError
        As `MovieStore.open`.
    """
    return MovieStore.open(path)


def versions() -> dict[str, str]:
    """Of what decides the bytes of a store."""
    return {name: version(name) for name in ("skymovie", "numpy", "galsim", "zarr")}


def _require_new(path: Place, whole: Place) -> None:
    """Refuse a folder with anything in it but what another process may just have begun."""
    if isinstance(path, Path) and path.is_file():
        raise UsageError(f"{path}: expected a new folder or a movie store, got a file")
    ours = {ARRAYS, UNFINISHED}
    foreign = path.exists() and any(file.name not in ours for file in path.iterdir())
    if foreign and not atomic.is_there(whole):
        raise UsageError(
            f"{path}: expected a new folder or a movie store, got one with other files; "
            "choose another --out"
        )


def require_continuable(path: Place, attributes: Mapping[str, Any]) -> None:
    """Refuse to write into a store of version 0.1.

    Raises
    ------
    UsageError
        If the attributes of a store are of another format.
    """
    if attributes["format"] != FORMAT:
        raise UsageError(
            f"{path}: expected a store of format {FORMAT}, got one of format "
            f"{attributes['format']}, by version 0.1, which can be read but not continued; "
            "choose another --out"
        )


def _require_same(path: Place, begun: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with a store that was begun otherwise."""
    require_continuable(path, begun)
    for key in ("survey", "settings", "sizes", "stand_in", "survey_checksum", "versions"):
        if begun.get(key) == now[key]:
            continue
        if key == "survey_checksum":
            raise UsageError(
                f"{path}: expected the survey it was begun with; the camera, PSF, sky, magnitudes "
                f"or conditions of {now['survey']} have changed since; choose another --out"
            )
        raise UsageError(
            f"{path}: expected the {key} it was begun with, "
            f"{_differing(begun.get(key), now[key])}; give the same or choose another --out"
        )


def _open_group(path: Place) -> zarr.Group:
    with atomic.reaching(path):
        if not MovieStore.exists(path):
            raise SkymovieError(
                f"{path}: expected a movie store (a folder with {ARRAYS}), got "
                f"{'another folder' if path.is_dir() else 'nothing'}; write one with `simulate`"
            )
        where: Any = path / ARRAYS
        if not isinstance(path, Path):
            where = zarr.storage.FsspecStore.from_url(
                str(where), storage_options=dict(where.storage_options), read_only=True
            )
        try:
            group = zarr.open_group(where, mode="r")
            found = group.attrs.get("format")
        except (OSError, ValueError, KeyError) as error:
            raise SkymovieError(
                f"{path}: expected a movie store, got one whose description cannot be read "
                f"({error}); simulate it again"
            ) from error
    if found not in (1, FORMAT):
        raise SkymovieError(
            f"{path}: expected a movie store of format {FORMAT}, got format {found}; "
            "simulate it again with this version, or read it with the version that wrote it"
        )
    return group


def _differing(was: Any, now: Any) -> str:
    """The first entry in which two attributes differ, in words."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in (*now, *was):
            if was.get(key) != now.get(key):
                return f"{key} {was.get(key)!r}, got {now.get(key)!r}"
    return f"{was!r}, got {now!r}"

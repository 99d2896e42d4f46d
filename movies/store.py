"""The movie store: labelled movies on disk, as a Zarr v3 group with Parquet tables beside it.

    DIR/movies.zarr/PART/images     (n, E, S, S) uint16 ADU, one shard a block of 448 objects
    DIR/movies.zarr/PART/exposure   (n, E) int32, row of the exposure table
    DIR/exposures.parquet           what depends on a field and an epoch, once per field and epoch
    DIR/truth/PART/00000.parquet    truth of block 0; its presence marks the block as written

A block is the unit of work: one task writes it whole, and the truth table comes last. A run that
was interrupted goes on with the blocks that have none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from movies.movie import Movies
from surveys import survey as surveys_survey
from surveys.errors import SkymovieError, UsageError
from surveys.exposures import Exposures
from surveys.survey import Survey

FORMAT = 1
"""Version of the layout above."""

PARTS = ("train", "validation", "test")
BLOCK = 448
"""Objects in a block: 64 of each class when all seven are simulated."""
CHUNK = 64
"""Objects that are compressed together."""


class MovieStore:
    """A movie store, open for reading or for writing blocks.

    Attributes
    ----------
    path : Path
    attributes : dict
        Among others ``survey``, ``seed``, ``settings`` and ``versions``.
    """

    def __init__(self, path: Path, group: zarr.Group):
        self.path = path
        self._group = group
        self.attributes: dict[str, Any] = dict(group.attrs)

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        survey: Survey,
        exposures: Exposures,
        sizes: Mapping[str, int],
        settings: Mapping[str, Any],
        stand_in: bool = False,
    ) -> MovieStore:
        """Lay out an empty store, or take up one that was begun with the same settings.

        Raises
        ------
        UsageError
            If the folder holds something else, or a store of other settings.
        """
        attributes = {
            "format": FORMAT,
            "survey": survey.name,
            "settings": json.loads(json.dumps(dict(settings))),
            "sizes": dict(sizes),
            "stand_in": stand_in,
            "versions": {name: version(name) for name in ("skymovie", "numpy", "galsim", "zarr")},
        }
        if (path / "movies.zarr").exists():
            begun = cls.unfinished(path)
            for key in ("survey", "settings", "sizes", "versions", "stand_in"):
                if begun.attributes.get(key) != attributes[key]:
                    raise UsageError(
                        f"{path}: expected the {key} it was begun with, "
                        f"{_differing(begun.attributes.get(key), attributes[key])}; "
                        "give the same or choose another --out"
                    )
            return begun
        # What a run leaves that was killed while it laid the store out: nothing is lost with it.
        part = path / ".movies.zarr.part"
        leftovers = {part.name, "exposures.parquet", "truth"} if part.exists() else set()
        if path.exists() and any(file.name not in leftovers for file in path.iterdir()):
            raise UsageError(
                f"{path}: expected a new folder or a movie store, came one with other files; "
                "choose another --out"
            )
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        size = survey.camera.stamp_size
        epochs = exposures.visits().shape[1]
        group = zarr.open_group(part, mode="w", attributes=attributes)
        for name, n in sizes.items():
            group.create_array(
                f"{name}/images",
                shape=(n, epochs, size, size),
                shards=(BLOCK, epochs, size, size),
                chunks=(CHUNK, epochs, size, size),
                dtype="uint16",
                compressors=[
                    BloscCodec(cname="lz4", clevel=1, shuffle="bitshuffle"),
                    Crc32cCodec(),
                ],
                attributes={"unit": "adu"},
                dimension_names=("object", "image", "y", "x"),
            )
            group.create_array(
                f"{name}/exposure",
                shape=(n, epochs),
                chunks=(BLOCK, epochs),
                dtype="int32",
                fill_value=-1,
                dimension_names=("object", "image"),
            )
            (path / "truth" / name).mkdir(parents=True, exist_ok=True)
        exposures.to_frame().to_parquet(path / "exposures.parquet", index=False)
        part.rename(path / "movies.zarr")
        return cls(path, _open_group(path))

    @classmethod
    def open(cls, path: Path | str) -> MovieStore:
        """Open a finished store.

        Raises
        ------
        SkymovieError
            If there is none, it was written by another version, or a block is missing.
        """
        path = Path(path)
        store = cls(path, _open_group(path))
        for part in store.sizes:
            absent = [k for k in range(len(store.blocks(part))) if not store.has_block(part, k)]
            if absent:
                raise SkymovieError(
                    f"{path}: expected {len(store.blocks(part))} blocks in the {part} part, "
                    f"{len(absent)} missing (the first is {absent[0]}); "
                    "run the simulate command that began it again"
                )
        return store

    @classmethod
    def unfinished(cls, path: Path) -> MovieStore:
        """Open a store that may lack blocks, to write them."""
        return cls(path, _open_group(path))

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
        """The survey that the movies imitate."""
        return surveys_survey.load(self.attributes["survey"])

    @cached_property
    def exposures(self) -> Exposures:
        """The exposure table that the movies point at."""
        return Exposures.from_frame(_read_parquet(self.path / "exposures.parquet"))

    def blocks(self, part: str) -> list[slice]:
        """Row ranges of the blocks of a part."""
        if part not in self.sizes:
            raise UsageError(f"expected a part among {', '.join(self.sizes)}; came {part!r}")
        n = self.sizes[part]
        return [slice(a, min(a + BLOCK, n)) for a in range(0, n, BLOCK)]

    def has_block(self, part: str, k: int) -> bool:
        """Whether a block was written whole."""
        shard = self.path / "movies.zarr" / part / "images" / "c" / str(k) / "0" / "0" / "0"
        return self._truth_file(part, k).exists() and shard.exists()

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
        self._array(part, "images")[rows] = images
        self._array(part, "exposure")[rows] = exposure
        file = self._truth_file(part, k)
        beside = file.with_suffix(".part")
        truth.to_parquet(beside, index=False)
        beside.replace(file)

    def truth(self, part: str) -> pd.DataFrame:
        """The truth table of a part: one row an object."""
        tables = [_read_parquet(file) for file in self.truth_files(part)]
        return pd.concat(tables, ignore_index=True)

    def truth_files(self, part: str) -> list[Path]:
        """The Parquet files of a part's truth, one a block."""
        return [self._truth_file(part, k) for k in range(len(self.blocks(part)))]

    def truth_block(self, part: str, k: int) -> pd.DataFrame:
        """The truth table of block `k` of a part."""
        return _read_parquet(self._truth_file(part, k))

    def read(self, part: str, rows: slice | NDArray[Any] | None = None) -> Movies:
        """Read movies of a part into memory, all of them or the rows named."""
        truth = self._truths[part] if part in self._truths else self.truth(part)
        self._truths[part] = truth
        chosen = np.arange(len(truth))[slice(None) if rows is None else rows]
        key: Any = chosen
        if len(chosen) and (np.diff(chosen) == 1).all():
            key = slice(int(chosen[0]), int(chosen[-1]) + 1)
        return Movies(
            images=self._load(part, "images", key),
            exposure=self._load(part, "exposure", key),
            exposures=self.exposures,
            truth=truth.iloc[chosen].reset_index(drop=True),
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
                f"{self.path}: expected {name} of the {part} part, came a damaged shard ({reason});"
                " delete its table under truth/ and run the simulate command again"
            ) from error

    def _truth_file(self, part: str, k: int) -> Path:
        return self.path / "truth" / part / f"{k:05d}.parquet"


def _open_group(path: Path) -> zarr.Group:
    if not (path / "movies.zarr" / "zarr.json").exists():
        raise SkymovieError(
            f"{path}: expected a movie store (a folder with movies.zarr), came "
            f"{'another folder' if path.is_dir() else 'nothing'}; write one with `simulate`"
        )
    try:
        group = zarr.open_group(path / "movies.zarr", mode="r+")
        found = group.attrs.get("format")
    except (OSError, ValueError, KeyError) as error:
        raise SkymovieError(
            f"{path}: expected a movie store, came one whose description cannot be read "
            f"({error}); simulate it again"
        ) from error
    if found != FORMAT:
        raise SkymovieError(
            f"{path}: expected a movie store of format {FORMAT}, came format {found}; "
            "simulate it again with this version, or read it with the version that wrote it"
        )
    return group


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SkymovieError(
            f"{file}: expected a Parquet table, came {reason}; "
            "delete it and run the simulate command that wrote the store again"
        ) from error


def _differing(was: Any, now: Any) -> str:
    """The first entry in which two attributes differ, in words."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in (*now, *was):
            if was.get(key) != now.get(key):
                return f"{key} {was.get(key)!r}, came {now.get(key)!r}"
    return f"{was!r}, came {now!r}"

"""What is kept of each object between two of its images: fixed records in one SQLite file.

A record holds the last two stamps, what the first images fixed, the output and the cell of the
LSTM, and the dates and answers of the last 22 images, by which an image that is delivered again is
known. That is 6.8 kB an object for Table 3's network (8.8 kB where stamps are no whole counts),
8.2 kB on disk.

SQLite because Python brings it: reading and writing 512 of 50,000 records in one transaction goes
at 35,000 objects a second here, LMDB at 39,000, and the network takes ten times longer than either.
Every transaction is whole or not there (write-ahead log): a process that is killed loses the one it
was in, a machine that loses its power perhaps a few more, and none is ever half there. The file
must lie on a local disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skymovie.movies import MAX_IMAGES
from surveys.errors import SkymovieError, UsageError
from surveys.files.paths import local

FORMAT = 1
"""Version of the tables and of `layout`."""

REMEMBERED = MAX_IMAGES
"""Images of an object whose dates and answers are kept."""

CACHE = 64
"""MiB of pages that SQLite keeps in memory, whatever the size of the file."""

WAIT = 60.0
"""Seconds to wait for another process that writes."""

SHAPE = ("stamp_size", "classes", "conditions", "references", "memory")
"""Arguments of `layout` that a file's description holds."""

_TABLES = """
CREATE TABLE description (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE states (object_id TEXT PRIMARY KEY, state BLOB NOT NULL);
"""


def layout(
    stamps: str, stamp_size: int, classes: int, conditions: int, references: int, memory: int
) -> np.dtype[Any]:
    """The record of one object.

    Parameters
    ----------
    stamps : str
        Number format of the stamps: ``f4``, or on disk ``u2`` where they are whole counts.
    stamp_size : int
        Pixels along a side, S.
    classes, conditions, references, memory : int
        C classes; K numbers that come with each image; R that the first three images fix; U, the
        width of the LSTM.
    """
    return np.dtype(
        [
            ("n_images", "<i4"),
            ("start", "<f8"),  # MJD of the first image
            ("mjd", "<f8", (REMEMBERED,)),
            ("checksum", "<u4", (REMEMBERED,)),
            ("probabilities", "<f4", (REMEMBERED, classes)),
            ("reference", "<f4", (references,)),
            ("output", "<f4", (memory,)),
            ("cell", "<f4", (memory,)),
            ("conditions", "<f4", (2, conditions)),
            ("stamps", f"<{stamps}", (2, stamp_size, stamp_size)),
        ]
    )


class States:
    """The records of any number of objects, by name.

    Parameters
    ----------
    path : Path
        SQLite file; made where it is not there.
    model : str
        Identity of the model whose states they are.

    Raises
    ------
    UsageError
        If the file holds the states of another model, or is something else.
    SkymovieError
        If it was written by another version, or cannot be opened.
    """

    def __init__(self, path: Path | str, model: str) -> None:
        self.path = local(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._reaching():
            self._db = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
        try:
            with self.transaction():
                self._describe(model)
                found = self._description()
            with self._reaching():
                # Kept with the file, and so not before it is known to be ours.
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.execute(f"PRAGMA cache_size = {-1024 * CACHE}")
        except BaseException:
            self._db.close()
            raise
        self._wide: np.dtype[Any] | None = None
        if "stamp_size" in found:
            self._shape({name: int(found[name]) for name in SHAPE})

    def __len__(self) -> int:
        with self._reaching():
            return int(self._db.execute("SELECT count(*) FROM states").fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is read and written inside is one step: whole, or undone where it is left."""
        with self._reaching():
            # At once the only writer: nobody changes what is read before it is written back.
            self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._reaching():
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def lay_out(self, shape: Mapping[str, int], conditions: Sequence[str]) -> None:
        """Say what records are like; for a file that has some, see that they are like that.

        Parameters
        ----------
        shape : mapping
            Arguments of `layout`.
        conditions : strings
            Names of the numbers that come with each image.

        Raises
        ------
        UsageError
            If the file's records are otherwise.
        """
        wanted = {**{k: str(v) for k, v in shape.items()}, "names": " ".join(conditions)}
        found = self._description()
        for name, value in wanted.items():
            if found.setdefault(name, value) != value:
                raise UsageError(
                    f"{self.path}: expected images with {name.replace('_', ' ')} {found[name]}, as "
                    f"those before, got {value}; give such images, or another file"
                )
        with self._reaching():
            self._db.executemany("INSERT OR IGNORE INTO description VALUES (?, ?)", wanted.items())
        self._shape(shape)

    @property
    def laid_out(self) -> bool:
        """Whether it is known what records are like; where it is not, there are none."""
        return self._wide is not None

    def read(self, names: Sequence[str]) -> NDArray[Any]:
        """Records of objects that are named once each, shape (N,); of new ones, an empty record.

        Raises
        ------
        SkymovieError
            If a record is damaged.
        """
        assert self._wide is not None, "lay_out comes first"
        records = np.zeros(len(names), self._wide)
        records["reference"] = records["probabilities"] = np.nan
        row = {name: i for i, name in enumerate(names)}
        by_size: dict[int, list[tuple[int, bytes]]] = {
            self._wide.itemsize: [],
            self._narrow.itemsize: [],
        }
        for first in range(0, len(names), 500):
            part = list(names[first : first + 500])
            marks = ",".join("?" * len(part))
            with self._reaching():
                found = self._db.execute(
                    f"SELECT object_id, state FROM states WHERE object_id IN ({marks})", part
                ).fetchall()
            for name, state in found:
                if len(state) not in by_size:
                    raise SkymovieError(
                        f"{self.path}: expected {self._wide.itemsize} or {self._narrow.itemsize} "
                        f"bytes of {name}, got {len(state)}; the file is damaged, stream anew "
                        "into another one"
                    )
                by_size[len(state)].append((row[name], state))
        for kind in (self._wide, self._narrow):
            if pairs := by_size[kind.itemsize]:
                rows, states = zip(*pairs, strict=True)
                # By name, so that counts become floats; whole counts are exact in float32.
                records[list(rows)] = np.frombuffer(b"".join(states), kind).astype(self._wide)
        return records

    def write(self, names: Sequence[str], records: NDArray[Any]) -> None:
        """Put the records of objects in place of those that are there."""
        stamps = records["stamps"]
        whole = (stamps >= 0) & (stamps <= 65535) & (stamps == np.rint(stamps))
        states: list[bytes] = [b""] * len(names)
        is_narrow = whole.all(axis=(1, 2, 3))
        for rows, kind in ((is_narrow, self._narrow), (~is_narrow, self._wide)):
            for i, record in zip(np.flatnonzero(rows), records[rows].astype(kind), strict=True):
                states[i] = record.tobytes()
        with self._reaching():
            self._db.executemany(
                "INSERT INTO states VALUES (?, ?) "
                "ON CONFLICT (object_id) DO UPDATE SET state = excluded.state",
                zip(names, states, strict=True),
            )

    def close(self) -> None:
        """Close the file; what was committed is in it."""
        self._db.close()

    def _shape(self, shape: Mapping[str, int]) -> None:
        self._wide, self._narrow = layout("f4", **shape), layout("u2", **shape)

    def _description(self) -> dict[str, str]:
        with self._reaching():
            return dict(self._db.execute("SELECT name, value FROM description"))

    def _describe(self, model: str) -> None:
        """Make the tables of a new file; refuse another one that is not ours."""
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_schema")}
        if not tables:
            for statement in _TABLES.split(";"):
                self._db.execute(statement)
            entries = {"format": str(FORMAT), "model": model}
            self._db.executemany("INSERT INTO description VALUES (?, ?)", entries.items())
            return
        found = self._description() if {"description", "states"} <= tables else {}
        if "model" not in found:
            raise UsageError(
                f"{self.path}: expected the states of a stream or a new file, got an SQLite "
                "database of something else; give another path"
            )
        if found["format"] != str(FORMAT):
            raise SkymovieError(
                f"{self.path}: expected states of format {FORMAT}, got format {found['format']}; "
                "stream anew into another file, or use the version that wrote it"
            )
        if found["model"] != model:
            raise UsageError(
                f"{self.path}: expected the states of this model ({model[:12]}…), got those of "
                f"another ({found['model'][:12]}…); give that model, or another file for this one"
            )

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Say in one line what SQLite complains about."""
        try:
            yield
        except sqlite3.Error as error:
            raise SkymovieError(
                f"{self.path}: expected a file of states that can be read and written, got "
                f"{error}; see that it is one, on a local disk with room, and that no other "
                "process holds it"
            ) from error

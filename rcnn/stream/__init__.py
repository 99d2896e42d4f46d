"""One image at a time: what a survey's alerts need, where no movie is ever whole.

    import rcnn
    from rcnn.stream import Images, Stream

    with Stream(rcnn.load_pretrained("hits"), "states.db") as stream:
        for alerts in nights:
            images = Images(
                object_id=alerts.name,
                mjd=alerts.mjd,
                stamps=alerts.stamps,
                conditions={name: alerts[name] for name in stream.conditions},
            )
            answers = stream.update(images)
            answers.probabilities, answers.n_images, answers.status

An image costs the convolutions of one stack and one step of the LSTM, whether it is the object's
4th or its 22nd: nothing is computed anew. The answers are those of `RCNN.predict` over the images
so far.

What is taken, and what is not
------------------------------
An object's images are taken in the order of their dates. Those that are delivered together are
sorted first; each image has a status:

``new``
    Taken. There are probabilities from the third image on.
``seen``
    Delivered before, and known by its date and its pixels. The answer is the one it got then, and
    nothing changes; so whatever was delivered may be delivered again.
``late``
    Older than the last image taken and not among the last 22. It cannot be taken: the LSTM has no
    way back. Left out.
``other``
    Of the date of an image that was taken, but with other pixels: another reduction, or another
    object under the same name. Left out.
``full``
    The object has had its `longest` images. Left out; the answer after the last one stands.
``bad``
    Something is not finite: a pixel, the date, the sky. Left out.

One image that is left out stops none of the others; with it comes the object's answer as it stands.

After 22 images
---------------
The networks are trained on at most 22 images (`skymovie.movies.MAX_IMAGES`), and `RCNN.predict`
looks at no more. A stream stops there too, unless it is given a larger `longest`: then it goes on,
at the same cost. As far as HiTS can tell that does no harm: after 22 images the network shipped
with 0.1 names 0.91 of 95 simulated movies rightly and −ln p is 0.33, after 26 it is 0.92 and 0.31.
Dates far beyond those of the training, a month, are extrapolated.

Which image is an object's first is for the caller to say, by delivering none before it: transients
are trained from five images before their first alert on (`skymovie.measure.first_detection`). All
images must be of the band that the model knows.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rcnn.stream.one_image import OneImage, chunks
from rcnn.stream.states import REMEMBERED, States
from skymovie.movies import MAX_IMAGES, Movies
from surveys.errors import UsageError

if TYPE_CHECKING:
    from rcnn.model.classifier import RCNN

STACK = 3
"""n_w: images in a stack, as in `rcnn.network.preprocess`, which takes Keras' seconds to import."""

STATUSES = ("new", "seen", "late", "other", "full", "bad")


@dataclass(frozen=True)
class Images:
    """N images, each of some object; several may be of one.

    Attributes
    ----------
    object_id : str array, shape (N,)
    mjd : float64 array, shape (N,)
        Start of the exposure, days. By it an image of an object is known.
    stamps : array, shape (N, S, S)
        ADU with sky, the object in the centre.
    conditions : mapping of str to array, shape (N,)
        What the model asks for beside them (`Stream.conditions`): ``sky``, ADU; ``zero_point``,
        mag; and others, named as in `surveys.exposures.Exposures`.
    """

    object_id: NDArray[Any]
    mjd: NDArray[np.float64]
    stamps: NDArray[Any]
    conditions: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.object_id)

    @classmethod
    def of(cls, movies: Movies) -> Images:
        """All images of movies, object by object."""
        from rcnn.data.loader import inputs

        there = movies.exposure >= 0
        arrays = inputs(movies)
        per_image = {k: v[there] for k, v in arrays.items() if v.ndim == 2 and k != "days"}
        return cls(
            object_id=np.repeat(movies.object_id, there.sum(axis=1)),
            mjd=movies.conditions("mjd")[there],
            stamps=movies.images[there],
            conditions=per_image,
        )

    def select(self, rows: NDArray[Any]) -> Images:
        """The images named by an index or a boolean mask."""
        conditions = {name: values[rows] for name, values in self.conditions.items()}
        return Images(self.object_id[rows], self.mjd[rows], self.stamps[rows], conditions)

    def nights(self) -> Iterator[Images]:
        """The images of each night in turn, a night being from noon to noon UT."""
        night = np.floor(self.mjd - 0.5)
        for one in np.unique(night):
            yield self.select(night == one)


@dataclass(frozen=True)
class Answers:
    """What a stream says of N images.

    Attributes
    ----------
    probabilities : float32 array, shape (N, C)
        Of the classes after this image; NaN until the object has had three. For an image that was
        left out, those that stand.
    n_images : int array, shape (N,)
        Images that the answer rests on.
    status : str array, shape (N,)
        One of `STATUSES`; see `rcnn.stream`.
    """

    probabilities: NDArray[np.float32]
    n_images: NDArray[np.int32]
    status: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.status)

    def counts(self) -> dict[str, int]:
        """Number of images of each status that occurs."""
        return {s: n for s in STATUSES if (n := int((self.status == s).sum()))}


class Stream:
    """A trained network, and the states of all objects it has seen.

    Parameters
    ----------
    model : RCNN
    states : Path
        File of the states, begun where there is none; see `rcnn.stream.states.States`.
    longest : int
        Images of an object that are taken; see `rcnn.stream`.

    Raises
    ------
    UsageError
        If the file holds the states of another model, or `longest` is below three.
    """

    def __init__(self, model: RCNN, states: Path | str, longest: int = MAX_IMAGES) -> None:
        if longest < STACK:
            raise UsageError(f"longest: expected at least {STACK} images, got {longest}")
        self.longest = longest
        self._model = OneImage(model)
        self._states = States(states, self._model.identity)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *error: object) -> None:
        self._states.close()

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of what `Images.conditions` must hold."""
        return self._model.conditions

    @property
    def n_objects(self) -> int:
        """Objects of which there is a state."""
        return len(self._states)

    def update(self, images: Images) -> Answers:
        """Take images of any number of objects, and keep what the next ones need.

        All of them are one transaction: a process that is killed has taken all or none, and may be
        given them again. Memory grows with their number, by about 35 kB an object; some 500 to
        10,000 at a time are a good size.

        Raises
        ------
        UsageError
            If the arrays are not of one length, a condition is missing, or stamps differ in size
            from those before.
        SkymovieError
            If the states cannot be read or written.
        """
        stamps, conditions = self._checked(images)
        good = np.isfinite(stamps).all(axis=(1, 2)) & np.isfinite(conditions).all(axis=1)
        good &= np.isfinite(images.mjd)
        names, of = np.unique(np.asarray(images.object_id, np.str_), return_inverse=True)
        answers = Answers(
            np.full((len(images), self._model.classes), np.nan, np.float32),
            np.zeros(len(images), np.int32),
            np.full(len(images), "bad", "<U5"),
        )
        order = np.lexsort((images.mjd, of))
        order = order[good[order]]
        # Which of its object's images each one is, in the order of their dates.
        turn = np.arange(len(order)) - np.searchsorted(of[order], of[order])
        with self._states.transaction():
            self._states.lay_out(
                {
                    "stamp_size": stamps.shape[-1],
                    "classes": self._model.classes,
                    "conditions": len(self.conditions),
                    "references": self._model.references,
                    "memory": self._model.memory,
                },
                self.conditions,
            )
            records = self._states.read(names.tolist())
            for k in range(turn.max(initial=-1) + 1):
                rows = order[turn == k]
                new = _judge(records, of[rows], images.mjd[rows], stamps[rows], self.longest)
                answers.status[rows] = new
                taken = rows[new == "new"]
                self._take(records, of[taken], images.mjd[taken], stamps[taken], conditions[taken])
                _answer(records, of[rows], images.mjd[rows], new == "seen", rows, answers)
            rows = np.flatnonzero(~good)
            _answer(records, of[rows], images.mjd[rows], np.zeros(len(rows), bool), rows, answers)
            changed = np.unique(of[answers.status == "new"])
            self._states.write(names[changed].tolist(), records[changed])
        return answers

    def history(self, object_id: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """All answers about N objects, as `RCNN.predict` gives them.

        Returns
        -------
        probabilities : array, shape (N, T, C)
            Step t was made after t + 3 images, T = 20. NaN beyond an object's last image, and where
            the answer is no longer kept: of more than 22 images the last 22 are.
        n_images : array, shape (N,)
        """
        names, of = np.unique(np.asarray(object_id, np.str_), return_inverse=True)
        T = REMEMBERED - STACK + 1
        if not self._states.laid_out:
            nothing = np.full((len(of), T, self._model.classes), np.nan, np.float32)
            return nothing, np.zeros(len(of), np.int32)
        with self._states.transaction():
            records = self._states.read(names.tolist())[of]
        n = records["n_images"]
        column = np.arange(T) + STACK - 1 - np.maximum(n - REMEMBERED, 0)[:, None]
        kept = np.take_along_axis(
            records["probabilities"], np.maximum(column, 0)[:, :, None], axis=1
        )
        return np.where((column < 0)[:, :, None], np.float32(np.nan), kept), n

    def _checked(self, images: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Stamps (N, S, S) and conditions (N, K) as the network takes them."""
        N, shape = len(images), np.shape(images.stamps)
        if len(shape) != 3 or shape[0] != N or shape[1] != shape[2] or len(images.mjd) != N:
            raise UsageError(
                f"expected a date and a square stamp for each of {N} images, got "
                f"{len(images.mjd)} dates and stamps of shape {shape}"
            )
        missing = [name for name in self.conditions if name not in images.conditions]
        if missing:
            raise UsageError(
                f"expected the conditions {', '.join(self.conditions)} of each image, got "
                f"{', '.join(images.conditions) or 'none'}; add {', '.join(missing)}"
            )
        columns = [np.asarray(images.conditions[name], np.float32) for name in self.conditions]
        if any(column.shape != (N,) for column in columns):
            shapes = ", ".join(str(column.shape) for column in columns)
            raise UsageError(f"expected conditions of shape ({N},), got {shapes}")
        return np.asarray(images.stamps, np.float32), np.stack(columns, axis=1)

    def _take(
        self,
        records: NDArray[Any],
        of: NDArray[np.int64],
        mjd: NDArray[np.float64],
        stamps: NDArray[np.float32],
        conditions: NDArray[np.float32],
    ) -> None:
        """Let each record go on by its object's new image."""
        n = records["n_images"][of]
        records["start"][of[n == 0]] = mjd[n == 0]
        slot = np.minimum(n, REMEMBERED - 1)
        whole = of[n >= REMEMBERED]
        for name in ("mjd", "checksum", "probabilities"):
            records[name][whole, :-1] = records[name][whole, 1:]
        records["mjd"][of, slot] = mjd
        records["checksum"][of, slot] = _checksums(stamps)
        records["probabilities"][of, slot] = np.nan
        for rows in chunks(np.flatnonzero(n >= STACK - 1)):
            o = of[rows]
            times = slot[rows][:, None] + np.arange(1 - STACK, 1)
            days = records["mjd"][o[:, None], times] - records["start"][o][:, None]
            probabilities, kept = self._model.step(
                np.concatenate([records["stamps"][o], stamps[rows, None]], axis=1),
                np.concatenate([records["conditions"][o], conditions[rows, None]], axis=1),
                days.astype(np.float32),
                {name: records[name][o] for name in ("reference", "output", "cell")},
            )
            records["probabilities"][o, slot[rows]] = probabilities
            for name, values in kept.items():
                records[name][o] = values
        for name, values in (("stamps", stamps), ("conditions", conditions)):
            records[name][of, 0] = records[name][of, 1]
            records[name][of, 1] = values
        records["n_images"][of] += 1


def _judge(
    records: NDArray[Any],
    of: NDArray[np.int64],
    mjd: NDArray[np.float64],
    stamps: NDArray[np.float32],
    longest: int,
) -> NDArray[np.str_]:
    """Status of one image each of M objects, before any of them is taken."""
    n = records["n_images"][of]
    at, known = _find(records, of, mjd)
    same = known & (records["checksum"][of, at] == _checksums(stamps))
    last = records["mjd"][of, np.clip(n, 1, REMEMBERED) - 1]
    cases = [same, known, (n > 0) & (mjd < last), n >= longest]
    return np.select(cases, ["seen", "other", "late", "full"], "new")


def _find(
    records: NDArray[Any], of: NDArray[np.int64], mjd: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which of its object's remembered images has each date, and whether any has."""
    there = np.arange(REMEMBERED) < records["n_images"][of][:, None]
    same = there & (records["mjd"][of] == mjd[:, None])
    return same.argmax(axis=1), same.any(axis=1)


def _answer(
    records: NDArray[Any],
    of: NDArray[np.int64],
    mjd: NDArray[np.float64],
    seen: NDArray[np.bool_],
    rows: NDArray[np.int64],
    answers: Answers,
) -> None:
    """Put the answers about some images into their rows: the last one, or where `seen`, its own."""
    n = records["n_images"][of]
    kept = np.minimum(n, REMEMBERED)
    at = np.where(seen, _find(records, of, mjd)[0], np.maximum(kept - 1, 0))
    answers.probabilities[rows] = records["probabilities"][of, at]
    answers.n_images[rows] = np.where(n > 0, n - kept + at + 1, 0)


def _checksums(stamps: NDArray[np.float32]) -> NDArray[np.uint32]:
    """By which a stamp is known again, shape (M,)."""
    return np.array([zlib.crc32(stamp.tobytes()) for stamp in stamps], np.uint32)

"""What the network looked at: which parts of a movie its answer rests on.

Occlusion, after Zeiler & Fergus (2014, ECCV, §4.2): a small patch is covered, the network asked
again, and the change of its answer noted at the place of the patch. Nothing but `RCNN.predict` is
asked for, so that it works on any backend and for whatever the network has inside. They cover with
grey; here the patch shows sky of the same image, pixels drawn from the frame of the stamp, because
a patch without noise is a sight that the network has never seen.

The change is that of the log-odds ln(p / (1 − p)), the weight of evidence of Robnik-Šikonja &
Kononenko (2008, IEEE TKDE 20, 589, §2.2): a confident answer's ln p hardly moves whatever is
covered.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rcnn.settings import EVALUATION_BATCH
from skymovie import CLASSES, Movies
from skymovie.plots.image_by_image import FRAME
from skymovie.predictions import FIRST_PREDICTION
from surveys.errors import UsageError

PATCH = 5
"""Side of the patch, px: about a seeing disc of HiTS."""

FLOOR = 1e-6
"""Probabilities nearer to 0 or 1 than this count as this near: a float32 hardly tells more."""

STRIDE = 3
"""Pixels between the patches in a single image; in all images at once they stand at every pixel."""


class Predicts(Protocol):
    """What can be explained: an `RCNN`, or anything that answers as it does."""

    def predict(self, movies: Movies) -> NDArray[Any]:
        """Class probabilities, shape (N, T, C); step t was made after t + 3 images."""
        ...


@dataclass(frozen=True)
class Explanation:
    """What was asked of one movie of E images, and what came.

    Attributes
    ----------
    movie : Movies
        One movie, as `Movies.sequences` has it: its first E images are what was classified.
    probabilities : array, shape (E − 2, C)
        After 3 … E images.
    name : str
        The class whose probability is explained.
    patch : int
        Side of the patch, px.
    whole : array, shape (S, S)
        By how much the log-odds of the class after the last image fall where a patch is covered in
        all images: at each pixel the mean over the patches that reach it. Positive where what is
        seen there speaks for the class.
    each : array, shape (E, S, S)
        The same for patches in one image at a time.
    """

    movie: Movies
    probabilities: NDArray[np.float64]
    name: str
    patch: int
    whole: NDArray[np.float64]
    each: NDArray[np.float64]

    @property
    def named(self) -> NDArray[np.int64]:
        """Index in `CLASSES` of the most probable class after each image, shape (E − 2,)."""
        return self.probabilities.argmax(axis=1)


def explain(
    model: Predicts, movies: Movies, row: int = 0, *, name: str | None = None, patch: int = PATCH
) -> Explanation:
    """Explain the last answer of a network about one movie.

    Takes about S² + E (S / `STRIDE`)² predictions: ten seconds on two cores.

    Parameters
    ----------
    model : RCNN
    movies : Movies
    row : int
        Which of them.
    name : str, optional
        One of `CLASSES`, whose probability is explained; without it, the one that is most probable
        after the last image.
    patch : int
        Side of the patch, px: odd, at least `STRIDE`, smaller than the stamp.

    Raises
    ------
    UsageError
        If there is no such class, the patch does not fit, or the movie has fewer than 3 images.
    """
    movie = movies.select(np.array([row])).sequences()
    size, E = movie.images.shape[-1], int(movie.n_images[0])
    if name is not None and name not in CLASSES:
        raise UsageError(f"expected a class among {', '.join(CLASSES)}; got {name!r}")
    if not (STRIDE <= patch < size and patch % 2):
        raise UsageError(
            f"expected a patch of an odd number of pixels from {STRIDE} to {size - 1}, got {patch}"
        )
    if E < FIRST_PREDICTION:
        raise UsageError(
            f"{movie.object_id[0]}: expected at least {FIRST_PREDICTION} images to classify, got "
            f"{E}; choose another object"
        )
    last = E - FIRST_PREDICTION
    probabilities = np.asarray(model.predict(movie)[0, : last + 1], np.float64)
    code = CLASSES.index(name) if name else int(probabilities[-1].argmax())
    sky = _sky(movie)

    def drop(covers: NDArray[np.bool_]) -> NDArray[np.float64]:
        """By how much the log-odds fall under covers, shape (M, E or 1, S, S)."""
        p = [model.predict(part)[:, last, code] for part in _covered(movie, sky, covers)]
        return log_odds(probabilities[-1, code]) - log_odds(np.concatenate(p))

    dense, sparse = patches(size, patch, 1), patches(size, patch, STRIDE)
    whole = spread(drop(dense[:, None]), dense)
    each = np.empty((E, size, size))
    for image in range(E):
        covers = np.zeros((len(sparse), movie.images.shape[1], size, size), bool)
        covers[:, image] = sparse
        each[image] = spread(drop(covers), sparse)
    return Explanation(movie, probabilities, CLASSES[code], patch, whole, each)


def patches(size: int, side: int, stride: int) -> NDArray[np.bool_]:
    """Square patches on a stamp, shape (M, size, size).

    Their centres stand `stride` pixels apart with the stamp's own centre among them; what reaches
    over the edge is cut off.
    """
    centres = np.arange(size // 2 % stride, size, stride)
    near = np.abs(np.arange(size) - centres[:, None]) <= side // 2
    return (near[:, None, :, None] & near[None, :, None, :]).reshape(-1, size, size)


def spread(values: NDArray[np.float64], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """At each pixel the mean of the values, (M,), of the patches, (M, S, S), that reach it."""
    return np.tensordot(values, masks, 1) / masks.sum(axis=0)


def _sky(movie: Movies) -> NDArray[Any]:
    """Images, shape (E, S, S), of sky alone: pixels drawn from the frame of each stamp.

    The draw depends on the object's name alone.
    """
    rng = np.random.default_rng(zlib.crc32(str(movie.object_id[0]).encode()))
    images = movie.images[0]
    frame = np.ones(images.shape[1:], bool)
    frame[FRAME:-FRAME, FRAME:-FRAME] = False
    drawn = rng.integers(int(frame.sum()), size=images.shape)
    return np.take_along_axis(images[:, frame], drawn.reshape(len(images), -1), axis=1).reshape(
        images.shape
    )


def _covered(movie: Movies, sky: NDArray[Any], covers: NDArray[np.bool_]) -> Iterator[Movies]:
    """Copies of a movie, sky where the covers, shape (M, E or 1, S, S), are true."""
    for first in range(0, len(covers), EVALUATION_BATCH):
        part = covers[first : first + EVALUATION_BATCH]
        copies = movie.select(np.zeros(len(part), np.int64))
        yield replace(copies, images=np.where(part, sky, copies.images))


def log_odds(p: Any) -> NDArray[np.float64]:
    """ln(p / (1 − p)), with p kept `FLOOR` away from 0 and 1."""
    p = np.clip(np.asarray(p, np.float64), FLOOR, 1 - FLOOR)
    return np.log(p / (1 - p))

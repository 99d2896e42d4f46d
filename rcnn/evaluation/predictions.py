"""What a network says of movies, kept with all that judging it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcnn.data import loader
from rcnn.model import calibration
from rcnn.model.classifier import RCNN
from skymovie import CLASSES, Movies, predictions
from skymovie.classes import TRANSIENTS
from skymovie.measure import photometry
from skymovie.movie_length import note_left_out
from skymovie.movies import MAX_IMAGES
from skymovie.predictions import FIRST_PREDICTION
from surveys.errors import UsageError


@dataclass(frozen=True)
class Answers:
    """What was said of N objects after each of T steps.

    Attributes
    ----------
    sample : str
        ``real`` or ``simulated``.
    object_id, label : str arrays, shape (N,)
    n_images : int array, shape (N,)
        Images that were classified, at least 3.
    magnitude : array, shape (N,)
        Measured brightness in the images that were classified: their median, of a transient the
        brightest (as `skymovie.measure.catalogue.Catalogue.magnitudes`); NaN where nothing could be
        measured.
    logits : array, shape (N, T, C)
        Step t was made after t + 3 images.
    memory : array, shape (N, U)
        Output of the LSTM after the last image.
    temperature : float
    prior : array, shape (C,), or None
        Those of the model.
    """

    sample: str
    object_id: NDArray[np.str_]
    label: NDArray[np.str_]
    n_images: NDArray[np.int64]
    magnitude: NDArray[np.float64]
    logits: NDArray[np.float32]
    memory: NDArray[np.float32]
    temperature: float = 1.0
    prior: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.label)

    @cached_property
    def code(self) -> NDArray[np.int64]:
        """Index of each object's class in `CLASSES`."""
        return pd.Index(CLASSES).get_indexer(pd.Index(self.label)).astype(np.int64)

    @cached_property
    def classes(self) -> list[str]:
        """The classes that occur, in canonical order."""
        there = set(self.label)
        return [name for name in CLASSES if name in there]

    def logits_after(self, n_images: int = MAX_IMAGES) -> NDArray[np.float32]:
        """Logits after so many images, or the last one of a shorter movie; shape (N, C)."""
        step = np.minimum(self.n_images, n_images) - FIRST_PREDICTION
        return self.logits[np.arange(len(self)), step]

    def after(self, n_images: int = MAX_IMAGES) -> NDArray[np.float32]:
        """Calibrated probabilities after so many images, shape (N, C)."""
        return calibration.probabilities(self.logits_after(n_images), self.temperature, self.prior)

    def class_weight(self) -> NDArray[np.float64]:
        """Weights of the objects under which all classes that occur weigh alike, shape (N,)."""
        number = np.bincount(self.code, minlength=len(CLASSES))
        return np.asarray(1.0 / number[self.code])

    def table(self, classifier: str = "rcnn") -> pd.DataFrame:
        """The prediction table; see `skymovie.predictions`."""
        return predictions.table(
            calibration.probabilities(self.logits, self.temperature, self.prior),
            self.n_images,
            self.object_id,
            self.label,
            classifier=classifier,
            sample=self.sample,
        )

    def objects(self) -> pd.DataFrame:
        """One row an object after its last image: what it is, what it is taken for, how surely."""
        p = self.after()
        named = p.argmax(axis=1)
        return pd.DataFrame(
            {
                "sample": self.sample,
                "object_id": self.object_id,
                "label": self.label,
                "named": np.asarray(CLASSES)[named],
                "probability": p.max(axis=1),
                "loss": losses(self),
                "magnitude": self.magnitude,
                "n_images": self.n_images,
            }
        )


def losses(answers: Answers) -> NDArray[np.float64]:
    """−ln p(true class) after the last image, shape (N,)."""
    true = answers.after()[np.arange(len(answers)), answers.code]
    return -np.log(np.maximum(true.astype(np.float64), 1e-30))


def ask(
    model: RCNN,
    batches: Iterable[Movies],
    sample: str,
    advance: Callable[[int], None] = lambda n: None,
) -> Answers:
    """Let a network look at movies, a batch at a time; a note counts those that are too short.

    Parameters
    ----------
    batches : Movies
        Such as `rcnn.data.loader.in_batches` gives them.
    advance : function
        Called with the number of movies that are done.

    Raises
    ------
    UsageError
        If there is no movie of three images or more.
    """
    look = _eyes(model)
    parts, n, short = [], 0, 0
    for movies in batches:
        sequences = movies.sequences()
        long = sequences.select(sequences.n_images >= FIRST_PREDICTION)
        n, short = n + len(movies), short + len(movies) - len(long)
        if len(long):
            memory, logits = (np.asarray(x) for x in look.predict_on_batch(loader.inputs(long)))
            last = long.n_images - FIRST_PREDICTION
            parts.append(
                Answers(
                    sample=sample,
                    object_id=long.object_id,
                    label=long.truth["label"].to_numpy(dtype=np.str_),
                    n_images=long.n_images,
                    magnitude=brightness(long),
                    logits=logits,
                    memory=memory[np.arange(len(long)), last],
                    temperature=model.temperature,
                    prior=model.prior,
                )
            )
        advance(len(movies))
    if not parts:
        raise UsageError(
            f"expected {sample} movies of {FIRST_PREDICTION} images or more to evaluate, got none"
        )
    note_left_out(short, n, f"{sample} movies")
    return join(parts)


def join(parts: list[Answers]) -> Answers:
    """Answers of one sample and model, one after the other."""
    arrays = ("object_id", "label", "n_images", "magnitude", "logits", "memory")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays
    }
    return replace(parts[0], **joined)


def brightness(sequences: Movies) -> NDArray[np.float64]:
    """Measured magnitude of each movie, shape (N,); see `Answers`."""
    measured = photometry.measure(sequences).magnitude
    transient = np.isin(sequences.truth["label"].to_numpy(dtype=np.str_), TRANSIENTS)
    out = np.full(len(sequences), np.nan)
    known = np.isfinite(measured).any(axis=1)
    for rows, middle in ((known & transient, np.nanmin), (known & ~transient, np.nanmedian)):
        if rows.any():
            out[rows] = middle(measured[rows], axis=1)
    return out


def _eyes(model: RCNN) -> Any:
    """The network with what its LSTM gives out beside the logits: (B, T, U) and (B, T, C)."""
    from rcnn.backend import keras

    class FeatureExtractor(keras.Model):
        def __init__(self, network: Any) -> None:
            super().__init__(dtype="float32")
            self.network = network

        def call(self, inputs: dict[str, Any]) -> tuple[Any, Any]:
            memory = self.network.memory(inputs)
            return memory, self.network.logits(memory)

    return FeatureExtractor(model.network)

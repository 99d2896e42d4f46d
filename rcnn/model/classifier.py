"""A trained network as people use it: load it, give it movies, get probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcnn import settings as settings_file
from rcnn.data.loader import inputs
from rcnn.model import calibration, pretrained, tuned_on
from rcnn.network import weights_io
from rcnn.network.network import Network
from rcnn.network.preprocess import STACK
from rcnn.settings import EVALUATION_BATCH, NETWORK, TrainingSettings
from skymovie import CLASSES, Movies, predictions
from skymovie.predictions import FIRST_PREDICTION
from surveys.errors import SkymovieError
from surveys.files import atomic
from surveys.files.checksum import checksum
from surveys.files.paths import local

WEIGHTS = "model.weights.h5"


class RCNN:
    """The recurrent convolutional network with its weights.

    Attributes
    ----------
    settings : TrainingSettings
        Those it was trained with.
    network : Network
        The Keras model underneath.
    store : str
        Path of the movie store it was trained on; empty where that is not known.
    temperature : float
        By which logits are divided before they become probabilities; see `rcnn.model.calibration`.
    prior : array, shape (C,), or None
        Shares of the classes on the sky that the probabilities are of; None for equal ones.
    tuned_on : DataFrame
        Real movies that it, or weights it began with, were tuned on; see `rcnn.model.tuned_on`.
    """

    def __init__(self, settings: TrainingSettings, store: str = "", stamp_size: int = 21) -> None:
        self.settings = settings
        self.store = store
        self.temperature = 1.0
        self.prior: NDArray[np.float64] | None = None
        self.tuned_on = tuned_on.none()
        self.network = Network(settings)
        self.network(example(stamp_size))  # makes the weights

    @property
    def identity(self) -> str:
        """SHA-256 of the weights, the settings that say what they mean, temperature and prior.

        The precision is not part of it: states of a stream go from a machine with bfloat16 to one
        without.
        """
        described = [
            [getattr(self.settings, name) for name in NETWORK],
            float(self.temperature),
            [np.asarray(weight) for weight in self.network.get_weights()],
        ]
        # Without a prior the sum is what it was before there were any: those states stay good.
        return checksum(described if self.prior is None else [*described, self.prior])

    def predict(self, movies: Movies, batch: int = EVALUATION_BATCH) -> NDArray[np.float32]:
        """Class probabilities after every image.

        Parameters
        ----------
        movies : Movies
            N movies; what is classified is `Movies.sequences` of them.
        batch : int
            Movies at a time; bounds the memory.

        Returns
        -------
        array, shape (N, T, C)
            Step t was made after t + 3 images. Steps beyond a movie's last image are NaN.
        """
        out = self.probabilities(self.logits(movies, batch))
        images = np.arange(out.shape[1]) + STACK
        out[images > movies.sequences().n_images[:, None]] = np.nan
        return out

    def tabulate(
        self, movies: Movies, *, classifier: str = "rcnn", sample: str = "", trial: int = 0
    ) -> pd.DataFrame:
        """The prediction table of some movies, one row an image; see `skymovie.predictions`."""
        return predictions.table(
            self.predict(movies),
            movies.sequences().n_images,
            movies.object_id,
            movies.truth["label"].to_numpy(dtype=np.str_),
            classifier=classifier,
            sample=sample,
            trial=trial,
        )

    def classify(self, movies: Movies) -> pd.DataFrame:
        """What each object is, after all of its images.

        Returns
        -------
        DataFrame, N rows
            ``object_id``, ``n_images`` that were used, the most probable class as ``prediction``,
            and one column of probabilities a class, named like it; NaN, and no prediction, where
            there were fewer than three images.
        """
        probabilities = self.predict(movies)
        used = movies.sequences().n_images
        last = probabilities[np.arange(len(movies)), np.maximum(used - FIRST_PREDICTION, 0)]
        frame = pd.DataFrame({"object_id": movies.object_id, "n_images": used})
        best = np.asarray(CLASSES)[np.nan_to_num(last).argmax(axis=1)]
        frame["prediction"] = np.where(used < FIRST_PREDICTION, "", best)
        frame[list(CLASSES)] = last
        return frame

    def probabilities(self, logits: Any) -> NDArray[np.float32]:
        """Calibrated class probabilities from logits: softmax(logits / temperature), shifted.

        Batch and stream predictions come from here; see `rcnn.model.calibration.probabilities`.

        Parameters
        ----------
        logits : array or tensor, shape (…, C)
        """
        return calibration.probabilities(logits, self.temperature, self.prior)

    def logits(self, movies: Movies, batch: int = EVALUATION_BATCH) -> NDArray[np.float32]:
        """Logits after every image, shape (N, T, C), before any calibration; see `predict`."""
        from rcnn.backend import ops

        sequences = movies.sequences()
        steps = sequences.exposure.shape[1] - STACK + 1
        classes = self.network.logits.units
        out = [np.zeros((0, steps, classes), np.float32)]
        for first in range(0, len(sequences), batch):
            part = sequences.select(np.arange(first, min(first + batch, len(sequences))))
            if part.n_images.max() < STACK:  # nothing to convolve
                out.append(np.zeros((len(part), steps, classes), np.float32))
                continue
            logits = self.network.predict_on_batch(inputs(part))
            out.append(ops.convert_to_numpy(logits))
        return np.concatenate(out)

    def save_weights(self, folder: Path) -> None:
        """Write the weights into `folder`, whole or not at all."""
        folder = local(folder)
        with atomic.replacing(folder / WEIGHTS, ".weights.h5") as part:  # Keras wants it so
            self.network.save_weights(part)


def load(folder: Path | str) -> RCNN:
    """Load the best model of a training run, or a release of one.

    HDF5 or NumPy arrays, and TOML settings: no code is run.

    Raises
    ------
    SkymovieError
        If a file is missing or damaged.
    """
    folder = local(folder)
    settings, more = settings_file.read(folder / settings_file.FILE)
    model = RCNN(settings, more.get("store", ""), more.get("stamp_size", 21))
    model.temperature = calibration.read(folder)
    model.prior = calibration.read_prior(folder)
    model.tuned_on = tuned_on.read(folder)
    if (folder / weights_io.FILE).exists():
        weights_io.read(model.network, folder)
        return model
    try:
        model.network.load_weights(folder / WEIGHTS)
    except (OSError, ValueError, KeyError) as error:
        raise SkymovieError(
            f"{folder / WEIGHTS}: expected the weights of a training run, got "
            f"{type(error).__name__}: {error}; train again, or wait for the first validation"
        ) from error
    return model


def load_pretrained(name: str) -> RCNN:
    """Load weights that come with skymovie.

    Raises
    ------
    UsageError
        If there are none of that name.
    """
    return load(pretrained.folder(name))


def example(stamp_size: int) -> dict[str, Any]:
    """One movie of three empty images, with every input that `rcnn.data.loader.inputs` gives."""
    per_image = np.zeros((1, STACK), np.float32)
    return {
        "images": np.zeros((1, STACK, stamp_size, stamp_size), np.uint16),
        "sky": per_image,
        "zero_point": per_image,
        "seeing": per_image,
        "days": per_image,
        "n_images": np.full(1, STACK, np.int32),
    }

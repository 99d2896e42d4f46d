"""Sequences a second: our training step against a plain Keras loop in float32, in one run.

Both train Table 3's network by AMSGrad on the same batches of one simulated store, round by round
in turn. Ours is what `train-rcnn --preset paper` does, reading included: uint16 movies from the
store, precision by hardware, real frames alone through the convolutions, batch renormalization.
The plain one is the same network of Keras' own layers (Conv2D, BatchNormalization, Dense, Dropout,
LSTM) under `train_on_batch`; its batches lie ready in memory, and are calibrated and stacked by our
layer. It is not compiled by XLA, with which it would be several times slower on a CPU. What a round
takes depends on what else the machine does, hence the best of several. Last line: one JSON object.

    python benchmarks/train_speed.py
    python benchmarks/train_speed.py --batch 256    # as in the paper; takes 12 GB
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import surveys
from movies import CLASSES
from movies.movie import MAX_IMAGES
from movies.store import MovieStore
from rcnn import data
from rcnn.backend import keras, layers
from rcnn.model import RCNN
from rcnn.network import sequence_loss
from rcnn.preprocess import STACK, Preprocess
from rcnn.settings import TrainingSettings, preset
from rcnn.steps import KerasSteps
from rcnn.training import compile_network
from simulate import run


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=64, help="movies in a batch (%(default)s)")
    parser.add_argument("--steps", type=int, default=4, help="batches in a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=4, help="of each in turn (%(default)s)")
    options = parser.parse_args()
    settings = preset("paper", batch=options.batch)
    with tempfile.TemporaryDirectory() as folder:
        n = options.batch * options.steps
        store = run.write(surveys.load("hits"), Path(folder) / "movies", n, workers=1)
        batches = data.training_batches(store, options.batch, settings.seed, settings.augment)
        ready = list(itertools.islice(batches, options.steps))
        ours, theirs = _ours(store, settings, options.steps), _plain(settings, ready)
        ours(), theirs()  # builds the graphs
        seconds: list[tuple[float, float]] = []
        for k in range(options.rounds):
            seconds.append((_seconds(ours), _seconds(theirs)))
            rates = [n / s for s in seconds[-1]]
            print(
                f"round {k + 1}: ours {rates[0]:.1f} ({settings.dtype}), plain {rates[1]:.1f} "
                "sequences/s",
                flush=True,
            )
    real = sum(int(arrays["n_images"].sum()) - 2 * len(target) for arrays, target in ready)
    steps = n * (MAX_IMAGES - STACK + 1)
    print(f"{real / steps:.0%} of the steps are real; the rest is padding, which ours leaves out")
    our_rate, plain_rate = (n / min(column) for column in zip(*seconds, strict=True))
    print(
        json.dumps(
            {
                "ratio": round(our_rate / plain_rate, 2),
                "sequences_per_second": round(our_rate, 1),
                "plain": round(plain_rate, 1),
            }
        )
    )


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ours(store: MovieStore, settings: TrainingSettings, steps: int) -> Callable[[], None]:
    """One pass over the store, as `rcnn.training` does it."""
    network = RCNN(settings).network
    compile_network(network, settings.learning_rate)

    def work() -> None:
        with closing(KerasSteps(network, store, settings, start=0)) as training:
            training.run([settings.learning_rate] * steps)

    return work


def _plain(settings: TrainingSettings, batches: list[Any]) -> Callable[[], None]:
    """The same batches through a network of stock layers."""
    network = _stock(settings, batches[0][0]["images"].shape[1:])
    network.compile(
        optimizer=keras.optimizers.Adam(settings.learning_rate, amsgrad=True),
        loss=sequence_loss,
        jit_compile=False,
    )

    def work() -> None:
        for arrays, target in batches:
            network.train_on_batch(arrays, target)

    return work


def _stock(settings: TrainingSettings, shape: tuple[int, int, int]) -> Any:
    """Table 3 of Keras' own layers, in float32, for movies of shape (E, S, S)."""
    E, S, _ = shape
    T = E - STACK + 1
    inputs = {
        "images": keras.Input(shape, dtype="uint16", name="images"),
        "n_images": keras.Input((), dtype="int32", name="n_images"),
        **{name: keras.Input((E,), name=name) for name in ("sky", "zero_point", "days")},
    }
    stacks, days, _ = Preprocess(settings.stretch)(inputs)
    x = layers.Lambda(lambda s: keras.ops.reshape(s, (-1, S, S, STACK)))(stacks)
    x = layers.BatchNormalization()(x)
    for group in settings.channels:
        for channels in group:
            x = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Dense(settings.features, activation="relu")(layers.Flatten()(x))
    x = layers.Dropout(settings.dropout)(x)
    x = layers.Lambda(lambda f: keras.ops.reshape(f, (-1, T, settings.features)))(x)
    x = layers.LSTM(settings.memory, return_sequences=True)(layers.Concatenate()([x, days]))
    return keras.Model(inputs, layers.Dense(len(CLASSES))(x))


if __name__ == "__main__":
    main()

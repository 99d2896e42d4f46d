"""Sequences a second: our training step against a plain Keras loop in float32, in one run.

Both train Table 3's network by AMSGrad on the same batches of one simulated store, round by round
in turn. Ours is what `train-rcnn --preset paper` does, reading included: uint16 movies from the
store, precision by hardware, real frames alone through the convolutions, batch renormalization.
The plain one is the same network of Keras' own layers (Conv2D, BatchNormalization, Dense, Dropout,
LSTM) under `train_on_batch`; its batches lie ready in memory, and are calibrated and stacked by our
layer. It is not compiled by XLA, with which it would be several times slower on a CPU, and has
oneDNN's kernels, as ours has, where TensorFlow by itself would leave them out. What else
the machine does slows both: the ratio is the median over rounds, and beside it stands that of the
seconds on all cores. Last line: one JSON object.

    python benchmarks/train_speed.py
    python benchmarks/train_speed.py --batch 256    # as in the paper; four times the memory, 16 GB
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

import numpy as np

import surveys
from rcnn.backend import keras, layers
from rcnn.data import loader
from rcnn.model.classifier import RCNN
from rcnn.network.network import sequence_loss
from rcnn.network.preprocess import STACK, Preprocess
from rcnn.settings import TrainingSettings, preset
from rcnn.training.steps import KerasSteps
from rcnn.training.training import compile_network
from simulate.run import run
from skymovie import CLASSES
from skymovie.movies import MAX_IMAGES
from skymovie.store.movie_store import MovieStore


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
        batches = loader.training_batches(store, options.batch, settings.seed, settings.augment)
        ready = list(itertools.islice(batches, options.steps))
        ours, theirs = _ours(store, settings, options.steps), _plain(settings, ready)
        ours(), theirs()  # builds the graphs
        rounds = []
        for k in range(options.rounds):
            rounds.append((*_seconds(ours), *_seconds(theirs)))
            print(
                f"round {k + 1}: ours {n / rounds[-1][0]:.1f} ({settings.dtype}), "
                f"plain {n / rounds[-1][2]:.1f} sequences/s",
                flush=True,
            )
    real = sum(int(arrays["n_images"].sum()) - 2 * len(target) for arrays, target in ready)
    steps = n * (MAX_IMAGES - STACK + 1)
    print(f"{real / steps:.0%} of the steps are real; the rest is padding, which ours leaves out")
    wall, cpu, plain_wall, plain_cpu = np.array(rounds).T
    print(
        json.dumps(
            {
                "ratio": round(float(np.median(plain_wall / wall)), 2),
                "sequences_per_second": round(float(n / np.median(wall)), 1),
                "plain": round(float(n / np.median(plain_wall)), 1),
                "cpu_ratio": round(float(np.median(plain_cpu / cpu)), 2),
            }
        )
    )


def _seconds(work: Callable[[], None]) -> tuple[float, float]:
    """Of wall time and on all cores."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def _ours(store: MovieStore, settings: TrainingSettings, steps: int) -> Callable[[], None]:
    """One pass over the store, as `rcnn.training.training` does it."""
    network = RCNN(settings).network
    compile_network(network, settings.learning_rate)

    def work() -> None:
        with closing(KerasSteps(network, store, settings, start=0)) as training:
            training.run([settings.learning_rate] * steps)

    return work


def _plain(settings: TrainingSettings, batches: list[Any]) -> Callable[[], None]:
    """The same batches through a network of stock layers."""
    network = _stock(settings, batches[0][0])
    network.compile(
        optimizer=keras.optimizers.Adam(settings.learning_rate, amsgrad=True),
        loss=sequence_loss,
        jit_compile=False,
    )

    def work() -> None:
        for arrays, target in batches:
            network.train_on_batch(arrays, target)

    return work


def _stock(settings: TrainingSettings, example: loader.Arrays) -> Any:
    """Table 3 of Keras' own layers, in float32, for batches like the example."""
    E, S = example["images"].shape[1:3]
    T = E - STACK + 1
    inputs = {
        name: keras.Input(values.shape[1:], dtype=str(values.dtype), name=name)
        for name, values in example.items()
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

"""Images a second taken one by one, states read and written; and the forest's cost of the same.

Objects come with 22 images each; what is timed is the delivery of everyone's next image, batch by
batch, into a file that holds the states of many other objects beside. The first two images of each
object, which are only stored, are not counted. The forest's update is the photometry of the new
image, the features of the whole light curve and the forest's answer, for as many objects at once.
Cost is the least wall time of several batches. Last line: one JSON object.

    python benchmarks/stream.py
    python benchmarks/stream.py --model run --others 1000000 --batch 1024
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import surveys
from lightcurve_rf.features import extract
from lightcurve_rf.forest import ForestSettings, train
from rcnn.stream import Images, Stream
from simulate.run import run
from skymovie import Movies
from skymovie.measure.photometry import measure
from skymovie.movies import MAX_IMAGES
from skymovie.predictions import FIRST_PREDICTION
from skymovie.store.cost import complete, image, timed


def batches(movies: Movies, size: int) -> Iterator[np.ndarray]:
    """Rows of full batches."""
    for first in range(0, len(movies) - size + 1, size):
        yield np.arange(first, first + size)


def fill(stream: Stream, movies: Movies, others: int) -> None:
    """Put the states of other objects into the file: copies of one that had an image."""
    if not others:
        return
    stream.update(Images.of(image(movies.select(np.array([0])), 1)))
    states = stream._states
    with states.transaction():
        one = states.read(movies.object_id[:1].tolist())
    for first in range(0, others, 10_000):
        n = min(10_000, others - first)
        with states.transaction():
            states.write([f"other {first + k:08d}" for k in range(n)], np.repeat(one, n))


def streamed(stream: Stream, movies: Movies, size: int) -> np.ndarray:
    """Wall and CPU seconds of each batch at each image number, shape (2, 22, batches)."""
    given = [Images.of(movies.select(rows)) for rows in batches(movies, size)]
    seconds = np.empty((2, MAX_IMAGES, len(given)))
    for k in range(MAX_IMAGES):
        for b, images in enumerate(given):
            # Image k of each object; objects follow one another with 22 images each.
            new = images.select(np.arange(size) * MAX_IMAGES + k)
            seconds[:, k, b], answers = timed(partial(stream.update, new))
            assert answers.counts() == {"new": size}
    return seconds


def forests(movies: Movies) -> dict[int, Any]:
    """Forests for the 4th and the 22nd image, and the light curves."""
    curves = measure(movies)
    columns = (curves.time, curves.magnitude, curves.magnitude_error)
    rng = np.random.default_rng(0)
    found = {}
    for n in (4, MAX_IMAGES):
        features = extract(*(c[:, :n] for c in columns))[:, None]
        found[n] = train(features, movies.label, ForestSettings(), rng), columns
    return found


def updated(grown: dict[int, Any], movies: Movies, size: int) -> dict[int, np.ndarray]:
    """Least wall and CPU seconds of the forests' update of a batch, at the 4th and 22nd image."""
    groups = list(batches(movies, size))[:20]
    least = {}
    for n, (forest, columns) in grown.items():
        new = image(movies, n)
        seconds = [
            timed(partial(_update, forest, new.select(rows), [c[rows, :n] for c in columns]))[0]
            for _ in range(3)
            for rows in groups
        ]
        least[n] = np.min(seconds, axis=0)
    return least


def _update(forest: Any, new: Movies, columns: list[np.ndarray]) -> None:
    """Measure the new images, extract the features of the light curves that they end, predict."""
    measure(new)
    forest.predict(extract(*columns)[:, None])


def compare(
    model: Any, movies: Movies, size: int, others: int, folder: Path, repeats: int = 2
) -> dict[str, float]:
    """All figures."""
    passes = []
    for repeat in range(repeats):
        with Stream(model, folder / f"{repeat}.db") as stream:
            fill(stream, movies.select(np.array([len(movies) - 1])), others)
            streamed(stream, _renamed(movies.select(np.arange(size)), "warm"), size)
            passes.append(streamed(stream, movies.select(np.arange(len(movies) - 1)), size))
            alone = _renamed(movies.select(np.arange(4)), "alone")
            streamed(stream, _renamed(alone.select(np.array([0])), "first alone"), 1)
            ours_alone = streamed(stream, alone, 1)[0, -1].min()
            n_objects = stream.n_objects
        file = (folder / f"{repeat}.db").stat().st_size / n_objects
        print(f"pass {repeat}: {_rate(passes[-1], size):,.0f} images/s", flush=True)
    wall, cpu = np.min([p.min(axis=2) for p in passes], axis=0) / size * 1e3
    grown = forests(movies)
    trees = {n: t / size * 1e3 for n, t in updated(grown, movies, size).items()}
    trees_alone = updated(grown, movies.select(np.arange(20)), 1)[MAX_IMAGES][0]
    rounded = {
        "images_per_second": max(_rate(p, size) for p in passes),
        "cost_of_image_22_over_image_4": cpu[-1] / cpu[3],
        "forest_cost_of_image_22_over_image_4": trees[MAX_IMAGES][1] / trees[4][1],
        "milliseconds": wall[-1],
        "forest_milliseconds": trees[MAX_IMAGES][0],
        "cpu_milliseconds": cpu[-1],
        "forest_cpu_milliseconds": trees[MAX_IMAGES][1],
        "milliseconds_alone": 1e3 * ours_alone,
        "forest_milliseconds_alone": 1e3 * trees_alone,
    }
    return {
        **{name: round(float(value), 3) for name, value in rounded.items()},
        "bytes_per_object": round(file),
        "objects_in_the_file": n_objects,
        "batch": size,
    }


def _rate(seconds: np.ndarray, size: int) -> float:
    counted = seconds[0, FIRST_PREDICTION - 1 :]
    return size * counted.size / counted.sum()


def _renamed(movies: Movies, name: str) -> Movies:
    names = [f"{name} {k}" for k in range(len(movies))]
    return replace(movies, truth=movies.truth.assign(object_id=names))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="hits", help="shipped weights or a run (%(default)s)")
    parser.add_argument("--movies", type=int, default=1600, help="simulated (%(default)s)")
    parser.add_argument("--batch", type=int, default=512, help="images together (%(default)s)")
    parser.add_argument("--others", type=int, default=50_000, help="in the file (%(default)s)")
    parser.add_argument("--repeats", type=int, default=2, help="passes (%(default)s)")
    options = parser.parse_args()
    from rcnn.model.classifier import load
    from rcnn.model.pretrained import resolve

    model = load(resolve(options.model))
    movies = complete(run.movies(surveys.load("hits"), options.movies, seed=1), None)
    if len(movies) <= options.batch:
        parser.error(f"{options.movies} movies gave {len(movies)} of 22 images; ask for more")
    print(f"{len(movies):,} movies of 22 images", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = compare(model, movies, options.batch, options.others, Path(folder), options.repeats)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

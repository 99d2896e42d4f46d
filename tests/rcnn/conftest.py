"""Movies of a few pixels' complexity, enough to tell a learning network from a dead one."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import surveys
from rcnn.settings import TrainingSettings
from skymovie import CLASSES, Movies
from skymovie.store.movie_store import MovieStore
from surveys.psf import moffat

# Keras reads TensorFlow's variables in NumPy 1's manner.
KERAS_WARNING = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(KERAS_WARNING))


@pytest.fixture(scope="session")
def tiny() -> TrainingSettings:
    """Table 3 in small: a training of seconds."""
    return TrainingSettings(
        iterations=6,
        batch=14,
        validate_every=3,
        validation=14,
        convolutions="4 4 4 | 4 4 4",
        features=16,
        memory=8,
        renorm_after=2,
        precision="float32",
    )


@pytest.fixture(scope="session")
def survey():
    return surveys.load("hits")


@pytest.fixture(scope="session")
def exposures(survey):
    return survey.exposures(seed=3)


@pytest.fixture(scope="session")
def toy(survey, exposures):
    """A function that makes n movies: class k is a star of so many ADU that grows k-fold."""
    visits = exposures.visits()

    def make(n: int, seed: int = 0) -> Movies:
        rng = np.random.default_rng(seed)
        exposure = visits[rng.integers(len(visits), size=n)]
        label = np.arange(n) % len(CLASSES)
        E = exposure.shape[1]
        psf = survey.psf.expected(np.full(n * E, 1.3), survey.camera.pixel_scale)
        x, y = rng.uniform(-0.5, 0.5, (2, n * E))
        star = moffat.stamps(psf, x, y, 21).reshape(n, E, 21, 21)
        flux = 2000 * (1 + label[:, None] * np.linspace(0, 1, E))
        images = exposures.sky[exposure][..., None, None] + flux[..., None, None] * star
        images = rng.normal(images, 6).clip(0, 65535).astype(np.uint16)
        images[exposure < 0] = 0
        start = rng.integers(0, (exposure >= 0).sum(axis=1) - 4)
        truth = pd.DataFrame(
            {
                "object_id": [f"toy{k}" for k in range(n)],
                "label": np.asarray(CLASSES)[label],
                "first_alert": -1,
                "start": start,
            }
        )
        return Movies(images, exposure, exposures, truth, survey, origin="toys")

    return make


@pytest.fixture(scope="session")
def store(toy, survey, exposures, tmp_path_factory):
    """A store of 70, 14 and 14 toys."""
    sizes = {"train": 70, "validation": 14, "test": 14}
    path = tmp_path_factory.mktemp("toys") / "store"
    made = MovieStore.create(
        path, survey=survey, exposures=exposures, sizes=sizes, settings={"seed": 0}
    )
    for seed, (part, n) in enumerate(sizes.items()):
        movies = toy(n, seed)
        made.write_block(part, 0, movies.images, movies.exposure, movies.truth)
    return MovieStore.open(path)


@pytest.fixture(scope="session")
def late_store(toy, survey, exposures, tmp_path_factory):
    """A store in which three training movies start with their last image but one."""
    path = tmp_path_factory.mktemp("toys") / "late"
    sizes = {"train": 14, "validation": 7, "test": 7}
    made = MovieStore.create(
        path, survey=survey, exposures=exposures, sizes=sizes, settings={"seed": 0}
    )
    for part, n in sizes.items():
        movies = toy(n)
        if part == "train":
            movies.truth.loc[:2, "start"] = movies.n_images[:3] - 2
        made.write_block(part, 0, movies.images, movies.exposure, movies.truth)
    return MovieStore.open(path)


@pytest.fixture(scope="session")
def real(toy):
    """Toys of three classes with float images, as real ones have."""
    movies = toy(42, seed=9)
    movies = movies.select(movies.label < 3)
    return replace(movies, images=movies.images.astype(np.float32))


@pytest.fixture
def train_and_die(monkeypatch):
    """A training that ends before its sixth batch and writes nothing on the way down."""

    def begin(store, settings, out):
        import rcnn
        from rcnn.training import training

        rate = training.learning_rate

        def die(settings, progress):
            if progress.iteration == 5:
                raise MemoryError
            return rate(settings, progress)

        with monkeypatch.context() as patch:
            patch.setattr(training, "learning_rate", die)
            with pytest.raises(MemoryError):
                rcnn.train(store, settings, out)

    return begin

"""Benchmarks measure what they say.

The one that tells real movies from simulated ones is blind where there is nothing to see; that of
the stream counts each image once.
"""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score

import surveys
from simulate.match import matched
from simulate.run import run
from skymovie.movies import Movies

HITS = surveys.load("hits")
FOLDER = Path(__file__).parents[1] / "benchmarks"


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BENCHMARK = load("real_or_simulated")
TREES = ExtraTreesClassifier(60, min_samples_leaf=2, random_state=0, n_jobs=1)


@pytest.fixture(scope="module")
def originals() -> Movies:
    return run.movies(HITS, 60, seed=31, classes=("non_variable", "rr_lyrae"))


@pytest.fixture(scope="module")
def first(originals):
    return matched.movies(originals, seed=1, measured=False)


@pytest.fixture(scope="module")
def second(originals):
    return matched.movies(originals, seed=2, measured=False)


@pytest.fixture(scope="module")
def blurred(originals):
    """Drawn under PSFs a quarter wider than expected."""
    table = HITS.systematics
    wide = replace(table, mean=table.mean + np.array([0.25] + [0.0] * (len(table.mean) - 1)))
    others = replace(originals, survey=replace(HITS, systematics=wide))
    # Measured beside the same expected profile as the first.
    return replace(matched.movies(others, seed=2, measured=False), survey=HITS)


def areas(one: Movies, other: Movies) -> tuple[float, float]:
    """AUC by what is measured on single stamps, and by whole movies."""
    (a, _), (b, _) = BENCHMARK.stamps(one), BENCHMARK.stamps(other)
    of_stamp = a["object"].to_numpy()
    hidden = ["object", "image", "flux_scatter"]
    movies = [BENCHMARK.of_movies(table) for table in (a, b)]
    return (
        area(a.drop(columns=hidden), b.drop(columns=hidden), of_stamp),
        area(*movies, np.arange(len(one))),
    )


def area(one: pd.DataFrame, other: pd.DataFrame, groups: np.ndarray) -> float:
    y = np.repeat([1, 0], len(groups))
    return float(roc_auc_score(y, BENCHMARK.told_apart(TREES, one, other, groups)))


def test_two_sets_of_one_distribution_are_not_told_apart(first, second):
    of_stamps, of_movies = areas(first, second)
    assert of_stamps == pytest.approx(0.5, abs=0.1)
    assert of_movies == pytest.approx(0.5, abs=0.2)


def test_a_set_under_another_psf_is_told_apart(first, blurred):
    of_stamps, of_movies = areas(first, blurred)
    assert of_stamps > 0.85
    assert of_movies > 0.97


def test_a_group_is_never_on_both_sides():
    """Rows that only their group explains: a classifier that had seen it would be right."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 10)
    one, other = (
        pd.DataFrame({"value": rng.normal(size=40)[groups] + rng.normal(0, 0.01, len(groups))})
        for _ in range(2)
    )
    assert area(one, other, groups) == pytest.approx(0.5, abs=0.15)
    apart = area(one, other, np.arange(len(groups)))  # as if each row were a group of its own
    assert apart > 0.9


def test_every_row_is_judged_by_what_did_not_see_it():
    rng = np.random.default_rng(1)
    one, other = (pd.DataFrame(rng.normal(k, 1, (100, 3))).add_prefix("x") for k in (0, 3))
    found = BENCHMARK.told_apart(TREES, one, other, np.arange(100))
    assert found.shape == (200,)
    assert found[:100].mean() > 0.75
    assert found[100:].mean() < 0.25
    said = BENCHMARK.auc(found, np.arange(100), np.ones(100, bool))
    middle, error = map(float, said.split(" ± "))
    assert middle > 0.98
    assert 0 <= error < 0.02


def test_stamps_and_movies_have_a_row_each(first):
    table, pixels = BENCHMARK.stamps(first)
    assert len(table) == len(pixels) == first.n_images.sum()
    assert pixels.shape[1] == HITS.camera.stamp_size**2
    assert np.isfinite(pixels.to_numpy()).all()
    whole = BENCHMARK.of_movies(table)
    assert len(whole) == len(first)
    assert np.isfinite(whole.to_numpy()).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras'
def test_the_stream_takes_every_image_of_every_object_once(tmp_path):
    from rcnn.model.classifier import RCNN
    from rcnn.settings import TrainingSettings
    from rcnn.stream import Stream

    benchmark = load("stream")
    small = TrainingSettings(convolutions="4 | 4", features=16, memory=8, precision="float32")
    model = RCNN(small)
    movies = benchmark.complete(run.movies(HITS, 40, seed=3), None)
    assert (movies.n_images == 22).all()
    found = benchmark.compare(model, movies, size=8, others=30, folder=tmp_path, repeats=1)
    assert found["objects_in_the_file"] == 30 + 1 + 8 + 1 + 4 + (len(movies) - 1) // 8 * 8
    assert all(value > 0 for value in found.values())
    with Stream(model, tmp_path / "0.db") as stream:
        names = movies.object_id[:8].tolist()
        probabilities, n_images = stream.history(names)
        assert n_images.tolist() == [22] * 8
        wanted = model.predict(movies.select(np.arange(8)))
        np.testing.assert_allclose(probabilities, wanted, atol=2e-6)

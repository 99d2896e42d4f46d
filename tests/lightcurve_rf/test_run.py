"""From a store and real movies to the forest's prediction table."""

import numpy as np
import pytest

from lightcurve_rf import run
from lightcurve_rf.forest import ForestSettings
from movies import CLASSES, predictions, trials
from movies.movie import concatenate
from movies.store import MovieStore
from surveys.errors import UsageError

SIZES = {"train": 42, "validation": 7, "test": 14}
QUICK = ForestSettings(trees=3, depth=4, copies=5)


@pytest.fixture(scope="module")
def some(render):
    """Function (n, seed) → n movies of 8 images, in turn of a constant and of a varying star."""

    def movies(n, seed):
        rng = np.random.default_rng(seed)
        shape = ((n + 1) // 2, 8)
        quiet = render(np.full(shape, 18.0), rng, "non_variable")
        restless = render(18 + rng.normal(0, 0.5, shape), rng, "rr_lyrae")
        both = concatenate([quiet, restless])
        return both.select(np.arange(2 * shape[0]).reshape(2, -1).T.ravel()[:n])

    return movies


@pytest.fixture(scope="module")
def store(some, survey, tmp_path_factory):
    template = some(2, 0)
    store = MovieStore.create(
        tmp_path_factory.mktemp("store") / "movies",
        survey=survey,
        exposures=template.exposures,
        sizes=SIZES,
        settings={},
    )
    epochs = store.exposures.visits().shape[1]
    for seed, (part, n) in enumerate(SIZES.items()):
        movies = some(n, seed)
        width = [(0, 0), (0, epochs - 8)]
        store.write_block(
            part,
            0,
            np.pad(movies.images, [*width, (0, 0), (0, 0)]),
            np.pad(movies.exposure, width, constant_values=-1),
            movies.truth,
        )
    return store


@pytest.fixture(scope="module")
def real(some):
    return some(20, 99)


@pytest.fixture(scope="module")
def table(store, real):
    return run.predictions(store, real, real_samples=3, trials=2, seed=5, settings=QUICK)


def test_every_object_is_predicted_after_each_of_its_images(table):
    frame = table[(table["classifier"] == "forest") & (table["sample"] == "simulated")]
    assert len(frame) == SIZES["test"] * 6
    assert sorted(frame["n_images"].unique()) == [3, 4, 5, 6, 7, 8]
    np.testing.assert_allclose(frame[predictions.PROBABILITIES].sum(axis=1), 1, rtol=1e-6)
    assert list(table.columns) == predictions.COLUMNS


def test_a_constant_and_a_varying_star_are_told_apart(table):
    shares = predictions.recall(predictions.at_most(table, 22))
    assert shares["non_variable"] > 0.9
    assert shares["rr_lyrae"] > 0.9


def test_augmented_forest_answers_for_held_out_movies_alone(table, real):
    draws = trials.draw(real, 3, 2, 5)
    frame = table[table["classifier"] == "forest_augmented"]
    for trial, chosen in enumerate(draws):
        asked = set(frame.loc[frame["trial"] == trial, "object_id"])
        assert asked == set(np.delete(real.object_id, chosen))
    assert set(table.loc[table["classifier"] == "forest", "trial"]) == {0}
    everything = table[(table["classifier"] == "forest") & (table["sample"] == "real")]
    assert set(everything["object_id"]) == set(real.object_id)


def test_same_seed_same_table(store, real, table):
    again = run.predictions(store, real, real_samples=3, trials=2, seed=5, settings=QUICK)
    assert again.equals(table)


def test_progress_adds_up_and_training_can_be_cut(store, real):
    seen = []
    run.predictions(
        store,
        real,
        real_samples=3,
        trials=1,
        seed=5,
        n_train=14,
        progress=seen.append,
        settings=QUICK,
    )
    assert sum(seen) == run.workload(store, real, 14) == 14 + SIZES["test"] + len(real)


def test_too_few_real_movies_are_named(store, real):
    with pytest.raises(UsageError, match="more than 10 real movies"):
        run.predictions(store, real, real_samples=10, trials=1, seed=5, settings=QUICK)


def test_sample_keeps_the_order_of_the_movies(some):
    movies = some(6, 1)
    sample = run.observe([movies.select(np.arange(4)), movies.select(np.arange(4, 6))])
    assert sample.features.shape[:2] == (6, len(run.STEPS))
    np.testing.assert_array_equal(sample.object_id, movies.object_id)
    assert {CLASSES[c] for c in sample.label} == {"non_variable", "rr_lyrae"}

"""From a store and real movies to the forest's prediction table."""

import numpy as np
import pytest

from lightcurve_rf import run, samples, search
from lightcurve_rf.boosting import BoostingSettings
from lightcurve_rf.features import FEATURES
from lightcurve_rf.forest import ForestSettings
from skymovie import CLASSES, predictions, splits
from skymovie.movies import concatenate
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError

SIZES = {"train": 42, "validation": 7, "test": 14}
QUICK = ForestSettings(trees=3, depth=4, copies=5)
BOOSTED = BoostingSettings(rounds=3, views=1)


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
def draws(real):
    return splits.draw(real, 3, 2, 5)


@pytest.fixture(scope="module")
def given(store, real):
    return run.measure(store, real)


@pytest.fixture(scope="module")
def table(given, draws):
    return run.classify(given, draws, seed=5, settings=QUICK, booster=BOOSTED).table


def test_every_object_is_predicted_after_each_of_its_images(table):
    frame = table[(table["classifier"] == "forest") & (table["sample"] == "simulated")]
    assert set(frame["trial"]) == set(range(run.SEEDS))
    assert len(frame) == SIZES["test"] * 6 * run.SEEDS
    assert sorted(frame["n_images"].unique()) == [3, 4, 5, 6, 7, 8]
    np.testing.assert_allclose(frame[predictions.PROBABILITIES].sum(axis=1), 1, rtol=1e-6)
    assert list(table.columns) == predictions.COLUMNS


def test_a_constant_and_a_varying_star_are_told_apart(table):
    shares = predictions.recall(predictions.at_most(table, 22))
    assert shares["non_variable"] > 0.9
    assert shares["rr_lyrae"] > 0.9


@pytest.mark.parametrize("classifier", ["forest", "boosting"])
def test_the_taught_answer_for_held_out_movies_alone(table, real, draws, classifier):
    frame = table[table["classifier"] == f"{classifier}_augmented"]
    for trial, chosen in enumerate(draws):
        asked = set(frame.loc[frame["trial"] == trial, "object_id"])
        assert asked == set(np.delete(real.object_id, chosen))
    everything = table[(table["classifier"] == classifier) & (table["sample"] == "real")]
    assert set(everything["object_id"]) == set(real.object_id)


def test_classifiers_are_asked_the_same(table):
    """Forest of each seed and boosting: the same objects after the same numbers of images."""
    asked = {}
    for (name, sample, trial), rows in table.groupby(["classifier", "sample", "trial"]):
        key = sample if not name.endswith("_augmented") else (sample, trial)
        questions = set(zip(rows["object_id"], rows["n_images"], strict=True))
        assert asked.setdefault(key, questions) == questions
    assert set(asked) == {"simulated", "validation", "real", ("real", 0), ("real", 1)}


def test_seeds_differ(table):
    frame = table[(table["classifier"] == "forest") & (table["sample"] == "simulated")]
    one, two = (frame[frame["trial"] == t][predictions.PROBABILITIES].to_numpy() for t in (0, 1))
    assert not np.array_equal(one, two)


def test_same_seed_same_table(given, draws, table):
    again = run.classify(given, draws, seed=5, settings=QUICK, booster=BOOSTED)
    assert again.table.equals(table)


def test_shape_is_searched_for_unless_told(given, draws, monkeypatch):
    monkeypatch.setattr(
        run, "search", lambda *_, **__: search.Found(QUICK, [{"trees": 3, "depth": 4}])
    )
    steps = []
    made = run.classify(given, draws, seed=5, booster=BOOSTED, progress=steps.append)
    assert sum(steps) == run.trainings(len(draws))
    assert made.notes["forest"] == {"trees": 3, "depth": 4, "grid": [{"trees": 3, "depth": 4}]}
    features = [entry["feature"] for entry in made.notes["importance"]]
    assert sorted(features) == sorted(FEATURES)


def test_progress_adds_up_and_training_can_be_cut(store, real):
    seen = []
    run.measure(store, real, 14, seen.append)
    n = 14 + SIZES["validation"] + SIZES["test"] + len(real)
    assert sum(seen) == run.workload(store, real, 14) == n


def test_a_store_without_validation_movies_is_refused(store, real, monkeypatch):
    sizes = store.sizes | {"validation": 0}
    monkeypatch.setattr(MovieStore, "sizes", property(lambda _: sizes))
    with pytest.raises(UsageError, match=r"expected movies in the validation part.* simulate more"):
        run.measure(store, real)


def test_sample_keeps_the_order_of_the_movies(some):
    movies = some(6, 1)
    sample = samples.observe([movies.select(np.arange(4)), movies.select(np.arange(4, 6))])
    assert sample.features.shape[:2] == (6, len(samples.STEPS))
    np.testing.assert_array_equal(sample.object_id, movies.object_id)
    assert {CLASSES[c] for c in sample.label} == {"non_variable", "rr_lyrae"}

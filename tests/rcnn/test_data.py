import itertools
import threading

import numpy as np
import pytest

from rcnn import data
from rcnn.network import NO_LABEL


def names(batches, n):
    """Which movies n batches hold: their summed pixels tell them apart."""
    return [
        np.sort(x["images"].astype(float).sum((1, 2, 3))) for x, _ in itertools.islice(batches, n)
    ]


def test_times_are_good_to_seconds(toy):
    movies = toy(7).sequences()
    mjd = movies.conditions("mjd")
    days = data.inputs(movies)["days"]
    real = movies.exposure >= 0
    assert days.dtype == np.float32
    np.testing.assert_allclose(days[real], (mjd - mjd[:, :1])[real], atol=3e-6)
    assert (days[~real] == 0).all()


def test_labels_stand_at_the_real_steps_alone(toy):
    movies = toy(14).sequences()
    labels = data.labels(movies)
    np.testing.assert_array_equal((labels != NO_LABEL).sum(axis=1), movies.n_images - 2)
    np.testing.assert_array_equal(labels[:, 0], movies.label)


def test_a_pass_gives_every_movie_once(store):
    batches = data.training_batches(store, 14, seed=0, augment=False)
    first, second = np.concatenate(names(batches, 5)), np.concatenate(names(batches, 5))
    assert len(np.unique(first)) == 70
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("start", [1, 5, 7])
def test_batches_can_be_taken_up_anywhere(store, start):
    whole = list(itertools.islice(data.training_batches(store, 14, 3, True), start + 2))
    resumed = itertools.islice(data.training_batches(store, 14, 3, True, start), 2)
    for (x, y), (u, v) in zip(whole[start:], resumed, strict=True):
        np.testing.assert_array_equal(y, v)
        for key, array in x.items():
            np.testing.assert_array_equal(array, u[key])


def test_a_small_store_gives_what_it_has(store):
    x, y = next(data.training_batches(store, 500, 0, True))
    assert len(x["images"]) == len(y) == 70
    assert x["images"].dtype == np.uint16


def test_orient_turns_whole_movies_into_all_eight_poses():
    images = np.broadcast_to(np.arange(9.0).reshape(3, 3), (200, 2, 3, 3))
    turned = data.orient(images, np.random.default_rng(0))
    np.testing.assert_array_equal(turned[:, 0], turned[:, 1])
    assert len(np.unique(turned[:, 0].reshape(200, 9), axis=0)) == 8
    np.testing.assert_array_equal(
        np.sort(turned[:, 0].reshape(200, 9)), np.tile(np.arange(9.0), (200, 1))
    )


def test_parts_are_read_in_order_and_cut(store):
    got = [movies.object_id for movies in data.in_batches(store, "train", 16, 40)]
    assert [len(g) for g in got] == [16, 16, 8]
    np.testing.assert_array_equal(np.concatenate(got), store.read("train").object_id[:40])


def test_ahead_gives_the_same_and_hands_over_errors():
    assert list(data.ahead(iter(range(20)))) == list(range(20))

    def breaks():
        yield 1
        raise OSError("disk")

    items = data.ahead(breaks())
    assert next(items) == 1
    with pytest.raises(OSError, match="disk"):
        next(items)


def test_ahead_leaves_no_thread_behind():
    before = threading.active_count()
    items = data.ahead(itertools.count())
    next(items)
    items.close()
    assert threading.active_count() == before

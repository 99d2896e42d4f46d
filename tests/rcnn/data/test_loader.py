import itertools
import threading
import time
import weakref

import numpy as np
import pytest

from rcnn.data import loader, order
from rcnn.network.network import NO_LABEL
from skymovie.store import layout, movie_store
from skymovie.store.movie_store import MovieStore


def names(batches, n):
    """Which movies n batches hold: their summed pixels tell them apart."""
    return [
        np.sort(x["images"].astype(float).sum((1, 2, 3))) for x, _ in itertools.islice(batches, n)
    ]


def test_times_are_good_to_seconds(toy):
    movies = toy(7).sequences()
    mjd = movies.conditions("mjd")
    days = loader.inputs(movies)["days"]
    real = movies.exposure >= 0
    assert days.dtype == np.float32
    np.testing.assert_allclose(days[real], (mjd - mjd[:, :1])[real], atol=3e-6)
    assert (days[~real] == 0).all()


def test_labels_stand_at_the_real_steps_alone(toy):
    movies = toy(14).sequences()
    labels = loader.labels(movies)
    np.testing.assert_array_equal((labels != NO_LABEL).sum(axis=1), movies.n_images - 2)
    np.testing.assert_array_equal(labels[:, 0], movies.label)


def test_a_pass_gives_every_movie_once(store):
    batches = loader.training_batches(store, 14, seed=0, augment=False)
    first, second = np.concatenate(names(batches, 5)), np.concatenate(names(batches, 5))
    assert len(np.unique(first)) == 70
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("start", [1, 5, 7])
def test_batches_can_be_taken_up_anywhere(store, start):
    whole = list(itertools.islice(loader.training_batches(store, 14, 3, True), start + 2))
    resumed = itertools.islice(loader.training_batches(store, 14, 3, True, start), 2)
    for (x, y), (u, v) in zip(whole[start:], resumed, strict=True):
        np.testing.assert_array_equal(y, v)
        for key, array in x.items():
            np.testing.assert_array_equal(array, u[key])


def test_a_small_store_gives_what_it_has(store):
    x, y = next(loader.training_batches(store, 500, 0, True))
    assert len(x["images"]) == len(y) == 70
    assert x["images"].dtype == np.uint16


def test_orient_turns_whole_movies_into_all_eight_poses():
    images = np.broadcast_to(np.arange(9.0).reshape(3, 3), (200, 2, 3, 3))
    turned = loader.orient(images, np.random.default_rng(0))
    np.testing.assert_array_equal(turned[:, 0], turned[:, 1])
    assert len(np.unique(turned[:, 0].reshape(200, 9), axis=0)) == 8
    np.testing.assert_array_equal(
        np.sort(turned[:, 0].reshape(200, 9)), np.tile(np.arange(9.0), (200, 1))
    )


def test_parts_are_read_in_order_and_cut(store):
    got = [movies.object_id for movies in loader.in_batches(store, "train", 16, 40)]
    assert [len(g) for g in got] == [16, 16, 8]
    np.testing.assert_array_equal(np.concatenate(got), store.read("train").object_id[:40])


def test_ahead_gives_the_same_and_hands_over_errors():
    assert list(loader.ahead(iter(range(20)))) == list(range(20))

    def breaks():
        yield 1
        raise OSError("disk")

    items = loader.ahead(breaks())
    assert next(items) == 1
    with pytest.raises(OSError, match="disk"):
        next(items)


def test_ahead_leaves_no_thread_behind():
    before = threading.active_count()
    items = loader.ahead(itertools.count())
    next(items)
    items.close()
    assert threading.active_count() == before


def small_blocks(patch):
    patch.setattr(movie_store, "BLOCK", 14)
    patch.setattr(layout, "BLOCK", 14)
    patch.setattr(layout, "CHUNK", 14)


@pytest.fixture(scope="module")
def written(toy, survey, exposures, tmp_path_factory):
    """A store of 34 blocks of 14 movies, and one of 7."""
    path = tmp_path_factory.mktemp("blocks") / "store"
    sizes = {"train": 483, "validation": 0, "test": 0}
    every = toy(483)
    with pytest.MonkeyPatch.context() as patch:
        small_blocks(patch)
        made = MovieStore.create(
            path, survey=survey, exposures=exposures, sizes=sizes, settings={"seed": 0}
        )
        for k, block in enumerate(made.blocks("train")):
            part = every.select(np.arange(block.start, block.stop))
            made.write_block("train", k, part.images, part.exposure, part.truth)
    return path


@pytest.fixture
def many_blocks(written, monkeypatch):
    small_blocks(monkeypatch)
    return MovieStore.open(written)


def test_memory_is_bounded_whatever_the_size_of_the_store(many_blocks, monkeypatch):
    """What anything still holds, in blocks, while two passes and more are taken."""
    held, most = 0, 0

    def watched(function, blocks):
        def call(*words):
            nonlocal held, most
            made = function(*words)
            held += blocks
            most = max(most, held)
            weakref.finalize(made.images, drop, blocks)
            return made

        return call

    def drop(blocks):
        nonlocal held
        held -= blocks

    monkeypatch.setattr(loader, "read_block", watched(loader.read_block, 1))
    monkeypatch.setattr(loader, "concatenate", watched(loader.concatenate, order.BUFFER))
    batches = loader.ahead(loader.training_batches(many_blocks, 14, 0, False))
    for x, _ in itertools.islice(batches, 80):
        assert x["images"].dtype == np.uint16
        assert len(x["images"]) == 14
    batches.close()
    # In use, ready, being put together; and of the last, the blocks that it is made of.
    assert order.BUFFER <= most <= 4 * order.BUFFER
    assert not many_blocks._truths  # the truth of all objects is never read


def test_the_next_blocks_are_read_while_these_are_in_use(many_blocks, monkeypatch):
    started = []
    real = loader.read_block
    monkeypatch.setattr(loader, "read_block", lambda *w: (started.append(w[2]), real(*w))[1])
    batches = loader.training_batches(many_blocks, 14, 0, False)
    next(batches)  # of the first eight blocks
    waited = time.monotonic()
    while len(started) <= order.BUFFER and time.monotonic() - waited < 20:
        time.sleep(0.01)
    assert len(started) > order.BUFFER
    batches.close()


def test_a_block_is_read_as_it_stands_in_the_store(many_blocks):
    block = many_blocks.blocks("train")[3]
    got = loader.read_block(many_blocks, "train", block)
    whole = many_blocks.read("train").sequences().select(np.arange(block.start, block.stop))
    np.testing.assert_array_equal(got.images, whole.images)
    assert list(got.object_id) == list(whole.object_id)


def test_batches_hold_the_rows_that_are_drawn(many_blocks):
    whole = many_blocks.read("train").sequences()
    read = loader.training_batches(many_blocks, 20, 5, True)
    drawn = order.batches(many_blocks, 20, 5, True)
    for each, (x, y) in zip(itertools.islice(drawn, 30), read, strict=False):
        part = whole.select(each.rows)
        np.testing.assert_array_equal(x["images"], loader.turned(part.images, each.poses))
        np.testing.assert_array_equal(y, loader.labels(part))


def test_batches_are_full_whatever_the_blocks(many_blocks):
    for batch in (10, 13, 50, 200, 483):
        batches = itertools.islice(order.batches(many_blocks, batch, 0, True), 3 * 483 // batch)
        assert {len(each.rows) for each in batches} == {batch}
    (whole,) = itertools.islice(order.batches(many_blocks, 600, 0, True), 1)
    assert sorted(whole.rows) == list(range(483))


def test_a_batch_holds_no_movie_twice_and_its_number_counts_up(many_blocks):
    for k, each in enumerate(itertools.islice(order.batches(many_blocks, 33, 1, True, 7), 40)):
        assert each.number == 7 + k
        assert len(np.unique(each.rows)) == 33

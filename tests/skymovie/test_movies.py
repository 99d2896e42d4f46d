import numpy as np
import pytest

from skymovie.classes import CLASSES
from skymovie.movies import concatenate


def test_what_the_columns_say(movies):
    assert len(movies) == 14
    assert movies.n_images.tolist() == [5 + i % 4 for i in range(14)]
    assert movies.label.tolist() == list(range(7)) * 2
    assert movies.object_id[3] == "object-03"


def test_conditions_belong_to_the_images(movies):
    seeing = movies.conditions("seeing")
    assert np.isnan(seeing).tolist() == (movies.exposure < 0).tolist()
    np.testing.assert_array_equal(seeing[7], movies.exposures.seeing)


@pytest.mark.parametrize(
    "rows", [np.array([3, 1]), np.arange(14) % 2 == 0, slice(2, 5), np.array([], int)]
)
def test_select_keeps_rows_together(movies, rows):
    some = movies.select(rows)
    kept = np.arange(14)[rows]
    assert some.object_id.tolist() == [f"object-{i:02d}" for i in kept]
    np.testing.assert_array_equal(some.images, movies.images[kept])
    np.testing.assert_array_equal(some.exposure, movies.exposure[kept])
    assert some.truth.index.tolist() == list(range(len(kept)))


@pytest.mark.parametrize("longest", [1, 3, 8, 22])
def test_sequences_are_the_images_from_the_start(movies, longest):
    cut = movies.sequences(longest)
    start = movies.truth["start"].to_numpy()
    expected_length = np.minimum(movies.n_images - start, longest)
    assert cut.n_images.tolist() == expected_length.tolist()
    assert cut.images.shape == (14, longest, 21, 21)
    for i in range(14):
        n = expected_length[i]
        np.testing.assert_array_equal(cut.images[i, :n], movies.images[i, start[i] : start[i] + n])
        assert (cut.images[i, n:] == 0).all()
        assert (cut.exposure[i, n:] == -1).all()
    assert (cut.truth["start"] == 0).all()


def test_sequences_count_the_alert_from_their_first_image(movies):
    cut, start = movies.sequences().truth, movies.truth["start"]
    transient = movies.truth["first_alert"] >= 0
    assert (cut["first_alert"][transient] == 4 - start[transient]).all()
    assert (cut["first_alert"][~transient] == -1).all()
    np.testing.assert_array_equal(movies.truth["start"], np.arange(14) % 3)


def test_sequences_leave_the_movies_alone(movies):
    before = movies.images.copy()
    once = movies.sequences(5)
    np.testing.assert_array_equal(movies.images, before)
    np.testing.assert_array_equal(once.sequences(5).images, once.images)


def test_parts_are_joined_in_order(movies):
    short = movies.select(np.arange(0, 5)).sequences(4)
    joined = concatenate([short, movies.select(np.arange(5, 14))])
    assert joined.object_id.tolist() == movies.object_id.tolist()
    assert joined.images.shape == (14, 8, 21, 21)
    assert joined.n_images[:5].max() == 4
    assert (joined.images[:5, 4:] == 0).all()
    assert (joined.exposure[:5, 4:] == -1).all()
    np.testing.assert_array_equal(joined.images[5:], movies.images[5:])
    assert joined.truth["label"].tolist() == [CLASSES[i % 7] for i in range(14)]

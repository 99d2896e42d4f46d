from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skymovie.classes import CLASSES
from skymovie.movies import concatenate
from surveys.errors import UsageError


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


def test_parts_of_other_exposures_keep_their_own(movies):
    survey = movies.survey
    own = survey.exposures(2).select(np.arange(6))
    # Two rows are of both tables; fields and dates of the rest lie between one another.
    both = {
        name: np.concatenate([getattr(own, name), getattr(movies.exposures, name)[:2]])
        for name in own.columns()
    }
    other = replace(
        movies, exposures=type(own)(**both), survey=survey.with_log(own), stand_in=True, origin="b"
    )
    joined = concatenate([movies, other, movies])
    for name in own.columns():
        expected = [m.conditions(name) for m in (movies, other, movies)]
        np.testing.assert_array_equal(joined.conditions(name), np.concatenate(expected))
    table = joined.exposures.to_frame()
    assert len(table) == 14  # 8 and 6; what both have is there once
    pd.testing.assert_frame_equal(table, table.sort_values(["field", "mjd"], ignore_index=True))
    assert joined.stand_in
    assert joined.origin == "made up; b"


def test_equal_tables_stay_one(movies):
    copy = replace(movies, exposures=movies.exposures.select(np.arange(8)))
    joined = concatenate([movies, copy])
    assert joined.exposures is movies.exposures
    np.testing.assert_array_equal(joined.exposure[14:], movies.exposure)


def test_movies_that_do_not_go_together_are_refused(movies):
    camera = replace(movies.survey.camera, gain=1.0)
    other = replace(movies, survey=replace(movies.survey, camera=camera))
    with pytest.raises(UsageError, match="expected movies of one survey, got hits and, in part 1"):
        concatenate([movies, other])
    with pytest.raises(UsageError, match="expected stamps of 21 pixels"):
        concatenate([movies, replace(movies, images=movies.images[:, :, :19, :19])])
    with pytest.raises(UsageError, match="expected movies to join, got none"):
        concatenate([])


@pytest.mark.parametrize("row", [3, -11, np.int32(3), [3]])
def test_one_number_selects_one_movie(movies, row):
    some = movies.select(row)
    assert some.object_id.tolist() == ["object-03"]
    assert some.images.shape == (1, 8, 21, 21)
    assert some.exposure.shape == (1, 8)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (14, "expected numbers under 14 of movies, got 14"),
        ([0, -15], "expected numbers under 14 of movies, got -15"),
        ([1.0], "expected a number, a slice"),
        ("object-03", "expected a number, a slice"),
        ([[1, 2]], "expected a number, a slice"),
        (np.ones(13, bool), "expected a mask of 14 movies, got one of 13"),
        (True, "expected a mask of 14 movies"),
    ],
)
def test_what_names_no_movies_is_refused(movies, rows, said):
    with pytest.raises(UsageError, match=said):
        movies.select(rows)


def test_names_are_conditions_too(movies):
    band = movies.conditions("band")
    assert band.tolist() == np.where(movies.exposure >= 0, "g", "").tolist()
    assert set(movies.conditions("field").ravel()) == {"", *movies.exposures.fields}
    with pytest.raises(UsageError, match="expected a column among field, epoch"):
        movies.conditions("fwhm")


@pytest.mark.parametrize("longest", [0, -1])
def test_a_sequence_has_images(movies, longest):
    with pytest.raises(UsageError, match="expected a positive number of images"):
        movies.sequences(longest)

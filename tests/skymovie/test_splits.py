import numpy as np
import pytest

from skymovie import splits
from surveys.errors import UsageError


def test_as_many_of_each_class_as_asked(movies):
    for rows in splits.draw(movies, 1, 5):
        assert sorted(movies.label[rows]) == list(range(7))
        assert (np.diff(rows) > 0).all()


def test_classes_that_do_not_occur_do_not_count(movies):
    some = movies.select(np.isin(movies.label, [0, 4]))
    assert sorted(some.label[splits.draw(some, 1, 1)[0]]) == [0, 4]


def test_trials_differ_and_come_again(movies):
    drawn = [tuple(rows) for rows in splits.draw(movies, 1, 20)]
    assert len(set(drawn)) > 10
    assert drawn == [tuple(rows) for rows in splits.draw(movies, 1, 20)]
    assert drawn[:3] == [tuple(rows) for rows in splits.draw(movies, 1, 3)]
    assert drawn != [tuple(rows) for rows in splits.draw(movies, 1, 20, seed=1)]


def test_the_draw_depends_on_names_not_on_order(movies):
    shuffled = movies.select(np.random.default_rng(1).permutation(14))
    for rows, others in zip(splits.draw(movies, 1, 5), splits.draw(shuffled, 1, 5), strict=True):
        assert set(movies.object_id[rows]) == set(shuffled.object_id[others])


def test_one_movie_must_be_left_to_evaluate(movies):
    with pytest.raises(UsageError, match="more than 2 real movies of each class, got 2 of non_"):
        splits.draw(movies, 2, 1)
    unequal = movies.select(np.arange(14) != 4)
    with pytest.raises(UsageError, match="got 1 of supernova; use a smaller --real-samples"):
        splits.draw(unequal, 1, 1)


@pytest.mark.parametrize(("per_class", "n"), [(0, 1), (-3, 1), (1, 0)])
def test_numbers_must_be_positive(movies, per_class, n):
    with pytest.raises(UsageError, match=f"got {per_class} and {n}"):
        splits.draw(movies, per_class, n)


def test_classes_that_no_classifier_knows_are_refused(movies):
    movies.truth.loc[0, "label"] = "kilonova"
    with pytest.raises(UsageError, match=r"made up: expected movies of the classes .* kilonova"):
        splits.draw(movies, 1, 1)


def named(movies, n):
    many = movies.select(np.arange(n) % 14)
    many.truth["object_id"] = [f"star{i}" for i in range(n)]
    return many


def test_parts_are_halves_that_names_alone_decide(movies):
    names = np.array([f"star{i}" for i in range(1000)])
    tuning, held_out = (splits.in_part(names, part) for part in ("tuning", "held-out"))
    assert (tuning != held_out).all()
    assert 440 < tuning.sum() < 560
    assert (splits.in_part(names[::-1], "tuning") == tuning[::-1]).all()
    # For good: an object that changed sides would spoil every number published before.
    supernovae = np.array(["SNHiTS15aa", "SNHiTS15ad", "SNHiTS15al"])
    assert splits.in_part(supernovae, "tuning").tolist() == [True, True, False]


def test_held_out_movies_are_never_trained_on(movies):
    many = named(movies, 420)
    held_out = splits.in_part(many.object_id, "held-out")
    for rows in splits.draw(many, 3, 5, part="held-out"):
        assert not held_out[rows].any()
        assert len(rows) == 21
    for rows in splits.draw(many, 3, 5, part="tuning"):
        assert not held_out[rows].any()


def test_no_such_part(movies):
    with pytest.raises(UsageError, match="among all, tuning, held-out; got 'test'"):
        splits.draw(movies, 1, 1, part="test")

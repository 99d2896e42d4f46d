import numpy as np
import pandas as pd
import pytest

from skymovie import predictions
from skymovie.classes import CLASSES
from surveys.errors import SkymovieError


@pytest.fixture
def frame():
    """Four objects of two classes with 3, 5, 4 and 2 images, three steps each."""
    rng = np.random.default_rng(1)
    return predictions.table(
        rng.dirichlet(np.ones(7), (4, 3)),
        np.array([3, 5, 4, 2]),
        np.array(["a", "b", "c", "d"]),
        np.array(["galaxy", "supernova", "galaxy", "galaxy"]),
        classifier="rcnn",
        sample="real",
        trial=2,
    )


def test_steps_that_were_padding_have_no_row(frame):
    rows = list(zip(frame["object_id"], frame["n_images"], strict=True))
    assert rows == [("a", 3), ("b", 3), ("b", 4), ("b", 5), ("c", 3), ("c", 4)]
    assert set(frame["label"]) == {"galaxy", "supernova"}
    assert (frame["trial"] == 2).all()
    np.testing.assert_allclose(frame[predictions.PROBABILITIES].sum(axis=1), 1, rtol=1e-6)
    assert list(frame.columns) == predictions.COLUMNS


def test_a_table_comes_back_as_it_was(frame, tmp_path):
    path = tmp_path / "predictions.parquet"
    predictions.write(frame, path)
    pd.testing.assert_frame_equal(predictions.read(path), frame)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_table(frame, tmp_path):
    path = tmp_path / "predictions.parquet"
    predictions.write(frame, path)
    with pytest.raises(KeyError):
        predictions.write(frame.drop(columns="trial"), path)
    pd.testing.assert_frame_equal(predictions.read(path), frame)


def test_what_is_no_table_is_told(frame, tmp_path):
    path = tmp_path / "predictions.parquet"
    with pytest.raises(SkymovieError, match=r"predictions\.parquet: expected a prediction table"):
        predictions.read(path)
    predictions.write(frame, path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SkymovieError, match="run the classifier again") as caught:
        predictions.read(path)
    assert "\n" not in str(caught.value)
    frame.drop(columns="p_galaxy").to_parquet(path)
    with pytest.raises(SkymovieError, match="p_galaxy not there"):
        predictions.read(path)


def test_a_short_movie_keeps_its_last_answer(frame):
    seen = predictions.at_most(frame, 4)
    assert dict(zip(seen["object_id"], seen["n_images"], strict=True)) == {"a": 3, "b": 4, "c": 4}
    assert len(predictions.at_most(frame, 2)) == 0


def test_trials_and_classifiers_are_kept_apart(frame):
    both = pd.concat([frame, frame.assign(trial=3), frame.assign(classifier="forest")])
    assert len(predictions.at_most(both, 22)) == 9


def test_recall_is_the_share_of_each_class(frame):
    frame[predictions.PROBABILITIES] = 0.0
    frame["p_galaxy"] = 1.0
    assert (predictions.predicted(frame) == "galaxy").all()
    assert predictions.recall(frame) == {"supernova": 0.0, "galaxy": 1.0}
    frame.loc[frame["object_id"] == "a", "p_asteroid"] = 2.0
    assert predictions.recall(predictions.at_most(frame, 22))["galaxy"] == 0.5
    assert list(predictions.recall(frame)) == [c for c in CLASSES if c in set(frame["label"])]

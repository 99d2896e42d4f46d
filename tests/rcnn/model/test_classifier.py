import subprocess
import sys

import numpy as np
import pytest

import rcnn
from rcnn.model import pretrained
from rcnn.training import command
from skymovie import CLASSES
from surveys.errors import SkymovieError, UsageError


@pytest.fixture(scope="module")
def model(tiny):
    return rcnn.RCNN(tiny)


def test_predictions_are_probabilities_whatever_the_batch(model, toy):
    movies = toy(14)
    found = model.predict(movies)
    assert found.shape == (14, 20, 7)
    answered = np.arange(20) + 3 <= movies.sequences().n_images[:, None]
    np.testing.assert_allclose(found.sum(axis=-1)[answered], 1, atol=1e-5)
    assert np.isnan(found[~answered]).all()
    np.testing.assert_allclose(model.predict(movies, batch=3), found, atol=1e-5)


def test_no_movies_give_no_predictions(model, toy):
    assert model.predict(toy(7).select(np.arange(0))).shape == (0, 20, 7)


def test_a_movie_of_two_images_has_no_step_and_disturbs_no_other(model, toy):
    movies = toy(7)
    exposure = movies.exposure.copy()
    start = movies.truth["start"].iloc[0]
    exposure[0, start + 2 :] = -1
    short = type(movies)(movies.images, exposure, movies.exposures, movies.truth, movies.survey)
    assert np.isnan(model.predict(short)[0]).all()
    np.testing.assert_allclose(model.predict(short)[1:], model.predict(movies)[1:], atol=1e-5)
    alone = short.select(np.array([0]))
    assert np.isnan(model.predict(alone)).all()
    table = model.classify(short)
    assert table["prediction"].tolist()[0] == ""
    assert table["n_images"].tolist()[0] == 2


def test_classify_names_the_class_after_the_last_image(model, toy):
    movies = toy(14)
    table = model.classify(movies)
    assert table["object_id"].tolist() == movies.object_id.tolist()
    used = movies.sequences().n_images
    assert table["n_images"].tolist() == used.tolist()
    last = model.predict(movies)[np.arange(14), used - 3]
    np.testing.assert_array_equal(table[list(CLASSES)], last)
    assert table["prediction"].tolist() == [CLASSES[k] for k in last.argmax(axis=1)]


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(SkymovieError, match="expected the settings of a training run"):
        rcnn.load(tmp_path)


def test_unknown_shipped_weights_are_named():
    with pytest.raises(UsageError, match="'sdss'"):
        rcnn.load_pretrained("sdss")


def test_shipped_weights_are_found_by_name(monkeypatch, tmp_path, tiny):
    rcnn.settings.write(_folder(tmp_path / "hits") / "settings.toml", tiny, stamp_size=21)
    made = rcnn.RCNN(tiny)
    made.save_weights(tmp_path / "hits")
    monkeypatch.setattr(pretrained, "ROOT", tmp_path)
    assert pretrained.names() == ["hits"]
    found = rcnn.load_pretrained("hits").network.get_weights()
    for a, b in zip(found, made.network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def _folder(path):
    path.mkdir()
    return path


def test_the_package_is_imported_without_keras():
    code = (
        "import sys, rcnn.training.command, rcnn.finetuning.command; print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_it_has_no_other_names():
    with pytest.raises(AttributeError, match="attribute forest"):
        _ = rcnn.forest


def test_the_command_trains(store, tmp_path, monkeypatch, tiny):
    monkeypatch.setitem(rcnn.settings.PRESETS, "default", tiny)
    command.train_rcnn(store.path, tmp_path / "run", iterations=1, seed=5)
    assert rcnn.load(tmp_path / "run").settings.seed == 5


def test_the_command_wants_a_store(tmp_path):
    with pytest.raises(SkymovieError, match="expected a movie store"):
        command.train_rcnn(tmp_path, tmp_path / "run")
    assert not (tmp_path / "run").exists()

"""Weights as skymovie ships them: half precision, checked, found by name, trained on."""

import numpy as np
import pandas as pd
import pytest

import rcnn
from rcnn import settings as settings_file
from rcnn.model import calibration, pretrained, tuned_on
from rcnn.network import weights_io
from rcnn.training.publish import publish_weights
from surveys.errors import SkymovieError


@pytest.fixture
def run(tmp_path, tiny):
    """A training run's folder."""
    folder = tmp_path / "run"
    folder.mkdir()
    model = rcnn.RCNN(tiny)
    model.save_weights(folder)
    settings_file.write(folder / settings_file.FILE, tiny, store="/somewhere", stamp_size=21)
    (folder / pretrained.CARD).write_text("a card")
    calibration.write(folder, 1.6)
    return folder


@pytest.fixture
def published(run, tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "ROOT", tmp_path / "weights")
    monkeypatch.setattr(weights_io, "HALF_FROM", 500)
    return publish_weights(run, "toy")


def test_predictions_survive_half_precision(run, published, toy):
    movies = toy(14)
    expected = rcnn.load(run).predict(movies)
    np.testing.assert_allclose(rcnn.load_pretrained("toy").predict(movies), expected, atol=5e-3)
    with np.load(published / weights_io.FILE) as archive:
        kinds = {archive[name].dtype.name for name in archive.files}
    assert {"float16", "float32"} <= kinds


def test_a_release_names_no_path_of_the_machine_that_made_it(published):
    assert "somewhere" not in (published / settings_file.FILE).read_text()
    assert (published / pretrained.CARD).read_text() == "a card"
    assert pretrained.names() == ["toy"]


def test_a_release_keeps_the_temperature(run, published, toy):
    model = rcnn.load_pretrained("toy")
    assert model.temperature == rcnn.load(run).temperature == 1.6
    movies = toy(7)
    logits = model.logits(movies)
    expected = np.exp(logits / 1.6) / np.exp(logits / 1.6).sum(axis=-1, keepdims=True)
    answered = model.predict(movies)
    steps = np.isfinite(answered)
    assert steps.any()
    np.testing.assert_allclose(answered[steps], expected[steps], rtol=1e-4)
    np.testing.assert_array_equal(model.probabilities(logits)[steps], answered[steps])


def test_a_release_keeps_the_prior_and_what_was_tuned_on(run, tmp_path, monkeypatch):
    prior = np.array([4, 4, 1, 4, 4, 1, 1]) / 19
    calibration.write(run, 1.6, prior)
    known = pd.DataFrame({"object_id": ["a", "0012"], "label": ["supernova", "rr_lyrae"]})
    tuned_on.write(run, known)
    monkeypatch.setattr(pretrained, "ROOT", tmp_path / "weights")
    publish_weights(run, "toy")
    model = rcnn.load_pretrained("toy")
    np.testing.assert_array_equal(model.prior, prior)
    pd.testing.assert_frame_equal(model.tuned_on, known)


def test_a_changed_byte_is_refused(published):
    content = bytearray((published / weights_io.FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (published / weights_io.FILE).write_bytes(content)
    with pytest.raises(SkymovieError, match="expected the checksum"):
        rcnn.load_pretrained("toy")


def test_a_missing_checksum_is_named(published):
    (published / weights_io.CHECKSUM).unlink()
    with pytest.raises(SkymovieError, match=r"weights\.npz: expected the weights of a release"):
        rcnn.load_pretrained("toy")


def test_settings_of_the_network_are_taken_over(published, tiny):
    assert pretrained.taken_over("toy")["convolutions"] == tiny.convolutions


def test_a_training_begins_with_shipped_weights(published, store, tiny, tmp_path):
    from dataclasses import replace

    start = replace(tiny, start="toy", iterations=1, validate_every=1, learning_rate=1e-9)
    begun = rcnn.load_pretrained("toy").network
    trained = rcnn.train(store, start, tmp_path / "more").network
    for a, b in zip(begun.trainable_weights, trained.trainable_weights, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=1e-6)

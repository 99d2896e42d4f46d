"""The network and its training on JAX, with two devices of the processor; run by test_jax.py."""

import os
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

if keras.config.backend() != "jax":
    pytest.skip("runs where KERAS_BACKEND=jax, begun by test_jax.py", allow_module_level=True)

import jax

import rcnn
from rcnn.data import loader, resident
from rcnn.data.resident import DeviceDataset
from rcnn.network.batch_renorm import BatchRenormalization
from rcnn.network.network import NO_LABEL
from rcnn.training import checkpoint, jax_steps, training
from rcnn.training.devices import spread
from rcnn.training.steps import evaluate
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError

LOSSES = ["iteration", "loss", "accuracy", "validation_loss", "validation_accuracy"]


def train(store, settings, out, room=0, devices="1"):
    """Train with so much room on the device; the losses and all that was learnt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resident, "room", lambda: room)
        rcnn.train(store, settings, out, devices, conclude=False)
    with np.load(out / checkpoint.FILE) as archive:
        state = {name: archive[name] for name in archive.files if name != "progress"}
    return pd.read_csv(out / "history.csv")[LOSSES], state


@pytest.fixture(scope="module")
def streamed(store, tiny, tmp_path_factory):
    return train(store, tiny, tmp_path_factory.mktemp("streamed") / "run")


def same(one, other, rtol):
    (losses, state), (others, its) = one, other
    np.testing.assert_allclose(losses, others, rtol=rtol)
    for name, value in state.items():
        np.testing.assert_allclose(value, its[name], rtol=rtol, atol=rtol, err_msg=name)


def test_answers_are_those_of_tensorflow():
    """The same weights and movies, read from where TensorFlow's process left them."""
    folder = Path(os.environ["TRAINED_ON_TENSORFLOW"])
    movies = MovieStore.open(os.environ["STORE_OF_TENSORFLOW"]).read("test")
    logits = rcnn.load(folder / "run").logits(movies)
    theirs = np.load(folder / "logits.npy")
    real = loader.labels(movies.sequences()) != NO_LABEL
    np.testing.assert_allclose(logits[real], theirs[real], rtol=1e-4, atol=2e-5)


def test_the_first_losses_are_those_of_tensorflow(tiny, tmp_path):
    """Without dropout and from the same weights, four steps of the optimizer change them alike."""
    folder = Path(os.environ["TRAINED_ON_TENSORFLOW"])
    store = MovieStore.open(os.environ["STORE_OF_TENSORFLOW"])
    theirs = pd.read_csv(folder / "plain" / "history.csv")
    settings = replace(tiny, iterations=4, validate_every=1, dropout=0.0, start=str(folder / "run"))
    losses, _ = train(store, settings, tmp_path / "run")
    np.testing.assert_allclose(losses["loss"], theirs["loss"], rtol=2e-4)
    np.testing.assert_allclose(losses["validation_loss"], theirs["validation_loss"], rtol=2e-3)


def test_movies_on_the_device_train_as_those_from_the_disk(store, tiny, tmp_path, streamed):
    same(streamed, train(store, tiny, tmp_path / "run", room=10**12), rtol=1e-4)


def test_batches_made_on_the_device_are_those_made_from_the_store(store, tiny):
    on_device = DeviceDataset(store, "train", 70)
    for source in (replace(tiny, augment=True), replace(tiny, augment=False)):
        draws = on_device.draws(source, 3, 0)
        read = loader.training_batches(store, source.batch, source.seed, source.augment, 3)
        for _, draw, (arrays, target) in zip(range(6), draws, read, strict=False):
            inputs, labels = jax.jit(DeviceDataset.take)(on_device.arrays, draw)
            np.testing.assert_array_equal(labels, target)
            assert inputs["images"].dtype == np.uint16
            for name, values in arrays.items():
                np.testing.assert_array_equal(inputs[name], values, err_msg=name)


def test_several_devices_train_as_one(store, tiny, tmp_path, streamed):
    """Batch statistics, gradients and moments are those of the whole batch."""
    two = train(store, tiny, tmp_path / "run", room=10**12, devices="all")
    same(streamed, two, rtol=1e-4)


def test_several_devices_share_the_work(store, tiny):
    with spread("2", tiny.batch):
        model = rcnn.RCNN(tiny)
        training.compile_network(model.network, 1e-3)
        steps = jax_steps.JaxSteps(model.network, store, tiny, 0)
        steps.run([1e-3])
        compiled = steps._run.lower(
            steps._state(), None, *drawn(steps, store, tiny), np.int32(1)
        ).compile()
        steps.close()
    text = compiled.as_text()
    assert "all-reduce" in text  # gradients and statistics of the whole batch
    convolutions = [line for line in text.splitlines() if " convolution(" in line]
    frames = tiny.batch // 2 * 20
    assert any(f"[{frames},21,21," in line for line in convolutions)
    assert not any(f"[{2 * frames},21,21," in line for line in convolutions)


def drawn(steps, store, settings):
    arrays, target = next(loader.training_batches(store, settings.batch, settings.seed, True))
    stacked = jax.tree.map(lambda v: np.stack([v] * steps.at_once), (arrays, target))
    return stacked, np.zeros(steps.at_once, np.float32)


def test_more_devices_than_there_are_is_refused():
    with pytest.raises(UsageError, match=r"at most the 2 devices .* got --devices 3"):
        spread("3", 33).__enter__()
    with pytest.raises(UsageError, match=r"--batch that 2 devices can share .* got 15; give 14"):
        spread("2", 15).__enter__()


def test_an_interrupted_training_goes_on_as_if_nothing_had_been(
    store, tiny, tmp_path, streamed, train_and_die
):
    train_and_die(store, tiny, tmp_path / "run")
    same(streamed, train(store, tiny, tmp_path / "run"), rtol=0)


def test_evaluation_on_the_device_is_that_of_keras(store, tiny, monkeypatch):
    model = rcnn.RCNN(tiny)
    training.compile_network(model.network, 1e-3)
    wanted = evaluate(model.network, store, "train", 61)
    for room in (0, 10**12):
        monkeypatch.setattr(resident, "room", lambda room=room: room)
        monkeypatch.setattr(jax_steps, "EVALUATION_BATCH", 16)
        steps = jax_steps.JaxSteps(model.network, store, tiny, 0)
        np.testing.assert_allclose(steps.evaluate("train", 61), wanted, rtol=1e-5)
        steps.close()


def test_what_pads_a_movie_does_not_matter(store, tiny):
    """Neither to the loss nor to the statistics nor to the gradients, whatever stands there."""
    model = rcnn.RCNN(replace(tiny, dropout=0.0))
    training.compile_network(model.network, 1e-3)
    steps = jax_steps.JaxSteps(model.network, store, tiny, 0)
    steps.close()
    arrays, target = next(loader.training_batches(store, 14, 0, False))
    n = arrays["n_images"]
    assert n.min() < arrays["images"].shape[1]
    padding = np.arange(arrays["images"].shape[1]) >= n[:, None]
    other = {name: values.copy() for name, values in arrays.items()}
    other["images"][padding] = 60_000
    other["sky"][padding] = 7
    other["days"][padding] = 300
    one, two = (
        jax.jit(steps._step)(steps._state(), inputs, target, np.float32(1e-3))
        for inputs in (arrays, other)
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), one, two)


@pytest.mark.parametrize("masked", [False, True])
def test_renormalization_leaves_out_what_is_not_real(masked):
    x = np.random.default_rng(0).normal(3, 2, (6, 5, 4, 3)).astype(np.float32)
    layer = BatchRenormalization()
    real = None
    given = x
    if masked:
        given, real = np.concatenate([x, np.full_like(x, 1e4)]), np.arange(12) < 6
    y = np.asarray(layer(given, real=real, training=True))[:6]
    np.testing.assert_allclose(layer.moving_mean, x.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, x.var((0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-5)

from dataclasses import replace

import numpy as np
import pytest

from rcnn.data import loader
from rcnn.model.classifier import RCNN
from rcnn.network.network import NO_LABEL, last_accuracy, sequence_loss
from rcnn.settings import PRESETS


@pytest.fixture(scope="module")
def sequences(toy):
    return toy(14).sequences()


@pytest.fixture(scope="module")
def model(tiny):
    return RCNN(tiny)


def test_weights_are_those_of_table_3():
    network = RCNN(PRESETS["paper"]).network
    shapes = [tuple(v.shape) for v in network.trainable_variables if len(v.shape) > 1]
    assert shapes == [
        (3, 3, 3, 64),
        *[(3, 3, 64, 64)] * 5,
        (2304, 1024),
        (1027, 4 * 512),
        (512, 4 * 512),
        (512, 7),
    ]
    convolutions = 9 * 3 * 64 + 5 * 9 * 64 * 64
    renormalizations = 2 * 3 + 6 * 2 * 64
    dense = 2304 * 1024 + 1024
    lstm = 4 * 512 * (1027 + 512 + 1)
    softmax = 512 * 7 + 7
    total = sum(int(np.prod(v.shape)) for v in network.trainable_variables)
    assert total == convolutions + renormalizations + dense + lstm + softmax == 5_704_653


def test_the_trunk_has_the_sizes_of_table_3(tiny):
    network = RCNN(replace(tiny, convolutions="64 64 64 | 64 64 64", conditions=False)).network
    x = np.zeros((2, 21, 21, 3), np.float32)
    sizes = []
    for layer in network.trunk:
        x = layer(x)
        sizes.append(tuple(x.shape[1:]))
    assert list(dict.fromkeys(sizes)) == [
        (21, 21, 64),
        (11, 11, 64),
        (6, 6, 64),
        (2304,),
        (16,),  # 1024 in full
    ]


def test_an_answer_rests_on_the_images_so_far(model, sequences):
    arrays = loader.inputs(sequences)
    before = np.asarray(model.network(arrays))
    seen = 6
    for name in ("images", "sky", "zero_point", "seeing", "days"):
        later = arrays[name].copy()
        later[:, seen:] = 7
        arrays[name] = later
    after = np.asarray(model.network(arrays))
    steps = seen - 2
    np.testing.assert_allclose(after[:, :steps], before[:, :steps], atol=1e-5)
    assert np.abs(after[:, steps:] - before[:, steps:]).max() > 1e-3


def test_padding_changes_nothing(model, sequences):
    arrays = loader.inputs(sequences)
    n = arrays["n_images"]
    longest = int(n.max())
    short = {k: v if v.ndim == 1 else v[:, :longest] for k, v in arrays.items()}
    rubbish = {k: v.copy() for k, v in arrays.items()}
    outside = np.arange(rubbish["images"].shape[1]) >= n[:, None]
    values = {"images": 60_000, "sky": 3e4, "zero_point": -9, "seeing": 9, "days": 99}
    for name, value in values.items():
        rubbish[name][outside] = value
    real = np.arange(20) + 3 <= n[:, None]
    plain = np.asarray(model.network(arrays))
    np.testing.assert_allclose(np.asarray(model.network(rubbish))[real], plain[real], atol=1e-5)
    np.testing.assert_allclose(
        np.asarray(model.network(short))[real[:, : longest - 2]], plain[real], atol=1e-5
    )


def test_padding_does_not_enter_the_statistics(tiny, sequences):
    arrays = loader.inputs(sequences)
    moving = []
    for value in (0, 60_000):
        network = RCNN(tiny).network
        images = arrays["images"].copy()
        images[np.arange(images.shape[1]) >= arrays["n_images"][:, None]] = value
        network({**arrays, "images": images}, training=True)
        moving.append([np.asarray(v) for v in network.non_trainable_variables])
    for a, b in zip(*moving, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_gathered_and_masked_frames_give_the_same(tiny, sequences):
    """What TensorFlow gathers, JAX must mask."""
    settings = replace(tiny, dropout=0.0)
    arrays = loader.inputs(sequences)
    real = np.arange(20) + 3 <= arrays["n_images"][:, None]
    found = []
    for gather in (True, False):
        network = RCNN(settings).network
        network.gather = gather
        logits = np.asarray(network(arrays, training=True))[real]
        found.append([logits, *(np.asarray(v) for v in network.non_trainable_variables)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-4, rtol=2e-4)


def test_it_is_told_the_conditions_or_not(tiny, sequences):
    arrays = loader.inputs(sequences)
    blurred = {**arrays, "seeing": arrays["seeing"] + 1}
    for told in (True, False):
        network = RCNN(replace(tiny, conditions=told)).network
        before, after = np.asarray(network(arrays)), np.asarray(network(blurred))
        assert np.array_equal(before, after) != told


def test_the_seed_decides_the_weights(tiny):
    first, same, other = (
        [np.asarray(v) for v in RCNN(replace(tiny, seed=seed)).network.trainable_variables]
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    kernels = [k for k, v in enumerate(first) if v.ndim > 1]
    assert not any(np.array_equal(first[k], other[k]) for k in kernels)


def test_the_loss_is_summed_over_steps_and_padding_is_left_out():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 7)).astype(np.float32)
    labels = np.array([[2, 2, 2], [5, NO_LABEL, NO_LABEL]])
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = [-np.log(p[0, :, 2]).sum(), -np.log(p[1, 0, 5])]
    np.testing.assert_allclose(sequence_loss(labels, logits), expected, rtol=1e-5)


def test_accuracy_is_that_of_the_last_image():
    labels = np.array([[2, 2, 2], [5, 5, NO_LABEL]])
    logits = np.zeros((2, 3, 7), np.float32)
    logits[0, :2, 2] = logits[1, 1, 5] = 1
    np.testing.assert_array_equal(last_accuracy(labels, logits), [0, 1])

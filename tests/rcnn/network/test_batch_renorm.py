import keras
import numpy as np
import pytest

from rcnn.network.batch_renorm import BatchRenormalization


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(3, 2, (6, 5, 4, 3)).astype(np.float32)


def run(layer, x, dy, **kwargs):
    """Output in training and gradients by the input, γ and β."""
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True, **kwargs)
    return [np.asarray(g) for g in (y, *tape.gradient(y, [x, layer.gamma, layer.beta], dy))]


@pytest.mark.parametrize("masked", [False, True])
def test_closed_it_is_batch_normalization_with_its_gradients(x, masked):
    dy = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    mask = np.array([1, 1, 0, 1, 0, 1], bool)
    kwargs = {"real": mask} if masked else {}
    dy[~mask] = 0
    ours, theirs = BatchRenormalization(), keras.layers.BatchNormalization()
    ours.build(x.shape)
    theirs.build(x.shape)
    pixels = np.broadcast_to(mask[:, None, None], x.shape[:3])
    kwargs_theirs = {"mask": pixels} if masked else {}
    for _ in range(3):
        for a, b in zip(
            run(ours, x, dy, **kwargs), run(theirs, x, dy, **kwargs_theirs), strict=True
        ):
            keep = mask if masked and a.shape == x.shape else slice(None)
            np.testing.assert_allclose(a[keep], b[keep], atol=2e-5)


def test_the_first_batch_sets_the_moving_statistics(x):
    layer = BatchRenormalization()
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, x.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, x.var((0, 1, 2)), rtol=1e-4)
    # so that inference at once agrees with training
    np.testing.assert_allclose(layer(x), layer(x, training=True), atol=1e-4)


def test_the_moving_mean_forgets_the_start_within_tens_of_updates():
    layer = BatchRenormalization()
    for k in range(60):
        layer(np.full((4, 1), 100.0 if k == 0 else 1.0, np.float32), training=True)
    assert abs(float(layer.moving_mean[0]) - 1) < 0.01


def test_limits_open_on_schedule():
    layer = BatchRenormalization(opens_after=100)
    layer.build((None, 2))
    found = []
    for updates in (0, 100, 300, 500, 800, 5000):
        layer.updates.assign(updates)
        found.append([float(v) for v in layer.limits()])
    np.testing.assert_allclose(
        found, [[1, 0], [1, 0], [1 + 4 / 7, 2.5], [1 + 8 / 7, 5], [3, 5], [3, 5]], rtol=1e-6
    )


@pytest.mark.parametrize("fused", [True, False])
def test_open_it_follows_ioffes_equations(x, fused):
    layer = BatchRenormalization(opens_after=1, epsilon=1e-3)
    layer.build(x.shape)
    layer.updates.assign(10_000)
    layer.moving_mean.assign([2.0, 3.0, -90.0])
    layer.moving_variance.assign([1.0, 4.0, 0.01])
    mean, sigma = x.mean((0, 1, 2)), np.sqrt(x.var((0, 1, 2)) + 1e-3)
    moving = np.sqrt(np.array([1.0, 4.0, 0.01]) + 1e-3)
    r = np.clip(sigma / moving, 1 / 3, 3)
    d = np.clip((mean - np.array([2.0, 3.0, -90.0])) / moving, -5, 5)
    assert r[2] == 3
    assert d[2] == 5
    mask = None if fused else np.ones(len(x), bool)
    y = layer(x, real=mask, training=True)
    np.testing.assert_allclose(y, (x - mean) / sigma * r + d, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean[0], 2 + 0.01 * (mean[0] - 2), rtol=1e-5)


def test_padded_frames_do_not_matter(x):
    plain, masked = BatchRenormalization(), BatchRenormalization()
    padded = np.concatenate([x, np.full_like(x, 1e4)])
    y = plain(x, training=True)
    z = masked(padded, real=np.arange(12) < 6, training=True)
    np.testing.assert_allclose(y, z[:6], atol=1e-5)
    np.testing.assert_allclose(plain.moving_variance, masked.moving_variance, rtol=1e-5)


def test_bfloat16_keeps_float32_statistics(x):
    half, full = BatchRenormalization(dtype="mixed_bfloat16"), BatchRenormalization()
    y = half(keras.ops.cast(x, "bfloat16"), training=True)
    assert y.dtype == "bfloat16"
    assert half.moving_mean.dtype == "float32"
    full(x, training=True)
    np.testing.assert_allclose(half.moving_mean, full.moving_mean, rtol=5e-3)
    np.testing.assert_allclose(half.moving_variance, full.moving_variance, rtol=5e-3)


def test_a_frozen_layer_normalizes_by_the_moving_statistics(x):
    layer = BatchRenormalization()
    layer.build(x.shape)
    layer.trainable = False
    np.testing.assert_allclose(layer(x, training=True), x / np.sqrt(1.001), rtol=1e-5)
    assert float(layer.updates) == 0


def test_its_configuration_makes_it_again():
    layer = BatchRenormalization(opens_after=7, momentum=0.9, epsilon=0.1)
    again = BatchRenormalization.from_config(layer.get_config())
    assert (again.opens_after, again.momentum, again.epsilon) == (7, 0.9, 0.1)

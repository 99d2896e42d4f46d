import keras
import numpy as np

from rcnn.network.lstm import LSTM


def inputs():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 6, 8)).astype(np.float32)
    return features, np.cumsum(rng.random((3, 6, 3)), axis=1).astype(np.float32)


def test_it_is_keras_own_with_the_same_weights():
    features, days = inputs()
    ours, theirs = LSTM(5), keras.layers.LSTM(5, return_sequences=True)
    found = ours(features, days)
    theirs.build((3, 6, 11))
    start = [np.asarray(w) for w in theirs.get_weights()]
    np.testing.assert_array_equal(start[2], ours.bias)  # forget gates begin open
    theirs.set_weights(ours.get_weights())
    together = np.concatenate([features, days], axis=-1)
    np.testing.assert_allclose(found, theirs(together), atol=1e-5)


def test_times_are_not_rounded_to_bfloat16():
    features, days = inputs()
    days = days + 20
    half = LSTM(5, dtype="mixed_bfloat16")
    half(features, days)
    half.kernel.assign(np.concatenate([np.zeros((8, 20)), np.full((3, 20), 0.01)]))
    later = np.asarray(half(features, days + 0.01))
    assert np.abs(later - np.asarray(half(features, days))).min() > 1e-6

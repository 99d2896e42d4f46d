import numpy as np

from rcnn.preprocess import FLOOR, SOFTENING, Preprocess


def arrays(B=2, E=5, S=4):
    rng = np.random.default_rng(0)
    return {
        "images": rng.integers(0, 65535, (B, E, S, S)).astype(np.uint16),
        "sky": rng.uniform(100, 200, (B, E)).astype(np.float32),
        "zero_point": rng.uniform(24.8, 25.2, (B, E)).astype(np.float32),
        "days": np.cumsum(rng.random((B, E)), axis=1).astype(np.float32),
        "n_images": np.array([5, 3], np.int32),
    }


def test_calibration_is_equation_4():
    x = arrays()
    stacks, days, real = (np.asarray(v) for v in Preprocess("linear")(x))
    assert stacks.shape == (2, 3, 4, 4, 3)
    for b, t, k in np.ndindex(2, 3, 3):
        factor = 10 ** ((x["zero_point"][b, 0] - x["zero_point"][b, t + k]) / 2.5)
        expected = (x["images"][b, t + k].astype(float) - x["sky"][b, t + k]) * factor
        np.testing.assert_allclose(stacks[b, t, :, :, k], expected, rtol=1e-4, atol=0.01)
        assert days[b, t, k] == x["days"][b, t + k]
    np.testing.assert_array_equal(real, [[True] * 3, [True, False, False]])


def test_asinh_compresses_the_calibrated_image():
    linear, _, _ = Preprocess("linear")(arrays())
    asinh, _, _ = Preprocess("asinh")(arrays())
    np.testing.assert_allclose(asinh, np.arcsinh(np.asarray(linear) / SOFTENING), rtol=1e-4)


def test_relative_brightness_is_that_of_the_first_stack():
    x = arrays(S=21)
    linear = np.asarray(Preprocess("linear")(x)[0])
    relative = np.asarray(Preprocess("relative")(x)[0])
    core = linear[:, 0, 8:13, 8:13].mean(axis=(1, 2))  # of the three images of the first stack
    brightness = FLOOR + np.maximum(core.max(axis=-1), 0)
    expected = np.arcsinh(linear / brightness[:, None, None, None, None])
    np.testing.assert_allclose(relative, expected, rtol=1e-3, atol=1e-4)


def test_empty_sky_is_not_blown_up():
    x = arrays(S=21)
    x["images"] = np.zeros_like(x["images"]) + x["sky"].astype(np.uint16)[:, :, None, None]
    assert np.abs(np.asarray(Preprocess("relative")(x)[0])).max() < 0.1

import numpy as np

from rcnn.network.preprocess import CONDITIONS, FLOOR, GAIN, SOFTENING, Preprocess


def arrays(B=2, E=5, S=4):
    rng = np.random.default_rng(0)
    return {
        "images": rng.integers(0, 65535, (B, E, S, S)).astype(np.uint16),
        "sky": rng.uniform(100, 200, (B, E)).astype(np.float32),
        "zero_point": rng.uniform(24.8, 25.2, (B, E)).astype(np.float32),
        "seeing": rng.uniform(0.8, 2, (B, E)).astype(np.float32),
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


def test_conditions_are_those_of_each_image_of_a_stack():
    x = arrays(S=21)
    layer = Preprocess("relative")
    told = np.asarray(layer.conditions(x))
    assert told.shape == (2, 3, CONDITIONS)
    zero_point, brightness = np.asarray(layer.reference(x))[0]
    for t, k in np.ndindex(3, 3):
        noise = np.sqrt(x["sky"][0, t + k] / GAIN)
        noise *= 10 ** (0.4 * (zero_point - x["zero_point"][0, t + k]))
        seeing, faint, deep = told[0, t, k::3]
        assert seeing == np.float32(x["seeing"][0, t + k] - 1.4)
        np.testing.assert_allclose(faint, 2 * (np.log(noise) - 1.5), rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(deep, (np.log(brightness / noise) - 2) / 4, rtol=1e-3, atol=1e-4)


def test_conditions_of_padding_are_finite():
    x = arrays(S=21)
    for name in ("images", "sky", "zero_point", "seeing"):
        x[name][1, 3:] = 0
    assert np.isfinite(np.asarray(Preprocess("relative").conditions(x))).all()

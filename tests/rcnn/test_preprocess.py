import numpy as np

from rcnn.preprocess import SOFTENING, Preprocess


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

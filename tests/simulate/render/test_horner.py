"""The fused polynomial: what NumPy's own gives."""

import numpy as np

from simulate.render import horner


def test_series_is_numpys_own():
    rng = np.random.default_rng(41)
    coefficients, x = rng.normal(size=(3, 10)), rng.uniform(0, 2, (3, 50))
    expected = [
        np.polynomial.polynomial.polyval(at, c) for at, c in zip(x, coefficients, strict=True)
    ]
    ours = horner.series(coefficients.astype(np.float32), x.astype(np.float32))
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-2)

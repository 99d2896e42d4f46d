"""Polynomials of many arrays at once: what `spectra` asks most often, in one pass for NumPy."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, fastmath={"contract"})
def series(coefficients, x):  # type: ignore[no-untyped-def]
    """Σ coefficients_i xⁱ, shape (M, W), by Horner's rule.

    Parameters
    ----------
    coefficients : shape (M, P)
    x : shape (M, W)
    """
    out = np.empty_like(x)
    for m in range(len(x)):
        out[m] = coefficients[m, -1]
        for i in range(coefficients.shape[1] - 2, -1, -1):
            for w in range(x.shape[1]):  # inmost, so that it is done for many at once
                out[m, w] = out[m, w] * x[m, w] + coefficients[m, i]
    return out

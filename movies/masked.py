"""Masked pixels of real images: which they are, and what stands in their place."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import generic_filter

MASKED = (-1000.0, 1e6)
"""Pixels at or beyond these ADU are marks, not light: HiTS has −9999 and 9.998e7."""


def is_masked(images: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which pixels are marks rather than light, same shape as `images`."""
    return ~np.isfinite(images) | (images <= MASKED[0]) | (images >= MASKED[1])


def fill(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Images (E, S, S) with every masked pixel replaced by the median of its good neighbours.

    The neighbourhood is 3×3 in the same image, and grows until it has a good pixel. Marked pixels
    lie on the flank of a star as often as on empty sky, where the border's median would dig a hole.
    """
    filled = images.copy()
    for image, bad in zip(filled, is_masked(images), strict=True):
        if not bad.any():
            continue
        good = np.where(bad, np.nan, image)
        for width in range(3, 2 * image.shape[0], 2):
            if not (still := np.isnan(good) & bad).any():
                break
            median = generic_filter(
                np.where(bad, np.nan, image), _median, size=width, mode="constant", cval=np.nan
            )
            good[still] = median[still]
        image[bad] = good[bad]
    return filled


def _median(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else np.nan

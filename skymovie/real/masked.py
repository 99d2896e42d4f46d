"""Masked pixels of real images: which they are, and what stands in their place."""

import numpy as np
from numpy.typing import NDArray

MASKED = (-1000.0, 1e6)
"""Pixels at or beyond these ADU are marks, not light: HiTS has −9999 and 9.998e7."""

MARKS = (-99.0, -999.0)
"""ADU that other programs write into a bad pixel: no light, as with the sky none is so faint."""

NOTHING = 0.0
"""ADU of a pixel beyond the edge of its CCD: with the sky, HiTS' pixels have some hundred."""


def is_masked(images: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which pixels are marks rather than light, same shape as `images`."""
    marks = (images <= MASKED[0]) | (images == NOTHING) | (images >= MASKED[1])
    for mark in MARKS:
        marks |= images == mark
    return marks | ~np.isfinite(images)


def fill(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Images (E, S, S) with every masked pixel replaced by the median of its good neighbours.

    The neighbourhood is 3×3 in the same image, and grows until it has a good pixel. Marked pixels
    lie on the flank of a star as often as on empty sky, where the border's median would dig a hole.
    An image without a good pixel stays as it is.
    """
    filled = images.copy()
    for e, y, x in np.argwhere(is_masked(images)):
        for reach in range(1, images.shape[1]):
            top, left = max(y - reach, 0), max(x - reach, 0)
            near = images[e, top : y + reach + 1, left : x + reach + 1]
            good = near[~is_masked(near)]
            if len(good):
                filled[e, y, x] = np.median(good)
                break
    return filled

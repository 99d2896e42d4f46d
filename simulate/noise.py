"""From expected to recorded ADU: photon noise, read noise, saturation, whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveys.camera import Camera


def record(
    generators: Sequence[np.random.Generator],
    expected: NDArray[np.float32],
    present: NDArray[np.bool_],
    camera: Camera,
) -> NDArray[np.uint16]:
    """What the camera writes for the expected images (Carrasco-Davis et al. 2018, §2.3).

    Poisson electrons, plus Gaussian read noise, back to ADU, cut off at saturation, rounded.

    Parameters
    ----------
    generators : N generators
        One an object, so that its noise does not depend on what else is simulated with it.
    expected : array, shape (N, E, S, S)
        ADU.
    present : bool array, shape (N, E)
        Whether there is an image.
    camera : Camera

    Returns
    -------
    uint16 array, shape (N, E, S, S)
        0 where there is no image.
    """
    out = np.zeros(expected.shape, np.uint16)
    for rng, mean, there, movie in zip(generators, expected, present, out, strict=True):
        electrons = mean[there] * camera.gain
        recorded = rng.poisson(np.maximum(electrons, 0)).astype(np.float32)
        recorded += camera.read_noise * rng.standard_normal(recorded.shape, dtype=np.float32)
        movie[there] = np.clip(np.rint(recorded / camera.gain), 0, camera.saturation)
    return out

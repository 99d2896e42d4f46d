"""From expected to recorded ADU: photon noise, read noise, saturation, whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveys.camera import Detectors


def record(
    generators: Sequence[np.random.Generator],
    expected: NDArray[np.float32],
    present: NDArray[np.bool_],
    detectors: Detectors,
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
    detectors : Detectors
        That each of the N objects stands on.

    Returns
    -------
    uint16 array, shape (N, E, S, S)
        0 where there is no image.
    """
    out = np.zeros(expected.shape, np.uint16)
    for n, (rng, movie) in enumerate(zip(generators, out, strict=True)):
        mean = expected[n, present[n]]
        gain, read_noise = detectors.gain[n], detectors.read_noise[n]
        recorded = rng.poisson(np.maximum(mean * gain, 0)).astype(np.float32)
        recorded += read_noise * rng.standard_normal(recorded.shape, dtype=np.float32)
        movie[present[n]] = np.clip(np.rint(recorded / gain), 0, detectors.saturation[n])
    return out

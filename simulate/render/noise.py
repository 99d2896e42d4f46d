"""From expected to recorded ADU: photon noise, read noise, saturation, whole numbers.

Electrons are a Poisson number plus a Gaussian of the read noise ρ. Where many are expected, λ, a
normal deviate z bent to the sum's first three cumulants takes their place (Cornish & Fisher 1938):

    λ + s z + (λ / s²) (z² − 1) / 6,    s² = λ + ρ².

From `FEW` electrons on, and with a read noise of `SMOOTH` or more to smear out whole numbers, ten
million recorded pixels of one brightness do not tell the two apart: their χ² against the exact law
is larger by less than a twentieth of its own scatter under HiTS conditions, by half of it at worst.
Without the last term, a plain Gaussian, it is by hundreds of times its scatter, and still by 30
times at 3,000 electrons.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveys.camera import Detectors

FEW = 100.0
"""Expected electrons in a pixel under which they are drawn one by one, from Poisson's law."""

SMOOTH = 1.0
"""Read noise, electrons, under which they always are."""

_TOGETHER = 4  # objects: enough to make long arrays, few enough to stay in the processor's cache


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
    for begin in range(0, len(out), _TOGETHER):
        rows = slice(begin, begin + _TOGETHER)
        here = present[rows]
        electrons = _electrons(generators[rows], expected[rows][here], here, detectors.select(rows))
        gain, saturation = (
            np.repeat(v[rows], here.sum(axis=1)).astype(np.float32)[:, None]
            for v in (detectors.gain, np.minimum(detectors.saturation, 2**16 - 1))
        )
        electrons /= gain
        np.clip(np.rint(electrons, out=electrons), 0, saturation, out=electrons)
        out[rows][here] = electrons.astype(np.uint16).reshape(-1, *out.shape[2:])
    return out


def _electrons(
    generators: Sequence[np.random.Generator],
    mean: NDArray[np.float32],
    here: NDArray[np.bool_],
    detectors: Detectors,
) -> NDArray[np.float32]:
    """Electrons read from the pixels of the images that there are, shape (images, pixels).

    The images of an object stand together; `mean` is in ADU, `here` of shape (objects, E).
    """
    images = here.sum(axis=1)
    gain, read_noise = (
        np.repeat(v, images).astype(np.float32)[:, None]
        for v in (detectors.gain, detectors.read_noise)
    )
    photons = np.maximum(mean.reshape(len(mean), -1) * gain, 0)
    z = standard_normal(generators, images, photons.shape[1])
    variance = photons + np.maximum(read_noise, 1e-3) ** 2
    out = z * z
    out -= 1
    out *= photons
    out /= 6 * variance
    out += np.sqrt(variance, out=variance) * z
    out += photons
    few = photons < np.where(read_noise < SMOOTH, np.inf, FEW).astype(np.float32)
    if few.any():
        exact = read_noise * z
        for rng, custom_models in zip(
            generators, np.split(np.arange(len(mean)), np.cumsum(images)), strict=False
        ):
            some = few[custom_models]
            count = np.zeros(some.shape, np.float32)
            count[some] = rng.poisson(photons[custom_models][some])
            out[custom_models] = np.where(some, count + exact[custom_models], out[custom_models])
    return out


def standard_normal(
    generators: Sequence[np.random.Generator], rows: NDArray[np.int64], k: int
) -> NDArray[np.float32]:
    """Standard normal draws, some rows of k from each generator; shape (sum of the rows, k).

    By Box and Muller's (1958) transform of 32-bit numbers, four times as fast here as the
    generator's own method, since it runs on whole arrays. The largest possible is 6.7.
    """
    pairs = (k + 1) // 2
    bits = np.concatenate(
        [
            rng.integers(0, 2**64 - 1, n * pairs, np.uint64, endpoint=True)
            for rng, n in zip(generators, rows, strict=True)
        ]
    )
    words = bits.view(np.uint32).reshape(-1, 2, pairs)
    uniform = words[:, 0].astype(np.float32)
    uniform *= np.float32(2.0**-32)
    uniform += np.float32(2.0**-33)
    radius = np.log(uniform, out=uniform)
    radius *= -2
    np.sqrt(radius, out=radius)
    angle = words[:, 1].astype(np.float32)
    angle *= np.float32(2 * np.pi * 2.0**-32)
    out = np.empty((len(words), 2 * pairs), np.float32)
    np.multiply(radius, np.cos(angle), out=out[:, :pairs])
    np.multiply(radius, np.sin(angle), out=out[:, pairs:])
    return out[:, :k]

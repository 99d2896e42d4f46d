"""One switch, two renderers: the batched one, and GalSim to hold it to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simulate.scene import Scene
from surveys.errors import UsageError

RENDERERS = ("fourier", "galsim")


def renderer(name: str) -> Callable[[Scene, int], NDArray[np.float32]]:
    """The function ``expected(scene, stamp)`` of a renderer.

    Raises
    ------
    UsageError
        If there is no renderer of that name.
    """
    if name == "fourier":
        from simulate import fourier_renderer

        return fourier_renderer.expected
    if name == "galsim":
        from simulate import galsim_renderer

        return galsim_renderer.expected
    raise UsageError(f"expected a renderer among {', '.join(RENDERERS)}; came {name!r}")

"""One switch, two renderers: the batched one, and GalSim to hold it to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from simulate.render.backends import backend
from simulate.render.scene import Scene
from surveys.errors import UsageError

RENDERERS = ("fourier", "galsim")


def renderer(name: str, device: str = "cpu") -> Callable[[Scene, int], NDArray[np.float32]]:
    """The function ``expected(scene, stamp)`` of a renderer.

    Parameters
    ----------
    name : str
        ``fourier`` or ``galsim``.
    device : str
        ``cpu``, or ``gpu`` for the batched renderer through CuPy or JAX.

    Raises
    ------
    UsageError
        If there is no renderer of that name, or it does not run on that device here.
    """
    if name not in RENDERERS:
        raise UsageError(f"expected a renderer among {', '.join(RENDERERS)}; got {name!r}")
    place = backend(device)
    if name == "fourier":
        from simulate.render import fourier_renderer

        return partial(fourier_renderer.expected, backend=place)
    if device != "cpu":
        raise UsageError(f"renderer 'galsim' runs on the device 'cpu' alone; got {device!r}")
    from simulate.render import galsim_renderer

    return galsim_renderer.expected

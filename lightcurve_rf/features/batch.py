"""The loop over light curves, their points and their features: the only compiled entry.

Numba keeps what it compiled in ``__pycache__`` and compiles anew when the file of a function
changes, but does not notice a change in the files of those it calls. It does notice another value
in a closure: here that is a digest of all of this folder. So this one function is kept, all that it
calls are compiled into it, and an edit anywhere in the folder is seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lightcurve_rf.features import autocorrelation, car, distribution, period, sequence, structure
from lightcurve_rf.features.arithmetic import SHORTEST, insert
from lightcurve_rf.features.phase_sums import make_room
from lightcurve_rf.features.running import NOTHING, seen, with_point
from surveys import processors

NAMES: tuple[str, ...] = (
    *distribution.NAMES,
    *sequence.NAMES,
    *autocorrelation.NAMES,
    *structure.NAMES,
    *car.NAMES,
    *period.NAMES,
)

_A = len(distribution.NAMES)
_B = _A + len(sequence.NAMES)
_C = _B + len(autocorrelation.NAMES)
_D = _C + len(structure.NAMES)
_E = _D + len(car.NAMES)

TOGETHER = 64
"""Light curves that a thread takes at a time."""


def _compiled(sources: str) -> Callable[..., None]:
    @njit(cache=True, nogil=True, error_model="numpy")
    def fill(time, magnitude, error, points, out):  # type: ignore[no-untyped-def]
        sources  # noqa: B018 - a name of the closure, for numba's sake
        N, E = time.shape
        ordered, steps, centred = np.empty(E), np.empty(E), np.empty(E)
        room = make_room(points.max())
        for n in range(N):
            sums, p = NOTHING, 0
            for t in range(points.shape[1]):
                if t > 0 and points[n, t] == points[n, t - 1]:
                    out[n, t] = out[n, t - 1]
                    continue
                while p < points[n, t]:
                    step = change = 0.0
                    if p > 0:
                        step = time[n, p] - time[n, p - 1]
                        change = magnitude[n, p] - magnitude[n, p - 1]
                        insert(steps, p - 1, step)
                    u, d = time[n, p] - time[n, 0], magnitude[n, p] - magnitude[n, 0]
                    sums = with_point(sums, u, d, (error[n, 0] / error[n, p]) ** 2, step, change)
                    insert(ordered, p, d)
                    p += 1
                if p < SHORTEST:
                    continue
                so_far = seen(
                    time[n, :p],
                    magnitude[n, :p],
                    error[n, :p],
                    ordered[:p],
                    steps[: p - 1],
                    centred[:p],
                    sums,
                )
                distribution.describe(so_far, out[n, t, :_A])
                sequence.describe(so_far, out[n, t, _A:_B])
                autocorrelation.describe(so_far, out[n, t, _B:_C])
                structure.describe(so_far, out[n, t, _C:_D])
                car.describe(so_far, out[n, t, _D:_E])
                period.describe(so_far, room, out[n, t, _E:])

    return fill


def _digest() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


_fill = _compiled(_digest())


def fill(
    light_curves: Sequence[NDArray[np.float64]], points: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Features of N light curves, each after T numbers of points, on all cores.

    Parameters
    ----------
    light_curves : three arrays, shape (N, E)
        Time, magnitude and error, in time order, what counts at the left.
    points : int array, shape (N, T)
        Not falling along a row, at most E.

    Returns
    -------
    array, shape (N, T, len(NAMES))
        0 where a formula is not defined; NaN or infinite where numbers overflow on the way.
    """
    out = np.zeros((*points.shape, len(NAMES)))
    if not points.size:
        return out
    arrays = (*light_curves, points, out)
    parts = [slice(n, n + TOGETHER) for n in range(0, len(out), TOGETHER)]
    if len(parts) == 1:
        _fill(*arrays)
        return out
    with ThreadPoolExecutor(processors.count()) as pool:
        list(pool.map(lambda rows: _fill(*(a[rows] for a in arrays)), parts))
    return out

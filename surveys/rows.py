"""Which rows of a table an index names."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveys.errors import UsageError


def named(chosen: ArrayLike | slice, n: int, what: str) -> NDArray[np.int64]:
    """The rows that a number, a slice, indices or a boolean mask name, in that order.

    NumPy would drop the axis for one number, cut a mask of another table short and take 0.0 and
    1.0 for an error of its own.

    Parameters
    ----------
    chosen : int, slice, or array of shape (K,) or, for a mask, (n,)
        Negative numbers count from the end.
    n : int
        Rows that there are.
    what : str
        What errors call them, such as ``movies``.

    Returns
    -------
    int64 array, shape (K,)

    Raises
    ------
    UsageError
        If it is none of these, or names a row that is not there.
    """
    if isinstance(chosen, slice):
        return np.arange(n)[chosen]
    rows = np.atleast_1d(np.asarray(chosen))
    if rows.size == 0 and rows.ndim == 1 and rows.dtype.kind != "b":
        return np.empty(0, np.int64)
    if rows.ndim != 1 or rows.dtype.kind not in "biu":
        raise UsageError(
            f"expected a number, a slice, a list of numbers or a mask of {n} {what}; "
            f"got {rows.dtype} of shape {np.shape(chosen)}; give [3] or mask, say"
        )
    if rows.dtype.kind == "b":
        if len(rows) != n:
            raise UsageError(
                f"expected a mask of {n} {what}, got one of {len(rows)}; make it of the same {what}"
            )
        return np.flatnonzero(rows)
    whole: NDArray[np.int64] = rows.astype(np.int64)
    absent = whole[(whole < -n) | (whole >= n)]
    if len(absent):
        raise UsageError(f"expected numbers under {n} of {what}, got {absent[0]}; give those there")
    return np.where(whole < 0, whole + n, whole)

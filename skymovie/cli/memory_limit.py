"""Limits of a process's address space (``ulimit -v``), which C++ libraries answer with an abort.

Under too low a limit TensorFlow, Arrow or OpenBLAS abort with ``std::bad_alloc``, or hang;
whoever has read the limit first can say so in one line.
"""

from __future__ import annotations

from surveys.errors import SkymovieError

FOR_ALL = 2_000_000_000
"""Bytes under which NumPy, SciPy and their threads cannot all be loaded."""

FOR_NETWORKS = 4_000_000_000
"""Bytes under which TensorFlow or JAX cannot."""

_SIGNS = ("failed to map segment", "cannot allocate memory", "start new thread")
"""What errors say, in lower case, where the address space is used up."""


def of_process() -> int | None:
    """Bytes of address space that this process may use; None where there is no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def require(needed: int) -> None:
    """Refuse to start under a limit that is too low.

    Raises
    ------
    SkymovieError
        If the process may use less than `needed` bytes.
    """
    limit = of_process()
    if limit is not None and limit < needed:
        raise SkymovieError(
            f"expected a memory limit of at least {needed / 1e9:g} GB, got {limit / 1e9:.2g} GB; "
            "raise it (ulimit -v unlimited)"
        )


def explanation(error: BaseException) -> str | None:
    """What to say of an error that means too little memory; None for others."""
    limit = of_process()
    reached = limit is not None and any(sign in str(error).lower() for sign in _SIGNS)
    if not (isinstance(error, MemoryError) or reached):
        return None
    said = " ".join(str(error).split())
    allowed = f", under a limit of {limit / 1e9:.2g} GB (ulimit -v)" if limit is not None else ""
    return (
        f"expected more memory than there is{allowed}{f': {said}' if said else ''}; "
        "give fewer --workers or --n, or raise the limit"
    )

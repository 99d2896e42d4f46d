"""What the sky sends and the camera records: light curves, hosts, rendering, noise → movies."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulate.run.run import movies, write

__all__ = ["movies", "write"]


def __getattr__(name: str) -> Any:
    # Not imported at once: `simulate --help` should not wait for the renderers.
    if name in __all__:
        from simulate.run import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

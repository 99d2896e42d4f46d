"""Weights that come with skymovie, one folder each under ``rcnn/weights``."""

from __future__ import annotations

from pathlib import Path

from surveys.errors import UsageError

ROOT = Path(__file__).parent / "weights"


def names() -> list[str]:
    """Names that `folder` knows."""
    return sorted(path.parent.name for path in ROOT.glob("*/settings.toml"))


def folder(name: str) -> Path:
    """The folder of shipped weights, laid out as a training run's.

    Raises
    ------
    UsageError
        If there are none of that name.
    """
    if name not in names():
        raise UsageError(
            f"expected a training run's folder or shipped weights ({', '.join(names()) or 'none'}"
            f" in this version); came {name!r}; train one with `train-rcnn`"
        )
    return ROOT / name

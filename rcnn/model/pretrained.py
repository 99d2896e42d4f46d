"""Weights that come with skymovie, one folder each under ``rcnn/weights``.

`rcnn.training.publish` makes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rcnn import settings as settings_file
from rcnn.settings import NETWORK
from surveys.errors import UsageError
from surveys.files.paths import local

ROOT = Path(__file__).parents[1] / "weights"
CARD = "card.md"


def names() -> list[str]:
    """Names that `folder` knows."""
    return sorted(path.parent.name for path in ROOT.glob(f"*/{settings_file.FILE}"))


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
            f" in this version); got {name!r}; train one with `train-rcnn`"
        )
    return ROOT / name


def resolve(model: str) -> Path:
    """The folder of a model: itself if there is one of that name, else that of shipped weights."""
    path = local(model)
    return path if path.is_dir() else folder(model)


def taken_over(model: str) -> dict[str, Any]:
    """Settings that a training which begins with a model's weights must share with it."""
    settings, _ = settings_file.read(resolve(model) / settings_file.FILE)
    return {name: getattr(settings, name) for name in NETWORK}

"""Weights that come with skymovie, one folder each under ``rcnn/weights``.

``python -m rcnn.model.pretrained RUN NAME`` makes a release of a training run; see
`rcnn.network.weights_io`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rcnn import settings as settings_file
from rcnn.model import calibration, tuned_on
from rcnn.network import weights_io
from rcnn.settings import NETWORK
from surveys.errors import UsageError
from surveys.files import atomic

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
    return Path(model) if Path(model).is_dir() else folder(model)


def taken_over(model: str) -> dict[str, Any]:
    """Settings that a training which begins with a model's weights must share with it."""
    settings, _ = settings_file.read(resolve(model) / settings_file.FILE)
    return {name: getattr(settings, name) for name in NETWORK}


def publish(run: Path, name: str) -> Path:
    """Make a release of a training run under `ROOT`, and return its folder."""
    from rcnn.model.classifier import load

    model = load(run)
    out = ROOT / name
    out.mkdir(parents=True, exist_ok=True)
    weights_io.write(model.network, out)
    # The store is left out: a path on the machine that trained means nothing elsewhere.
    settings_file.write(out / settings_file.FILE, replace(model.settings, start=""), stamp_size=21)
    atomic.put(out / CARD, (run / CARD).read_bytes())
    for file in (calibration.FILE, tuned_on.FILE):
        if (run / file).exists():
            atomic.put(out / file, (run / file).read_bytes())
    return out


if __name__ == "__main__":
    print(publish(Path(sys.argv[1]), sys.argv[2]))

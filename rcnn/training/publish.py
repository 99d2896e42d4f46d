"""Make a release of a training run: ``python -m rcnn.training.publish RUN NAME``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from rcnn import settings as settings_file
from rcnn.model import calibration, pretrained, tuned_on
from rcnn.model.classifier import load
from rcnn.network import weights_io
from surveys.files import atomic


def publish_weights(run: Path, name: str) -> Path:
    """Write a run's weights, settings and card under `pretrained.ROOT`; return their folder."""
    model = load(run)
    out = pretrained.ROOT / name
    out.mkdir(parents=True, exist_ok=True)
    weights_io.write(model.network, out)
    # The store is left out: a path on the machine that trained means nothing elsewhere.
    settings_file.write(out / settings_file.FILE, replace(model.settings, start=""), stamp_size=21)
    atomic.put(out / pretrained.CARD, (run / pretrained.CARD).read_bytes())
    for file in (calibration.FILE, tuned_on.FILE):
        if (run / file).exists():
            atomic.put(out / file, (run / file).read_bytes())
    return out


if __name__ == "__main__":
    print(publish_weights(Path(sys.argv[1]), sys.argv[2]))

"""The comparison report: reads prediction tables, knows no model, writes a page and its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from compare.report.metrics import Key, metrics
from compare.report.page import Setting
from compare.report.predictions import Answers
from compare.report.supernovae import Example
from compare.report.supernovae import numbers as of_supernovae
from surveys.files import atomic

__all__ = ["Setting", "write"]

NOTES = ("forest", "importance", "embedding", "combined", "cost")
"""Keys of what is told of the classifiers themselves: the forest's shape and the grid it was chosen
from, what it looks at, where the objects lie in that, the weights of the combination, and what one
more image costs."""


def write(
    answers: Mapping[Key, Answers],
    setting: Setting,
    out: Path,
    *,
    magnitude: Mapping[str, float] | None = None,
    notes: Mapping[str, Any] | None = None,
    supernovae: tuple[int, Sequence[Example]] = (0, ()),
) -> dict[str, Any]:
    """Write ``report.html`` and ``metrics.json`` into the folder `out`; both or neither.

    Parameters
    ----------
    answers : mapping of (sample, classifier) to Answers
        RCNN and forest on simulated movies, and the forest on real ones, at least.
    setting : Setting
    out : Path
        A folder that exists.
    magnitude : mapping, optional
        Magnitude of each simulated object, by name.
    notes : mapping, optional
        What is told of the classifiers: see `NOTES`.
    supernovae : tuple
        As `compare.report.supernovae.choose` returns it.

    Returns
    -------
    dict
        What stands in ``metrics.json``.
    """
    from compare.report.page import render

    numbers = {"skymovie": version("skymovie"), **metrics(answers, magnitude)}
    numbers |= {name: (notes or {}).get(name) for name in NOTES}
    numbers["supernovae"] = of_supernovae(*supernovae)
    numbers["simulated"]["origin"] = setting.simulated
    numbers["real"] |= {"origin": setting.real, "stand_in": setting.stand_in}
    texts = {
        "report.html": render(numbers, setting, supernovae[1]),
        "metrics.json": json.dumps(numbers, indent=1, allow_nan=False) + "\n",
    }
    with ExitStack() as both:
        for name, text in texts.items():
            both.enter_context(atomic.replacing(out / name)).write_text(text, encoding="utf-8")
    return numbers

"""Where a report comes from: data, seeds, versions, the command that made it, and stage times."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

import pandas as pd

from compare.report.page import Row

PACKAGES = ("skymovie", "numpy", "scikit-learn", "keras", "tensorflow", "tensorflow-cpu", "galsim")


def command(name: str, argument: Path, **options: Any) -> str:
    """A command line; options that are None are left out."""
    words = [name, str(argument)]
    for key, value in options.items():
        if value is not None:
            words += [f"--{key.replace('_', '-')}", str(value)]
    return shlex.join(words)


def versions() -> tuple[Row, ...]:
    """Of Python and of the packages that the numbers depend on, as they are installed now."""
    rows = [("Python", python_version())]
    for name in PACKAGES:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:  # TensorFlow has one of two names
            continue
    return tuple(rows)


def store(attributes: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[Row, ...]:
    """The settings and versions that a movie store was simulated with."""
    rows = [(f"{part} part", f"{n:,} movies") for part, n in sizes.items()]
    return (*rows, *_flat({k: attributes[k] for k in ("settings", "versions") if k in attributes}))


def start(run: Path) -> str:
    """The weights that a training went on from; empty where it began from nothing."""
    settings = run / "settings.toml"
    if not settings.exists():
        return ""
    return str(tomllib.loads(settings.read_text(encoding="utf-8")).get("start", ""))


def training(run: Path) -> tuple[Row, ...]:
    """The settings of a training run, and how far it went in what time, where that is on record."""
    rows: list[Row] = []
    settings, history = run / "settings.toml", run / "history.csv"
    if settings.exists():
        entries = tomllib.loads(settings.read_text(encoding="utf-8"))
        entries.pop("store", None)  # the path as another machine may have had it
        rows += _flat(entries)
    if history.exists():
        last = pd.read_csv(history).iloc[-1]
        rows += [
            (f"{name} at the end", f"{last[name]:,.0f}")
            for name in ("iteration", "seconds")
            if name in last
        ]
    return tuple(rows)


def finetuning(folder: Path) -> tuple[Row, ...]:
    """The settings of a fine-tuning run, and the single values on its record."""
    record = folder / "finetune.json"
    if not record.exists():
        return ()
    entries = json.loads(record.read_text(encoding="utf-8"))
    settings = entries.pop("settings", {})
    return _flat(settings | {k: v for k, v in entries.items() if not isinstance(v, (dict, list))})


def _flat(entries: Mapping[str, Any], prefix: str = "") -> tuple[Row, ...]:
    rows: list[Row] = []
    for key, value in entries.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name}: ")
        elif isinstance(value, (list, tuple)):
            rows.append((name, ", ".join(map(str, value))))
        else:
            rows.append((name, str(value)))
    return tuple(rows)

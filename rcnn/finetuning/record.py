"""How far a fine-tuning is, on disk: what it was begun with, and what each draw has given.

``finetune.json`` is there from the beginning, and holds the results at the end. The table of each
draw that is over lies under ``draws`` until then, so that the same command goes on with the next.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from rcnn.finetuning.settings import FinetuneSettings
from rcnn.model.classifier import RCNN
from skymovie import Movies, predictions
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic
from surveys.files.checksum import checksum

SUMMARY = "finetune.json"
_DRAWS = "draws"


def begun_with(model: RCNN, real: Movies, store: MovieStore | None) -> dict[str, str]:
    """What, beside the settings, decides what comes out: checksums, and the store's path."""
    return {
        "model": model.identity[:12],
        "real": checksum([real.object_id, real.label, real.images])[:12],
        "simulated": str(store.path.resolve()) if store else "",
    }


def claim(out: Path, settings: FinetuneSettings, begun: Mapping[str, str]) -> bool:
    """Make the folder, or see that it is this fine-tuning's; whether that is finished.

    Raises
    ------
    UsageError
        If the folder holds another one, or something else.
    SkymovieError
        If its record is damaged.
    """
    path = out / SUMMARY
    if not path.exists():
        if out.exists() and any(out.iterdir()):
            raise UsageError(
                f"{out}: expected a new folder or a fine-tuning's, got one with other files; "
                "choose another --out"
            )
        _put(path, {"settings": asdict(settings), "begun_with": dict(begun)})
        return False
    try:
        record = json.loads(path.read_text("utf-8"))
        found = {**record["settings"], **record.get("begun_with", {})}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SkymovieError(
            f"{path}: expected the record of a fine-tuning, got {type(error).__name__}: {error}; "
            "choose another --out"
        ) from error
    if "begun_with" not in record:
        raise UsageError(
            f"{out}: expected a new folder or a fine-tuning's, got one of an earlier version, "
            "which kept no model; remove it or choose another --out"
        )
    for key, value in {**asdict(settings), **begun}.items():
        if found.get(key) != value:
            raise UsageError(
                f"{out}: expected the fine-tuning it was begun with, {key} = {found.get(key)!r}, "
                f"got {value!r}; give the same or choose another --out"
            )
    return "after" in record


def draw(out: Path, trial: int) -> pd.DataFrame | None:
    """The prediction table of a draw; None where it is not over."""
    path = _table(out, trial)
    return predictions.read(path) if path.exists() else None


def keep(out: Path, trial: int, table: pd.DataFrame) -> None:
    """Keep the table of a draw that is over."""
    path = _table(out, trial)
    path.parent.mkdir(exist_ok=True)
    predictions.write(table, path)


def finish(
    out: Path,
    settings: FinetuneSettings,
    begun: Mapping[str, str],
    table: pd.DataFrame,
    results: Mapping[str, Any],
) -> None:
    """Write the whole table and the results; the draws' own tables are no longer needed."""
    predictions.write(table, out / predictions.FILE)
    _put(out / SUMMARY, {**results, "settings": asdict(settings), "begun_with": dict(begun)})
    shutil.rmtree(out / _DRAWS, ignore_errors=True)


def _table(out: Path, trial: int) -> Path:
    return out / _DRAWS / f"{trial}.parquet"


def _put(path: Path, record: Mapping[str, Any]) -> None:
    atomic.put(path, json.dumps(record, indent=1).encode())

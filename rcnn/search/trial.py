"""One trial of a search: a training in a folder of its own, and what is kept of it.

OUT/trials/007/          settings.toml and history.csv of trial 7
OUT/trials/007.starts    while it is not finished: how often it was begun
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from rcnn import settings as settings_file
from rcnn.settings import TrainingSettings
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError
from surveys.files import atomic

LOSS = "validation_loss"

OUTCOME = ["trial", LOSS, "validation_accuracy", "iteration", "minutes"]
"""What a search's table tells of a trial before its settings."""

MOST_STARTS = 3
"""A trial that was killed so often counts as failed: whatever kills it would do so again."""


def begins(folder: Path) -> bool:
    """Count one more beginning of a trial; False where there were too many."""
    path = _starts(folder)
    starts = int(path.read_text()) if path.exists() else 0
    if starts >= MOST_STARTS:
        return False
    atomic.put(path, str(starts + 1).encode())
    return True


def loss_of(store: MovieStore, settings: TrainingSettings, folder: Path) -> float:
    """The least validation loss of a training; NaN where it diverged or did not fit in memory."""
    from rcnn.training.training import HISTORY, fit

    _free_memory()
    if not (folder / settings_file.FILE).exists():
        shutil.rmtree(folder, ignore_errors=True)  # killed while it was being laid out
    try:
        fit(store, settings, folder)
    except KeyboardInterrupt:
        _starts(folder).unlink()  # nothing was wrong with the trial
        raise
    except SkymovieError:
        if outcome(folder) or not (folder / HISTORY).exists():
            raise  # not because it diverged
    except Exception as error:
        if not _out_of_memory(error):
            raise
        return float("nan")
    return float(outcome(folder).get(LOSS, np.nan))


def _free_memory() -> None:
    """Let go of what the trial before left."""
    from rcnn.backend import keras

    keras.utils.clear_session()


def _out_of_memory(error: Exception) -> bool:
    """Whether a backend had not enough memory: each has an error of its own."""
    words = f"{type(error).__name__} {error}".lower()
    return isinstance(error, MemoryError) or any(
        said in words for said in ("resource_exhausted", "resourceexhausted", "out of memory")
    )


def outcome(folder: Path) -> dict[str, float]:
    """What a training's history tells of it; nothing where there was no validation."""
    from rcnn.training.training import HISTORY

    if not (folder / HISTORY).exists():
        return {}
    history = pd.read_csv(folder / HISTORY)
    if not np.isfinite(history[LOSS]).any():
        return {}
    best = history.iloc[int(np.nanargmin(history[LOSS].to_numpy()))]
    return {
        LOSS: float(best[LOSS]),
        "validation_accuracy": float(best["validation_accuracy"]),
        "iteration": int(best["iteration"]),
        "minutes": round(float(history["seconds"].iloc[-1]) / 60, 2),
    }


def clear(folder: Path) -> None:
    """Leave of a finished trial its settings and its history."""
    from rcnn.training.training import HISTORY

    _starts(folder).unlink(missing_ok=True)
    for path in folder.glob("*"):
        if path.name not in (settings_file.FILE, HISTORY):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def folder_of(out: Path, number: int) -> Path:
    """The folder of a trial."""
    return out / "trials" / f"{number:03d}"


def _starts(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.starts")

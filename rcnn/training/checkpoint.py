"""The state of a training on disk: all that an exact resume needs, in one NumPy archive.

Weights, the optimizer's moments, the dropout's random state and the counters of the
renormalization are arrays; the rest (iteration, best loss, history) is one JSON text among them.
The batches need no state: they follow from the seed and the iteration.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveys.errors import SkymovieError
from surveys.files import atomic

FILE = "checkpoint.npz"


@dataclass
class Progress:
    """How far a training is.

    Attributes
    ----------
    iteration : int
        Batches trained on.
    seconds : float
        Wall time spent, in all sittings.
    best_loss : float
        Smallest validation loss so far.
    best_iteration : int
    losses, accuracies : list of float
        Of the batches since the last validation.
    history : list of dict
        One entry a validation: iteration, seconds, learning rate, losses and accuracies.
    """

    iteration: int = 0
    seconds: float = 0.0
    best_loss: float = float("inf")
    best_iteration: int = 0
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)


def _variables(network: Any) -> list[Any]:
    return [*network.variables, *network.optimizer.variables]


def save(folder: Path, network: Any, progress: Progress) -> None:
    """Write the state of a compiled network whose optimizer is built, whole or not at all."""
    from rcnn.backend import ops

    arrays = {f"v{k}": ops.convert_to_numpy(v) for k, v in enumerate(_variables(network))}
    with atomic.replacing(folder / FILE) as part, part.open("wb") as file:
        np.savez(file, progress=np.array(json.dumps(asdict(progress))), **arrays)


def progress(folder: Path) -> Progress:
    """How far a training is, by its checkpoint.

    Raises
    ------
    SkymovieError
        If the file is damaged.
    """
    return _read(folder / FILE)[0]


def restore(folder: Path, network: Any) -> Progress:
    """Put a saved state into a compiled network whose optimizer is built.

    Raises
    ------
    SkymovieError
        If the file is damaged or belongs to another network.
    """
    path = folder / FILE
    variables = _variables(network)
    progress, arrays = _read(path)
    if [a.shape for a in arrays] != [tuple(v.shape) for v in variables]:
        raise SkymovieError(
            f"{path}: expected the state of this network ({len(variables)} arrays), got another "
            f"({len(arrays)}); delete the run's folder and train again"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return progress


def _read(path: Path) -> tuple[Progress, list[NDArray[Any]]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            entries = json.loads(str(archive["progress"]))
            entries.pop("finished", None)  # of version 0.1, which marked a finished training here
            return Progress(**entries), [archive[f"v{k}"] for k in range(len(archive.files) - 1)]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise SkymovieError(
            f"{path}: expected the state of a training, got {type(error).__name__}: {error}; "
            "delete the run's folder and train again"
        ) from error

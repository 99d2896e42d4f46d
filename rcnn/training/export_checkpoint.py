"""A training that moves to another machine: its state in a few files of at most 15 MiB.

Weights travel whole. Of the optimizer, second moments travel with three digits; first moments,
which forget within ten batches, stay behind. The training goes on as well as it would have, but not
to the bit; on the machine where it began, ``checkpoint.npz`` resumes it exactly.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcnn import settings as settings_file
from rcnn.model import tuned_on
from rcnn.model.classifier import RCNN, load
from rcnn.network import weights_io
from rcnn.training import checkpoint
from rcnn.training.checkpoint import Progress
from rcnn.training.training import compile_network
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError
from surveys.files import atomic

PART = 15 * 2**20
"""Bytes of a file at most."""

STATE = "state.{:02d}"
CHECKSUM = "state.sha256"


def pack(run: Path, keep: Path) -> None:
    """Put what another machine needs of an unfinished training into a folder.

    ``settings.toml``; ``state.00`` and so on with their checksum; the best weights so far in
    half precision, as `rcnn.network.weights_io` writes them; and what real movies they know
    (`rcnn.model.tuned_on`).

    Raises
    ------
    SkymovieError
        If the run has no checkpoint, or a damaged one.
    """
    best = load(run)
    model, progress = _restored(run)
    arrays: dict[str, NDArray[Any]] = {}
    for k, (kind, value) in enumerate(_values(model.network)):
        if kind == "velocity":
            arrays[f"h{k}"] = _half(value)
        elif kind != "momentum":
            arrays[f"v{k}"] = value
    buffer = io.BytesIO()
    np.savez_compressed(buffer, progress=np.array(json.dumps(asdict(progress))), **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    keep.mkdir(parents=True, exist_ok=True)
    weights_io.write(best.network, keep)
    tuned_on.write(keep, best.tuned_on)
    atomic.put(keep / settings_file.FILE, (run / settings_file.FILE).read_bytes())
    parts = [content[first : first + PART] for first in range(0, len(content), PART)]
    for k, part in enumerate(parts):
        atomic.put(keep / STATE.format(k), part)
    for old in _parts(keep)[len(parts) :]:
        old.unlink()
    atomic.put(keep / CHECKSUM, f"{hashlib.sha256(content).hexdigest()}\n".encode())


def unpack(keep: Path, store: MovieStore, run: Path) -> None:
    """Make a run folder that `rcnn.train` goes on with, on a store with the same movies.

    Raises
    ------
    SkymovieError
        If the files are damaged or not all there.
    """
    try:
        content = b"".join(part.read_bytes() for part in _parts(keep))
        wanted = (keep / CHECKSUM).read_text("utf-8").strip()
        if hashlib.sha256(content).hexdigest() != wanted:
            raise ValueError("another checksum")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            progress = Progress(**json.loads(str(archive["progress"])))
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise SkymovieError(
            f"{keep}: expected the state of a training in {STATE.format(0)} and so on, got "
            f"{error}; bring all files, or empty the folder to begin anew"
        ) from error
    settings, more = settings_file.read(keep / settings_file.FILE)
    more["store"] = str(store.path.resolve())
    run.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.parent) as folder:
        part = Path(folder) / "run"
        part.mkdir()
        model = RCNN(settings, more["store"], more["stamp_size"])
        weights_io.read(model.network, keep)
        model.save_weights(part)
        compile_network(model.network, settings.learning_rate)
        for k, variable in enumerate(checkpoint._variables(model.network)):
            if f"v{k}" in arrays:
                variable.assign(arrays[f"v{k}"])
            elif f"h{k}" in arrays:
                variable.assign(_whole(arrays[f"h{k}"]))
        checkpoint.save(part, model.network, progress)
        settings_file.write(part / settings_file.FILE, settings, **more)
        tuned_on.write(part, tuned_on.read(keep))
        part.rename(run)


def is_there(keep: Path) -> bool:
    """Whether a folder holds the state of a training."""
    return (keep / CHECKSUM).exists()


def clear(keep: Path) -> None:
    """Remove what `pack` put there, once the training is done."""
    names = (CHECKSUM, settings_file.FILE, weights_io.FILE, weights_io.CHECKSUM, tuned_on.FILE)
    for path in (*(keep / name for name in names), *_parts(keep)):
        path.unlink(missing_ok=True)


def _parts(keep: Path) -> list[Path]:
    return sorted(keep.glob("state.[0-9][0-9]"))


def _restored(run: Path) -> tuple[RCNN, Progress]:
    settings, more = settings_file.read(run / settings_file.FILE)
    model = RCNN(settings, more["store"], more["stamp_size"])
    compile_network(model.network, settings.learning_rate)
    return model, checkpoint.restore(run, model.network)


def _values(network: Any) -> list[tuple[str, NDArray[Any]]]:
    """All that a checkpoint holds, and of the optimizer's what it is."""
    from rcnn.backend import ops

    own = len(network.variables)
    found = []
    for k, variable in enumerate(checkpoint._variables(network)):
        kinds = [kind for kind in ("momentum", "velocity") if k >= own and kind in variable.path]
        found.append((kinds[0] if kinds else "", np.asarray(ops.convert_to_numpy(variable))))
    return found


def _half(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Float32 rounded to bfloat16, as its bits."""
    return ((values.view(np.uint32) + np.uint32(0x8000)) >> np.uint32(16)).astype(np.uint16)


def _whole(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)

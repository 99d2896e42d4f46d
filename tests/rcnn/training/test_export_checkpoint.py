import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import rcnn
from rcnn.model import tuned_on
from rcnn.training import checkpoint, export_checkpoint, training
from surveys.errors import SkymovieError


@pytest.fixture(scope="module")
def interrupted(store, tiny, tmp_path_factory):
    """A training of eight batches that stopped after four, with one validation behind it."""
    out = tmp_path_factory.mktemp("runs") / "run"
    real = training.learning_rate

    def stop(settings, progress):
        if progress.iteration == 4:
            raise MemoryError
        return real(settings, progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "learning_rate", stop)
        with pytest.raises(MemoryError):
            rcnn.train(store, replace(tiny, iterations=8, validate_every=2), out)
    return out


@pytest.fixture
def kept(interrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(export_checkpoint, "PART", 5000)
    export_checkpoint.pack(interrupted, tmp_path / "kept")
    return tmp_path / "kept"


def test_a_training_goes_on_elsewhere(interrupted, kept, store, tiny, tmp_path):
    run = tmp_path / "elsewhere" / "run"
    export_checkpoint.unpack(kept, store, run)
    assert checkpoint.progress(run) == checkpoint.progress(interrupted)
    copy = shutil.copytree(interrupted, tmp_path / "here")
    for folder in (run, copy):  # the same four batches, there and here
        training.fit(store, replace(tiny, iterations=8, validate_every=2), folder)
    here, there = (pd.read_csv(folder / "history.csv") for folder in (copy, run))
    assert list(there["iteration"]) == [2, 4, 6, 8]
    np.testing.assert_allclose(there["loss"], here["loss"], rtol=5e-3)


def test_what_was_tuned_on_goes_along(interrupted, store, tmp_path):
    run, keep = shutil.copytree(interrupted, tmp_path / "run"), tmp_path / "keep"
    known = pd.DataFrame({"object_id": ["a", "b"], "label": ["supernova", "rr_lyrae"]})
    tuned_on.write(run, known)
    export_checkpoint.pack(run, keep)
    export_checkpoint.unpack(keep, store, tmp_path / "elsewhere")
    pd.testing.assert_frame_equal(tuned_on.read(tmp_path / "elsewhere"), known)
    export_checkpoint.clear(keep)
    assert not list(keep.iterdir())


def test_files_are_small_and_few(kept, interrupted):
    sizes = [file.stat().st_size for file in kept.glob("state.[0-9]*")]
    assert len(sizes) > 1
    assert max(sizes) <= 5000
    whole = (interrupted / checkpoint.FILE).stat().st_size
    assert sum(sizes) < 0.75 * whole
    assert export_checkpoint.is_there(kept)
    export_checkpoint.pack(interrupted, kept)  # once more over it
    assert len(list(kept.glob("state.[0-9]*"))) == len(sizes)


def test_what_is_kept_is_close_to_what_was(interrupted, kept, store, tmp_path):
    export_checkpoint.unpack(kept, store, tmp_path / "run")
    model, _ = export_checkpoint._restored(interrupted)
    again, _ = export_checkpoint._restored(tmp_path / "run")
    kinds = set()
    for (kind, a), (_, b) in zip(
        export_checkpoint._values(model.network),
        export_checkpoint._values(again.network),
        strict=True,
    ):
        kinds.add(kind)
        if kind == "momentum":
            assert not b.any()
        else:
            np.testing.assert_allclose(a, b, rtol=2**-8 if kind else 0)
    assert kinds == {"", "momentum", "velocity"}


def test_a_missing_or_damaged_part_is_named(kept, store, tmp_path):
    (kept / "state.01").unlink()
    with pytest.raises(SkymovieError, match=r"state\.00 and so on, got another checksum"):
        export_checkpoint.unpack(kept, store, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nothing_is_left_of_the_state_once_it_is_cleared(kept):
    export_checkpoint.clear(kept)
    assert not export_checkpoint.is_there(kept)
    assert not list(kept.iterdir())

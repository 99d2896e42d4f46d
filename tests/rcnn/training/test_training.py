import signal
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import rcnn
from rcnn.data import loader
from rcnn.network.network import sequence_loss
from rcnn.settings import TrainingSettings
from rcnn.training import checkpoint, steps, train, training
from rcnn.training.checkpoint import Progress
from skymovie import predictions
from surveys.errors import SkymovieError, UsageError


@pytest.fixture(scope="module")
def run(store, tiny, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    rcnn.train(store, tiny, out)
    return out


def test_a_run_leaves_all_its_files(run, store):
    names = {path.name for path in run.iterdir()}
    assert names == {
        "model.weights.h5",
        "settings.toml",
        "history.csv",
        "predictions.parquet",
        "validation_predictions.parquet",
        "cost.json",
        "learning_curve.png",
        "card.md",
        "calibration.json",
        "checkpoint.npz",
    }
    table = predictions.read(run / "predictions.parquet")
    assert set(table["object_id"]) == set(store.truth("test")["object_id"])
    validation = predictions.read(run / "validation_predictions.parquet")
    assert set(validation["object_id"]) == set(store.truth("validation")["object_id"])
    assert set(validation["sample"]) == {"validation"}
    np.testing.assert_allclose(table[predictions.PROBABILITIES].sum(axis=1), 1, atol=1e-5)
    history = pd.read_csv(run / "history.csv")
    assert list(history["iteration"]) == [3, 6]
    assert "Accuracy" in (run / "card.md").read_text()


def press_ctrl_c(monkeypatch, at):
    """Send the signal just before the given batch is trained on."""
    real = training.learning_rate

    def rate(settings, progress):
        if progress.iteration == at:
            signal.raise_signal(signal.SIGINT)
        return real(settings, progress)

    monkeypatch.setattr(training, "learning_rate", rate)


def test_an_interrupted_training_goes_on_as_if_nothing_had_been(
    run, store, tiny, tmp_path, monkeypatch
):
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, at=4)
        with pytest.raises(KeyboardInterrupt):
            rcnn.train(store, tiny, out)
    assert rcnn.load(out) is not None  # what there is can be used
    rcnn.train(store, tiny, out)
    same_training(run, out)


LOSSES = ["iteration", "learning_rate", "loss", "accuracy", "validation_loss"]


def same_training(one, other):
    """Losses to the bit, and all that a checkpoint holds: weights, optimizer, dropout, schedule."""
    whole, resumed = (pd.read_csv(path / "history.csv")[LOSSES] for path in (one, other))
    pd.testing.assert_frame_equal(whole, resumed, check_exact=True)
    with np.load(one / checkpoint.FILE) as a, np.load(other / checkpoint.FILE) as b:
        assert set(a.files) == set(b.files)
        for name in set(a.files) - {"progress"}:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_a_training_that_dies_goes_on_from_its_last_checkpoint(
    run, store, tiny, tmp_path, train_and_die
):
    """Nothing is written on the way down, as when a process is killed."""
    out = tmp_path / "run"
    train_and_die(store, tiny, out)
    assert len(pd.read_csv(out / "history.csv")) == 1
    rcnn.train(store, tiny, out)
    same_training(run, out)


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
import numpy as np
import rcnn
from skymovie.store.movie_store import MovieStore
from rcnn import settings as settings_file

out = Path(sys.argv[2])
settings, _ = settings_file.read(Path(sys.argv[3]) / settings_file.FILE)
real = np.savez
def half(file, **arrays):  # the second checkpoint is half written when the process dies
    real(file, **arrays)
    if (out / "checkpoint.npz").exists():
        file.truncate(1000)
        os.kill(os.getpid(), signal.SIGKILL)
np.savez = half
rcnn.train(MovieStore.open(sys.argv[1]), settings, out)
"""


@pytest.mark.slow
def test_a_training_killed_while_it_writes_goes_on_with_the_same_losses(run, store, tiny, tmp_path):
    out = tmp_path / "run"
    words = [sys.executable, "-c", KILLED, store.path, out, run]
    done = subprocess.run(words, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(pd.read_csv(out / "history.csv")) == 2
    rcnn.train(store, tiny, out)
    same_training(run, out)


def test_every_kind_of_state_is_in_the_checkpoint(run, tiny, tmp_path):
    """A resumed training that had lost one of them would still pass for another seed of it."""
    model = rcnn.RCNN(tiny)
    training.compile_network(model.network, 0.1)
    names = [v.path for v in checkpoint._variables(model.network)]
    for kind in ("kernel", "moving_variance", "updates", "seed_generator_state", "iteration"):
        assert any(kind in name for name in names), kind
    moments = [n for n in names if "momentum" in n or "velocity" in n]
    assert len(moments) == 3 * len(model.network.trainable_variables)  # AMSGrad's maximum too
    with np.load(run / checkpoint.FILE) as archive:
        states = [archive[f"v{k}"] for k, n in enumerate(names) if "seed_generator_state" in n]
        updates = [archive[f"v{k}"] for k, n in enumerate(names) if n.endswith("updates")]
    assert {float(u) for u in updates} == {6.0}
    assert any(state.any() for state in states)


def test_a_training_interrupted_before_any_validation_can_be_used(
    store, tiny, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        press_ctrl_c(patch, at=0)
        with pytest.raises(KeyboardInterrupt):
            rcnn.train(store, tiny, tmp_path / "run")
    assert rcnn.load(tmp_path / "run").predict(store.read("test")).shape == (14, 20, 7)


def test_a_training_stopped_while_predicting_trains_no_further(store, tiny, tmp_path, monkeypatch):
    out, settings = tmp_path / "run", replace(tiny, iterations=2)
    with monkeypatch.context() as patch:
        patch.setattr(train, "_conclude", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rcnn.train(store, settings, out)
    rcnn.train(store, settings, out)
    assert list(pd.read_csv(out / "history.csv")["iteration"]) == [2]
    assert (out / "card.md").exists()


def test_a_finished_training_is_left_alone(run, store, tiny):
    before = (run / "model.weights.h5").stat().st_mtime_ns
    rcnn.train(store, tiny, run)
    assert (run / "model.weights.h5").stat().st_mtime_ns == before


def test_another_training_is_refused(run, store, tiny):
    with pytest.raises(UsageError, match=r"batch = 14, got 15"):
        rcnn.train(store, replace(tiny, batch=15), run)


def test_a_folder_of_other_files_is_refused(store, tiny, tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UsageError, match="other files"):
        rcnn.train(store, tiny, tmp_path)


def test_a_truncated_checkpoint_is_named(store, tiny, run, tmp_path):
    for name in ("settings.toml", "model.weights.h5"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    whole = (run / checkpoint.FILE).read_bytes()
    (tmp_path / checkpoint.FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SkymovieError, match=r"checkpoint\.npz: expected the state of a training"):
        rcnn.train(store, tiny, tmp_path)


def test_damaged_weights_are_named(run, tmp_path):
    (tmp_path / "settings.toml").write_bytes((run / "settings.toml").read_bytes())
    (tmp_path / "model.weights.h5").write_bytes(b"not HDF5")
    with pytest.raises(SkymovieError, match=r"model\.weights\.h5: expected the weights"):
        rcnn.load(tmp_path)


def test_it_learns(store, tiny, tmp_path):
    settings = replace(
        tiny,
        iterations=60,
        validate_every=60,
        validation=14,
        batch=35,
        learning_rate=3e-3,
        convolutions="8 8 8 | 8 8 8",
        features=64,
        memory=32,
        dropout=0.0,
    )
    rcnn.train(store, settings, tmp_path / "run")
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    assert history["validation_accuracy"].iloc[-1] > 0.35  # chance: 0.14


def test_time_ends_a_training(store, tiny, tmp_path):
    settings = replace(tiny, iterations=10_000, minutes=1e-3)
    rcnn.train(store, settings, tmp_path / "run")
    assert pd.read_csv(tmp_path / "run" / "history.csv")["iteration"].max() < 10_000


def test_the_learning_rate_follows_whichever_end_is_nearer():
    settings = TrainingSettings(iterations=100, minutes=1.0, learning_rate=1.0)
    rate = [training.learning_rate(settings, Progress(k, s)) for k, s in ((0, 0), (50, 0), (0, 30))]
    np.testing.assert_allclose(rate, [1.0, 0.5, 0.5])
    assert training.learning_rate(settings, Progress(0, 60)) == 0
    constant = replace(settings, decay="constant")
    assert training.learning_rate(constant, Progress(99, 0)) == 1.0


def test_a_training_may_run_outside_the_main_thread(store, tiny, tmp_path):
    thread = threading.Thread(
        target=rcnn.train, args=(store, replace(tiny, iterations=1), tmp_path / "run")
    )
    thread.start()
    thread.join()
    assert (tmp_path / "run" / "card.md").exists()


def test_validation_is_of_every_movie(tiny, store, monkeypatch):
    """A batch size that leaves a small last batch must not change the result."""
    network = rcnn.RCNN(tiny).network
    n = store.sizes["validation"]
    whole = steps.evaluate(network, store, "validation", n)
    monkeypatch.setattr(steps, "EVALUATION_BATCH", n - 1)
    np.testing.assert_allclose(steps.evaluate(network, store, "validation", n), whole, rtol=1e-5)
    movies = store.read("validation").sequences()
    logits = network.predict_on_batch(loader.inputs(movies))
    losses = np.asarray(sequence_loss(loader.labels(movies), logits))
    assert len(losses) == n
    np.testing.assert_allclose(whole[0], losses.mean(), rtol=1e-5)


def test_movies_too_short_to_classify_are_not_trained_on(late_store, tiny, tmp_path):
    with pytest.raises(UsageError, match="at least 3 images, got fewer in 3 of 14 train movies"):
        rcnn.train(late_store, tiny, tmp_path / "run")
    assert not (tmp_path / "run").exists()

"""examples/gpu_run.py in small: its commands are run here, in this process, and broken off."""

import argparse
import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import rcnn
from rcnn.training import export_checkpoint, training
from skymovie.store.movie_store import MovieStore

FILE = Path(__file__).parents[3] / "examples" / "gpu_run.py"


@pytest.fixture
def example(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")  # the example sets it where nothing else does
    monkeypatch.setattr("rcnn.model.pretrained.ROOT", Path())
    spec = importlib.util.spec_from_file_location("gpu_run", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_call_goes_on_where_the_last_one_stopped_and_on_another_machine(
    example, store, tiny, tmp_path, monkeypatch
):
    settings, last = replace(tiny, iterations=6, validate_every=2), 0
    kept, real = tmp_path / "kept", training.learning_rate

    def command(words, end):
        """Simulate, or train as far as `last`."""
        if words[0] == "simulate":
            if last:
                shutil.copytree(store.path, words[words.index("--out") + 1], dirs_exist_ok=True)
            return last > 0

        def rate(settings, progress):
            if progress.iteration == last:
                raise InterruptedError
            return real(settings, progress)

        with monkeypatch.context() as patch:
            patch.setattr(training, "learning_rate", rate)
            try:
                rcnn.train(MovieStore.open(words[1]), settings, words[words.index("--out") + 1])
            except InterruptedError:
                return False
        return True

    monkeypatch.setattr(example, "command", command)

    def call(machine, until):
        nonlocal last
        last = until
        options = argparse.Namespace(
            keep=kept, work=tmp_path / machine, minutes=9, n=70, device="cpu", preset="tiny",
            name="small", more=[],
        )  # fmt: skip
        return example.go_on(options)

    assert call("first", 0) == "simulated none of the movies; training remains"
    assert (
        call("first", 3) == "simulated all movies; trained 2 batches; give the same command again"
    )
    assert export_checkpoint.is_there(kept)
    assert "trained 4 batches" in call("first", 5)
    shutil.rmtree(tmp_path / "first")  # the machine is lost
    said = call("second", 6)
    assert said == f"all done: {kept / 'small'}"
    assert call("second", 6) == said  # and nothing is done again
    assert {path.name for path in kept.iterdir()} == {"small"}
    assert {"weights.npz", "weights.sha256", "settings.toml", "card.md"} <= {
        path.name for path in (kept / "small").iterdir()
    }
    assert rcnn.load(kept / "small").predict(store.read("test")).shape == (14, 20, 7)


def test_time_that_is_too_short_to_train_in_is_not_begun(example, store, tmp_path, monkeypatch):
    def command(words, end):
        assert words[0] == "simulate"
        shutil.copytree(store.path, words[words.index("--out") + 1])
        return True

    monkeypatch.setattr(example, "command", command)
    options = argparse.Namespace(
        keep=tmp_path / "kept", work=tmp_path, minutes=0, n=70, device="cpu", preset="paper",
        name="x", more=[],
    )  # fmt: skip
    said = example.go_on(options)
    assert said == "simulated all movies; trained 0 batches; give the same command again"


def test_a_command_that_takes_too_long_is_stopped_and_one_that_fails_is_named(example, tmp_path):
    assert not example.command(["simulate", "--n", 10**6, "--out", tmp_path / "m"], 0)
    with pytest.raises(example.SkymovieError, match=r"expected simulate to end well, got .* 2"):
        example.command(["simulate", "--n", "many"], 1e12)

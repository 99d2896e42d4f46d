import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import rcnn
from rcnn.stream import Stream
from rcnn.stream import command as stream_command
from rcnn.stream.command import stream
from rcnn.stream.states import States
from skymovie import predictions
from surveys.errors import UsageError


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory):
    """A network that was not trained, which is enough to be streamed."""
    out = tmp_path_factory.mktemp("runs") / "run"
    out.mkdir()
    rcnn.settings.write(out / "settings.toml", tiny, stamp_size=21)
    rcnn.RCNN(tiny).save_weights(out)
    return out


@pytest.fixture(scope="module")
def wanted(run, store):
    """The batch prediction's table of the store's test part."""
    movies = store.read("test")
    return predictions.table(
        rcnn.load(run).predict(movies),
        movies.sequences().n_images,
        movies.object_id,
        movies.truth["label"].to_numpy(dtype=str),
        classifier="rcnn",
        sample="simulated",
    )


def last_line(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def assert_like(table, wanted):
    other = [name for name in predictions.COLUMNS if name not in predictions.PROBABILITIES]
    pd.testing.assert_frame_equal(table[other], wanted[other], check_dtype=False)
    np.testing.assert_allclose(
        table[predictions.PROBABILITIES], wanted[predictions.PROBABILITIES], atol=2e-6
    )


def test_a_store_is_streamed_into_the_table_of_the_batch_prediction(
    run, store, wanted, tmp_path, capsys
):
    states, images = tmp_path / "states.db", store.read("test").sequences().n_images.sum()
    stream(str(run), states, movies=str(store.path), batch=20)
    first = last_line(capsys)
    assert first["images"] == first["new"] == images
    assert first["objects"] == 14
    out = tmp_path / "states.db.predictions.parquet"
    assert_like(predictions.read(out), wanted)

    before = out.read_bytes()
    stream(str(run), states, movies=str(store.path))
    again = last_line(capsys)
    assert again["seen"] == again["images"] == images
    assert "new" not in again
    assert out.read_bytes() == before


def test_interrupted_it_goes_on(run, store, wanted, tmp_path, capsys, monkeypatch):
    """Ctrl-C while a batch is under way: that batch is undone, those before are kept."""
    states, out = tmp_path / "states.db", tmp_path / "table.parquet"
    calls = iter(range(100))
    write = States.write

    def interrupted(self, names, records):
        write(self, names, records)
        if next(calls) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(States, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stream(str(run), states, movies=str(store.path), batch=25, out=out)
    assert not out.exists()
    with Stream(rcnn.load(run), states) as going:
        taken = going.history(store.read("test").object_id.tolist())[1].sum()
    capsys.readouterr()
    stream(str(run), states, movies=str(store.path), batch=25, out=out)
    summary = last_line(capsys)
    assert summary["seen"] == taken > 0
    assert summary["new"] == summary["images"] - taken > 0
    assert_like(predictions.read(out), wanted)


def test_real_movies_are_streamed(run, toy, tmp_path, capsys, monkeypatch):
    real = toy(7, 3)
    real = replace(real, images=real.images.astype(np.float32))
    monkeypatch.setattr(stream_command, "open_real", lambda where: real)
    stream(str(run), tmp_path / "states.db", movies="hits")
    assert last_line(capsys)["new"] == real.sequences().n_images.sum()
    table = predictions.read(tmp_path / "states.db.predictions.parquet")
    assert set(table["sample"]) == {"real"}
    assert set(table["object_id"]) == set(real.object_id)


def test_other_objects_of_the_same_names_are_noted(run, store, toy, tmp_path, capsys, monkeypatch):
    """Toys of all parts have one name: their images have other pixels, or other dates."""
    stream(str(run), tmp_path / "states.db", movies=str(store.path))
    monkeypatch.setattr(stream_command, "open_real", lambda where: toy(14, 77))
    capsys.readouterr()
    stream(str(run), tmp_path / "states.db", movies="hits")
    said = capsys.readouterr()
    assert "other objects under the same names want a file of their own" in said.err
    summary = json.loads(said.out.splitlines()[-1])
    assert summary.get("late", 0) + summary.get("other", 0) + summary.get("full", 0) > 0


def test_wrong_use_is_named_before_anything_is_written(run, store, tmp_path):
    states = tmp_path / "states.db"
    with pytest.raises(UsageError, match="a part among train, validation, test; got 'tests'"):
        stream(str(run), states, movies=str(store.path), part="tests")
    with pytest.raises(UsageError, match="'nowhere'"):
        stream("nowhere", states, movies=str(store.path))
    with pytest.raises(UsageError, match="expected another --out"):
        stream(str(run), states, movies=str(store.path), out=states)
    assert not states.exists()


def test_states_of_another_model_are_refused(run, tiny, store, tmp_path):
    with Stream(rcnn.RCNN(replace(tiny, seed=5)), tmp_path / "states.db"):
        pass
    with pytest.raises(UsageError, match="expected the states of this model"):
        stream(str(run), tmp_path / "states.db", movies=str(store.path))
    assert not (tmp_path / "states.db.predictions.parquet").exists()


def test_the_command_line_calls_it(monkeypatch, tmp_path, capsys):
    from rcnn import command

    monkeypatch.setattr(sys, "argv", ["rcnn", "stream", "nowhere", str(tmp_path / "s.db")])
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 2
    assert "nowhere" in capsys.readouterr().err

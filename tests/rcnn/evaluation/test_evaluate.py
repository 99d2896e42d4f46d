import json
import os

import numpy as np
import pandas as pd
import pytest

import rcnn
from rcnn.evaluation import command as evaluate_command
from rcnn.evaluation.evaluate import evaluate
from rcnn.model import calibration
from skymovie import CLASSES, predictions, splits
from surveys.errors import UsageError

PICTURES = {
    "confusion.png",
    "confusion_in_bins.png",
    "recall_by_images.png",
    "recall_by_magnitude.png",
    "reliability.png",
}
TABLES = {"metrics.json", "objects.parquet", "predictions.parquet"}


@pytest.fixture(scope="module")
def model(tiny):
    return rcnn.RCNN(tiny)


def test_real_and_simulated_movies_are_judged(model, toy, store, tmp_path):
    real = toy(21, seed=9)
    summary = evaluate(model, tmp_path / "out", real=real, store=store, worst_of=2)
    assert {path.name for path in (tmp_path / "out").iterdir()} == PICTURES | TABLES | {"worst.png"}
    tuning = splits.in_part(real.object_id, "tuning")
    assert summary["real"]["n"] == tuning.sum()
    assert summary["simulated"]["n"] == 14
    table = predictions.read(tmp_path / "out" / "predictions.parquet")
    judged = table[table["sample"] == "real"]
    assert set(judged["object_id"]) == set(real.object_id[tuning])
    recalls = predictions.recall(predictions.at_most(judged, 22))
    found = summary["real"]["recall"]
    assert {k: v["recall"] for k, v in found["by_class"].items()} == pytest.approx(recalls)
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == summary
    objects = pd.read_parquet(tmp_path / "out" / "objects.parquet")
    assert np.isfinite(objects["magnitude"]).all()
    assert len(objects) == tuning.sum() + 14


def test_real_movies_alone_will_do(model, toy, tmp_path):
    real = evaluate(model, tmp_path, real=toy(14), part="all")
    assert "simulated" not in real
    assert real["part"] == "all"
    assert {path.name for path in tmp_path.iterdir()} == PICTURES | TABLES


def test_simulated_movies_alone_will_do(model, store, tmp_path):
    simulated = evaluate(model, tmp_path, store=store, most=7)
    assert simulated["simulated"]["n"] == 7
    assert simulated["part"] is None
    assert {path.name for path in tmp_path.iterdir()} == PICTURES | TABLES


def test_no_movies_at_all_are_refused(model, tmp_path):
    with pytest.raises(UsageError, match="got neither"):
        evaluate(model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def run(model, tiny, store, tmp_path):
    """A training run's folder."""
    folder = tmp_path / "run"
    folder.mkdir()
    rcnn.settings.write(folder / "settings.toml", tiny, stamp_size=21, store=str(store.path))
    model.save_weights(folder)
    return folder


def test_the_command_prints_a_table_and_one_json_object(run, store, capsys):
    evaluate_command.evaluate(str(run), simulated=store.path)
    printed = capsys.readouterr().out.splitlines()
    last = json.loads(printed[-1])
    assert set(last["simulated"]["recall"]["by_class"]) == set(CLASSES)
    assert "calibration error" in "\n".join(printed)
    assert (run / "evaluation" / "metrics.json").exists()


def test_the_command_says_that_a_prior_shifts(run, store, capsys):
    calibration.write(run, 1.0, np.array([4, 4, 1, 4, 4, 1, 1]) / 19)
    evaluate_command.evaluate(str(run), simulated=store.path, most=7)
    assert "a prior, to which probabilities are shifted: non-variable 0.211" in (
        capsys.readouterr().err
    )


def test_without_movies_the_store_of_the_training_is_taken(run, store):
    assert evaluate_command._trained_on(run) == store.path


def test_weights_whose_store_is_not_here_want_movies():
    with pytest.raises(UsageError, match="neither --real nor --simulated"):
        evaluate_command.evaluate("hits")


@pytest.mark.slow
def test_shipped_weights_do_on_the_real_sky_what_their_card_says(tmp_path):
    """Mean recall of the paper's network, 0.85, or better; on the part that is there to tune by."""
    if not os.environ.get("SKYMOVIE_HITS"):
        pytest.skip("SKYMOVIE_HITS names no folder of real HiTS movies")
    from skymovie.real.reader import open_real

    found = evaluate(rcnn.load_pretrained("hits"), tmp_path, real=open_real("hits"))["real"]
    assert found["recall"]["mean"] > 0.85
    assert found["calibration"]["after"] < 2.5 * found["calibration"]["noise"]

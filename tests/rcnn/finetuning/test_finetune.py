import json
from dataclasses import replace

import numpy as np
import pytest

import rcnn
from rcnn.finetuning import command
from rcnn.finetuning.finetune import FinetuneSettings, _batches, finetune, forgotten, summarize
from rcnn.network.network import NO_LABEL
from skymovie import predictions, splits
from surveys.errors import UsageError

SHORT = FinetuneSettings(real_samples=2, trials=2, batches=3, batch=8)


@pytest.fixture(scope="module")
def run(store, tiny, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    rcnn.train(store, replace(tiny, iterations=1), out)
    return out


def test_each_trial_is_judged_on_the_movies_it_has_not_seen(run, real, store, tmp_path):
    model = rcnn.load(run)
    weights = [np.array(v) for v in model.network.variables]
    summary = finetune(model, real, SHORT, tmp_path, store)
    table = predictions.read(tmp_path / "predictions.parquet")
    assert set(table["sample"]) == {"real"}
    before = table[table["classifier"] == "rcnn"]
    assert before["object_id"].nunique() == summary["n_real"] == len(real) == 18
    for trial, rows in enumerate(splits.draw(real, 2, 2, seed=0)):
        after = table[(table["classifier"] == "rcnn_finetuned") & (table["trial"] == trial)]
        assert set(after["object_id"]) == set(real.object_id) - set(real.object_id[rows])
    assert summary == summarize(table)
    written = json.loads((tmp_path / "finetune.json").read_text())
    assert written["after"] == summary["after"]
    assert [line["n_images"] for line in written["by_images"]] == list(range(3, 23))
    # the model is handed back as it came
    for old, new in zip(weights, model.network.variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_classes_without_real_movies_become_rare(run, real, store, tmp_path):
    """A network that learns next to nothing says after what it said before, shifted."""
    unmoved = replace(SHORT, learning_rate=1e-12, batches=1, trials=1)
    finetune(rcnn.load(run), real, unmoved, tmp_path, store)
    table = predictions.read(tmp_path / "predictions.parquet")
    after = table[table["classifier"] == "rcnn_finetuned"]
    before = table[(table["classifier"] == "rcnn") & table["object_id"].isin(after["object_id"])]
    said = before[predictions.PROBABILITIES].to_numpy()
    # two real movies of each of three classes: 3/13 each, the others 1/13
    wanted = said * np.where(np.arange(7) < 3, 3 / 13, 1 / 13)
    wanted /= wanted.sum(axis=1, keepdims=True)
    # one step moves the batch statistics a little, and the weights by nothing
    np.testing.assert_allclose(after[predictions.PROBABILITIES], wanted, atol=0.02)
    assert np.abs(said - wanted).max() > 0.05


def test_trials_do_not_build_on_one_another(run, real, store, tmp_path):
    model = rcnn.load(run)
    both, first = tmp_path / "both", tmp_path / "first"
    finetune(model, real, SHORT, both, store)
    finetune(model, real, replace(SHORT, trials=1), first, store)
    a, b = (predictions.read(f / "predictions.parquet") for f in (both, first))
    a = a[(a["trial"] == 0)].reset_index(drop=True)
    np.testing.assert_array_equal(a["object_id"], b["object_id"])
    tuned = (b["classifier"] == "rcnn_finetuned").to_numpy()
    columns = predictions.PROBABILITIES
    np.testing.assert_allclose(a.loc[~tuned, columns], b.loc[~tuned, columns], atol=1e-6)
    # dropout's random state runs on from the first fine-tuning to the second
    assert np.abs(a.loc[tuned, columns] - b.loc[tuned, columns]).to_numpy().max() < 0.05


def test_half_of_each_batch_is_real_and_balanced(real, store):
    rows = splits.draw(real, 2, 1, seed=0)[0]
    sequences = real.select(rows).sequences()
    for arrays, labels in _batches(sequences, replace(SHORT, batch=24), 0, store):
        assert arrays["images"].shape[0] == 24
        np.testing.assert_array_equal(np.bincount(labels[:12, 0]), [4, 4, 4])
        assert (labels[12:, 0] != NO_LABEL).all()
    alone = next(_batches(sequences, SHORT, 0, None))
    assert alone[1][:, 0].max() <= 2


def test_classes_without_real_movies_are_named(real):
    assert forgotten(real) == ["eclipsing binary", "supernova", "asteroid", "galaxy"]


def test_a_class_with_too_few_movies_is_named(run, real, tmp_path):
    with pytest.raises(UsageError, match="more than 10 real movies of each class, got 6"):
        finetune(rcnn.load(run), real, FinetuneSettings(), tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("change", [{"batches": 0}, {"batch": 1}, {"learning_rate": 0.0}])
def test_settings_out_of_range_are_refused(change):
    with pytest.raises(UsageError, match="expected at least one batch"):
        FinetuneSettings(**change)


def test_another_prior_is_refused():
    with pytest.raises(UsageError, match="a prior among sample, equal; got 'sky'"):
        FinetuneSettings(prior="sky")


def test_summary_is_the_recall_of_tables():
    """Two classes, one movie each; the second is right in one trial of two."""
    names = np.array(["a", "b"])
    labels = np.array(["non_variable", "supernova"])

    def table(second, classifier, trial):
        p = np.zeros((2, 20, 7))
        p[0, :, 0] = 1
        p[1, :, 4 if second else 0] = 1
        return predictions.table(
            p, np.array([22, 5]), names, labels, classifier=classifier, sample="real", trial=trial
        )

    import pandas as pd

    whole = pd.concat(
        [
            table(False, "rcnn", 0),
            table(True, "rcnn_finetuned", 0),
            table(False, "rcnn_finetuned", 1),
        ]
    )
    assert summarize(whole) == {
        "before": {
            "mean": 0.5,
            "by_class": {"non_variable": 1.0, "supernova": 0.0},
            "calibration_error": pytest.approx(0.5),  # quite sure, and right every other time
            "mean_on_the_same": 0.5,
        },
        "after": {
            "mean": 0.75,
            "std": pytest.approx(0.25 * 2**0.5),
            "by_class": {"non_variable": 1.0, "supernova": 0.5},
            "calibration_error": pytest.approx(0.25),  # mean of the trials
        },
        "n_real": 2,
        "trials": 2,
    }


def test_before_and_after_are_compared_on_the_same_movies():
    """Of four movies the network named one rightly, and that one is drawn in the only trial."""
    names, labels = np.array(list("abcd")), np.array(["supernova"] * 4)
    p = np.zeros((4, 20, 7))
    p[0, :, 4] = p[1:, :, 0] = 1
    seen = np.full(4, 22)

    def table(rows, classifier):
        return predictions.table(
            p[rows], seen[rows], names[rows], labels[rows], classifier=classifier, sample="real"
        )

    import pandas as pd

    whole = pd.concat(
        [table(slice(None), "rcnn"), table(slice(1, None), "rcnn_finetuned")], ignore_index=True
    )
    before = summarize(whole)["before"]
    assert (before["mean"], before["mean_on_the_same"]) == (0.25, 0)


@pytest.mark.parametrize("with_store", [True, False])
def test_the_last_line_is_one_json_object(
    run, real, store, tmp_path, monkeypatch, capsys, with_store
):
    monkeypatch.setattr(command, "open_real", lambda where: real)
    if not with_store:
        monkeypatch.setattr(command, "_store", lambda path: None)
    command.finetune(str(run), real="hits", real_samples=2, trials=1, batches=1, out=tmp_path)
    captured = capsys.readouterr()
    summary = json.loads(captured.out.splitlines()[-1])
    assert set(summary) == {"before", "after", "n_real", "trials"}
    assert set(summary["after"]) == {"mean", "std", "by_class", "calibration_error"}
    assert ("forgotten" in captured.err) is not with_store


def test_an_unknown_model_is_named():
    with pytest.raises(UsageError, match=r"training run's folder or shipped weights.*'nowhere'"):
        command.finetune("nowhere", out=None)


def test_movies_too_short_to_classify_are_not_learnt_from(
    run, real, store, late_store, tmp_path, capsys
):
    model = rcnn.load(run)
    with pytest.raises(UsageError, match="got fewer in 3 of 14 train movies"):
        finetune(model, real, SHORT, tmp_path / "a", late_store)
    start = np.where(np.arange(len(real)) == 4, real.n_images - 1, real.truth["start"])
    late = replace(real, truth=real.truth.assign(start=start))
    finetune(model, late, replace(SHORT, batches=1, trials=1), tmp_path / "b", store)
    assert "1 of 18 movies has fewer than 3 images: left out" in capsys.readouterr().err
    table = predictions.read(tmp_path / "b" / "predictions.parquet")
    assert real.object_id[4] not in set(table["object_id"])

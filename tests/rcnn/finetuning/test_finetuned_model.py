"""The model that finetune leaves: the network of the first draw, as the results judge it."""

from dataclasses import replace

import numpy as np
import pytest

import rcnn
from rcnn.evaluation.evaluate import evaluate
from rcnn.finetuning import card, record
from rcnn.finetuning import finetune as stage
from rcnn.finetuning.finetune import FinetuneSettings, finetune
from rcnn.model import calibration
from rcnn.stream import Images, Stream
from skymovie import predictions, priors, splits
from surveys.errors import SkymovieError, UsageError

SHORT = FinetuneSettings(real_samples=2, trials=2, batches=3, batch=8, learning_rate=0.01)
PROBABILITIES = predictions.PROBABILITIES


@pytest.fixture(scope="module")
def run(store, tiny, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    rcnn.train(store, replace(tiny, iterations=1), out)
    return out


@pytest.fixture(scope="module")
def tuned(run, real, store, tmp_path_factory):
    """The folder of a fine-tuning."""
    out = tmp_path_factory.mktemp("tuned") / "tuned"
    finetune(rcnn.load(run), real, SHORT, out, store, str(run))
    return out


@pytest.fixture(scope="module")
def drawn(real):
    """Rows of the first draw."""
    return splits.draw(real, 2, 2, seed=0)[0]


def first_draw(folder):
    """What the results say of the first draw."""
    table = predictions.read(folder / "predictions.parquet")
    return table[(table["classifier"] == "rcnn_finetuned") & (table["trial"] == 0)]


def content(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_its_probabilities_are_those_of_the_table(tuned, real, run):
    table = first_draw(tuned).reset_index(drop=True)
    judged = real.select(np.isin(real.object_id, table["object_id"]))
    model = rcnn.load(tuned)
    found = model.tabulate(judged, classifier="rcnn_finetuned", sample="real")
    assert found["object_id"].equals(table["object_id"])
    np.testing.assert_allclose(found[PROBABILITIES], table[PROBABILITIES], atol=1e-6)
    before = rcnn.load(run).tabulate(judged, classifier="rcnn", sample="real")
    assert np.abs(found[PROBABILITIES] - before[PROBABILITIES]).to_numpy().max() > 0.05


def test_it_knows_what_it_was_tuned_on_and_is_judged_by_others(tuned, real, drawn):
    model = rcnn.load(tuned)
    assert set(model.tuned_on["object_id"]) == set(real.object_id[drawn])
    assert not set(model.tuned_on["object_id"]) & set(first_draw(tuned)["object_id"])
    np.testing.assert_allclose(model.prior, priors.of_sample(real.label[drawn]))


def test_image_by_image_it_answers_as_the_table_does(tuned, real, tmp_path):
    table = first_draw(tuned)
    judged = real.select(np.isin(real.object_id, table["object_id"])).sequences()
    with Stream(rcnn.load(tuned), tmp_path / "states.db") as stream:
        for night in Images.of(judged).nights():
            stream.update(night)
        found, n_images = stream.history(judged.object_id)
    names, label = judged.object_id, judged.truth["label"].to_numpy(dtype=str)
    streamed = predictions.table(found, n_images, names, label, classifier="", sample="real")
    np.testing.assert_allclose(streamed[PROBABILITIES], table[PROBABILITIES], atol=2e-6)


def test_an_equal_prior_leaves_the_probabilities_as_they_were_taught(
    tuned, run, real, store, drawn, tmp_path
):
    finetune(rcnn.load(run), real, replace(SHORT, prior="equal"), tmp_path / "equal", store)
    model = rcnn.load(tmp_path / "equal")
    assert model.prior is None
    unshifted = calibration.softmax(model.logits(real), model.temperature)
    answered = model.predict(real)
    steps = np.isfinite(answered)
    np.testing.assert_array_equal(answered[steps], unshifted[steps])
    assert (steps.all(axis=-1).sum(axis=1) == real.sequences().n_images - 2).all()
    shifted = priors.shifted(
        first_draw(tmp_path / "equal")[PROBABILITIES].to_numpy(),
        np.full(7, 1 / 7),
        priors.of_sample(real.label[drawn]),
    )
    np.testing.assert_allclose(first_draw(tuned)[PROBABILITIES], shifted, atol=1e-5)
    assert "--prior equal" in (tmp_path / "equal" / "card.md").read_text()


def test_the_card_tells_what_the_table_says(tuned, real, run, store, drawn):
    text = (tuned / "card.md").read_text()
    last = predictions.at_most(first_draw(tuned), 22)
    recall = predictions.recall(last)
    assert f"**{np.mean(list(recall.values())):.3f} ± " in text
    assert f"{len(last)} on which it was never trained" in text
    for name, share in recall.items():
        title, n = card.TITLES[name], int((last["label"] == name).sum())
        line = next(line for line in text.splitlines() if line.startswith(f"| {title} |"))
        assert f"| {n} |" in line
        assert f"| {round(share * n)} | {share:.3f} (" in line
    for path in (store.path.parent, run.parent):
        assert str(path) not in text  # cards are handed on
    assert "Simulated ones were mixed in" in text


def test_the_card_tells_the_command_or_the_call(tmp_path, tuned):
    text = (tuned / "card.md").read_text()
    assert "FinetuneSettings(" in text  # this one was made in Python
    settings = FinetuneSettings(part="held-out", prior="equal")
    lines = card._commands(settings, "finetune run --real hits --part held-out --prior equal")
    assert "finetune run --real hits --part held-out --prior equal" in lines
    call = card._commands(settings, "")[-1]
    inside = call[call.index("FinetuneSettings(") : call.index("), out")] + ")"
    assert eval(inside, {"FinetuneSettings": FinetuneSettings}) == settings


def test_an_interrupted_fine_tuning_goes_on_with_the_next_draw(
    tuned, run, real, store, tmp_path, monkeypatch
):
    out, tune = tmp_path / "out", stage._tune
    began = []

    def interrupted(model, taught, settings, trial, *more):
        began.append(trial)
        if trial == 1:
            raise KeyboardInterrupt
        tune(model, taught, settings, trial, *more)

    model = rcnn.load(run)
    weights = model.network.get_weights()
    with monkeypatch.context() as patch:
        patch.setattr(stage, "_tune", interrupted)
        with pytest.raises(KeyboardInterrupt):
            finetune(model, real, SHORT, out, store)
    for old, new in zip(weights, model.network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)  # left as it came
    assert model.prior is None
    rcnn.load(out)  # the first draw's network is there already

    def noted(model, taught, settings, trial, *more):
        began.append(trial)
        tune(model, taught, settings, trial, *more)

    monkeypatch.setattr(stage, "_tune", noted)
    finetune(rcnn.load(run), real, SHORT, out, store)
    assert began == [0, 1, 1]
    found, wanted = (predictions.read(f / "predictions.parquet") for f in (out, tuned))
    assert found["object_id"].equals(wanted["object_id"])
    np.testing.assert_allclose(found[PROBABILITIES], wanted[PROBABILITIES], atol=1e-6)
    assert not (out / "draws").exists()


def test_given_again_it_trains_nothing_and_says_the_same(tuned, run, real, store, monkeypatch):
    monkeypatch.setattr(stage, "_tune", None)
    before = content(tuned)
    summary = finetune(rcnn.load(run), real, SHORT, tuned, store)
    assert summary["after"]["mean"] == pytest.approx(
        stage.summarize(predictions.read(tuned / "predictions.parquet"))["after"]["mean"]
    )
    assert content(tuned) == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"settings": replace(SHORT, seed=1)}, "seed = 0, got 1"),
        ({"settings": replace(SHORT, prior="equal")}, "prior = 'sample', got 'equal'"),
        ({"store": None}, "simulated = '.*', got ''"),
    ],
)
def test_the_folder_of_another_fine_tuning_is_kept(tuned, run, real, store, change, named):
    before = content(tuned)
    wanted = {"settings": SHORT, "store": store, **change}
    with pytest.raises(UsageError, match=f"{named}; give the same or choose another --out"):
        finetune(rcnn.load(run), real, out=tuned, **wanted)
    assert content(tuned) == before


def test_other_weights_and_other_movies_are_another_fine_tuning(tuned, run, real, store, toy):
    model = rcnn.load(run)
    model.temperature *= 1.5
    with pytest.raises(UsageError, match="model = "):
        finetune(model, real, SHORT, tuned, store)
    others = replace(real, images=real.images + 1)
    with pytest.raises(UsageError, match="real = "):
        finetune(rcnn.load(run), others, SHORT, tuned, store)


def test_a_training_run_is_not_written_over(run, real, store):
    before = content(run)
    with pytest.raises(UsageError, match="got one with other files; choose another --out"):
        finetune(rcnn.load(run), real, SHORT, run, store)
    assert content(run) == before


def test_a_folder_of_an_earlier_version_and_a_damaged_record_are_named(tmp_path):
    file = tmp_path / "finetune.json"
    file.write_text('{"settings": {}, "after": {}}')
    with pytest.raises(UsageError, match="got one of an earlier version, which kept no model"):
        record.claim(tmp_path, SHORT, {})
    for text in ("", "[]", "{}"):
        file.write_text(text)
        with pytest.raises(SkymovieError, match=r"finetune\.json: expected the record"):
            record.claim(tmp_path, SHORT, {})


def test_tuning_on_leaves_out_what_was_tuned_on_and_shifts_once(tuned, real, tmp_path, capsys):
    known = rcnn.load(tuned).tuned_on["object_id"]
    further = replace(SHORT, trials=1, prior="equal")
    summary = finetune(rcnn.load(tuned), real, further, tmp_path / "on", start=str(tuned))
    assert "6 real movies left out on which the network was tuned" in capsys.readouterr().err
    assert summary["n_real"] == len(real) - 6
    model = rcnn.load(tmp_path / "on")
    assert model.prior is None  # not that of the weights before
    assert len(model.tuned_on) == 12
    assert set(known) < set(model.tuned_on["object_id"])
    judged = predictions.read(tmp_path / "on" / "predictions.parquet")
    assert not set(known) & set(judged["object_id"])
    assert "had been tuned on 6 others" in (tmp_path / "on" / "card.md").read_text()
    assert model.settings.start == str(tuned)


def test_it_is_not_evaluated_by_what_it_was_tuned_on(tuned, real, tmp_path):
    model = rcnn.load(tuned)
    found = evaluate(model, tmp_path, real=real, part="all", worst_of=0)
    assert found["real"]["n"] == len(real) - 6
    told = predictions.read(tmp_path / "predictions.parquet").set_index(["object_id", "n_images"])
    wanted = first_draw(tuned).set_index(["object_id", "n_images"]).loc[told.index]
    np.testing.assert_allclose(told[PROBABILITIES], wanted[PROBABILITIES], atol=1e-5)


def test_a_training_that_begins_with_it_knows_too(tuned, store, tiny, tmp_path):
    out = tmp_path / "run"
    rcnn.train(store, replace(tiny, iterations=1, start=str(tuned)), out)
    model = rcnn.load(out)
    assert set(model.tuned_on["object_id"]) == set(rcnn.load(tuned).tuned_on["object_id"])
    assert model.prior is None  # simulated movies hold all classes equally
    assert "tuned on the 6 real movies" in (out / "card.md").read_text()

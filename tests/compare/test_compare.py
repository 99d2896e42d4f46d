"""The command ``compare-rf`` on movies of a few stars and tables of a network that guesses."""

import io
import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from compare import command
from compare.compare import Comparison
from lightcurve_rf import forest_table, run, samples, search
from lightcurve_rf.boosting import BoostingSettings
from skymovie import CLASSES, predictions, splits
from skymovie.store import cost
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError, UsageError

DRAWS = {"real_samples": 1, "trials": 2, "seed": 4}


def guesses(movies, rows, **columns):
    """What a network that knows nothing would write about some movies."""
    rng = np.random.default_rng(0)
    of = movies.select(rows)
    return predictions.table(
        rng.dirichlet(np.ones(7), (len(of), 20)),
        of.sequences().n_images,
        of.object_id,
        of.truth["label"].to_numpy(dtype=str),
        **columns,
    )


@pytest.fixture(scope="session")
def chain(render, survey, tmp_path_factory) -> Path:
    """A folder with a store, a store that stands in for real movies, and both runs of a network."""
    folder = tmp_path_factory.mktemp("chain")
    sizes = {"train": 35, "validation": 7, "test": 21}
    stores = {}
    for seed, name in enumerate(("store", "sky")):
        rng = np.random.default_rng(seed)
        parts = {}
        for part, n in sizes.items():
            label = np.asarray(CLASSES)[np.arange(n) % 7]
            magnitude = rng.uniform(18, 21, n)
            swing = np.arange(n)[:, None] % 7 * 0.2 * rng.normal(size=(n, 22))
            movies = render(magnitude[:, None] + swing, rng, label)
            names = [f"{name}{part}{i:03d}" for i in range(n)]
            parts[part] = movies, movies.truth.assign(object_id=names, magnitude=magnitude)
        stores[name] = made = MovieStore.create(
            folder / name,
            survey=survey,
            exposures=movies.exposures,
            sizes=sizes,
            settings={"seed": seed},
            stand_in=name == "sky",
        )
        width = movies.exposures.visits().shape[1]
        for part, (movies, truth) in parts.items():
            spare = width - 22
            images = np.pad(movies.images, [(0, 0), (0, spare), (0, 0), (0, 0)])
            exposure = np.pad(movies.exposure, [(0, 0), (0, spare)], constant_values=-1)
            made.write_block(part, 0, images, exposure, truth)

    trained, tuned = folder / "run", folder / "run" / "finetune-sky"
    tuned.mkdir(parents=True)
    test, sky = stores["store"].read("test"), stores["sky"].read("test")
    table = guesses(test, np.arange(21), classifier="rcnn", sample="simulated")
    predictions.write(table, trained / "predictions.parquet")
    given = stores["store"].read("validation")
    table = guesses(given, np.arange(7), classifier="rcnn", sample="validation")
    predictions.write(table, trained / "validation_predictions.parquet")
    (trained / "settings.toml").write_text('store = "/elsewhere"\nbatch = 256\n')
    (trained / "history.csv").write_text("iteration,seconds\n100,12.5\n200,25.0\n")
    tables = [guesses(sky, np.arange(21), classifier="rcnn", sample="real")]
    draws = splits.draw(sky, DRAWS["real_samples"], DRAWS["trials"], DRAWS["seed"])
    for trial, chosen in enumerate(draws):
        kept = np.setdiff1d(np.arange(21), chosen)
        columns = {"classifier": "rcnn_finetuned", "sample": "real", "trial": trial}
        tables.append(guesses(sky, kept, **columns))
    predictions.write(pd.concat(tables, ignore_index=True), tuned / "predictions.parquet")
    record = {"before": {"mean": 0.1}, "n_real": 70, "settings": {"learning_rate": 0.0003}}
    (tuned / "finetune.json").write_text(json.dumps(record))
    cost.write(cost.record([[(0.1, 0.2)], [(0.1, 0.2)]], 100), trained)
    return folder


@pytest.fixture(scope="session")
def reported(chain) -> Path:
    """A report of classifiers that are small, so that there is no need to wait for them."""
    out = chain / "report"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "TREES", (2, 4))
        patch.setattr(search, "DEPTHS", (3, 6))
        patch.setattr(run, "BoostingSettings", partial(BoostingSettings, rounds=3, views=1))
        Comparison(chain / "store", chain / "run", real=str(chain / "sky"), **DRAWS).write(out)
    return out


@pytest.fixture
def comparison(chain, reported):
    """A function that writes the comparison again with something changed."""

    def write(**changes):
        given = {"store": chain / "store", "rcnn": chain / "run", "real": str(chain / "sky")}
        return Comparison(**given | DRAWS | changes).write(reported)

    return write


@pytest.fixture
def unchanged(reported):
    """Hold that a test leaves the earlier report as it was."""
    files = {path: path.read_bytes() for path in reported.iterdir()}
    yield
    assert {path: path.read_bytes() for path in reported.iterdir()} == files


def test_report(reported, chain):
    numbers = json.loads((reported / "metrics.json").read_text())
    assert all(numbers["simulated"]["accuracy"].values())
    assert all(numbers["real"]["recall"].values())
    assert numbers["real"]["stand_in"] is True
    augmented = numbers["real"]["recall"]["forest_augmented"]
    assert (augmented["n_trials"], augmented["std_is"]) == (2, "trials")
    forest = numbers["simulated"]["accuracy"]["forest"]
    assert (forest["n_trials"], forest["std_is"]) == (run.SEEDS, "seeds")
    assert numbers["forest"]["trees"] in (2, 4)
    assert len(numbers["forest"]["grid"]) == 4
    assert all(value is not None for value in numbers["real"]["difference"].values())
    assert min(numbers["combined"]["forest"]) >= 0
    page = (reported / "report.html").read_text()
    assert "batch" in page
    assert "n_real" in page
    assert "0.0003" in page
    assert "/elsewhere" not in page
    assert f"--finetuned {chain / 'run' / 'finetune-sky'} " in page
    assert {p.name for p in reported.iterdir()} == {
        "report.html",
        "metrics.json",
        "forest.parquet",
        "forest.json",
    }


@pytest.mark.parametrize(
    "key",
    [
        "simulated.accuracy.rcnn",
        "simulated.accuracy.forest",
        "real.recall.rcnn",
        "real.recall.rcnn_finetuned",
        "real.recall.forest",
        "real.recall.forest_augmented",
        "real.recall.combined",
    ],
)
def test_numbers_that_others_rely_on(reported, key):
    found = json.loads((reported / "metrics.json").read_text())
    for name in key.split("."):
        found = found[name]
    assert 0 <= found["mean"] <= 1
    assert found["std"] >= 0
    assert set(found["by_class"]) == set(CLASSES)
    assert [step["n_images"] for step in found["by_images"]] == list(range(3, 23))
    assert found["by_images"][-1]["mean"] == found["mean"]


def test_cost_embedding_and_supernovae(reported, chain):
    numbers = json.loads((reported / "metrics.json").read_text())
    assert numbers["cost"]["rcnn"] == cost.read(chain / "run")
    assert [e["n_images"] for e in numbers["cost"]["forest"]["by_images"]] == list(cost.AFTER)
    important = [entry["feature"] for entry in numbers["importance"]]
    assert numbers["embedding"]["features"] == important[:6]
    assert len(numbers["embedding"]["points"]["taught"]["x"]) == 7 * DRAWS["real_samples"]
    assert numbers["supernovae"]["n"] == 3
    assert [entry["place"] for entry in numbers["supernovae"]["examples"]] == [1, 2, 3]


def test_forests_are_used_again(comparison, monkeypatch, unchanged):
    monkeypatch.setattr(run, "classify", lambda *_, **__: pytest.fail("made anew"))
    assert comparison()["real"]["recall"]["forest"]


@pytest.mark.parametrize("damage", ["table", "record", "seed"])
def test_forests_are_made_anew(chain, reported, monkeypatch, tmp_path, damage):
    out = tmp_path / "report"
    shutil.copytree(reported, out)
    made = []

    def classify(*_, seed, **__):
        made.append(seed)
        return run.Outcome(predictions.read(reported / "forest.parquet"), {})

    monkeypatch.setattr(run, "measure", lambda *_, **__: None)
    monkeypatch.setattr(run, "classify", classify)
    if damage == "table":
        (out / "forest.parquet").write_bytes(b"PAR1")
    if damage == "record":
        (out / "forest.json").write_text("{")
    seed = 5 if damage == "seed" else DRAWS["seed"]
    store, sky = MovieStore.open(chain / "store"), MovieStore.open(chain / "sky").read("test")
    options = DRAWS | {"seed": seed}
    forest_table.obtain(store, sky, out, **options)
    forest_table.obtain(store, sky, out, **options)
    assert made == [seed]


def test_digest_sees_a_pixel(chain):
    store, sky = MovieStore.open(chain / "store"), MovieStore.open(chain / "sky").read("test")
    before = forest_table.digest(store, sky, DRAWS)
    assert forest_table.digest(store, sky, DRAWS) == before
    sky.images[3, 2, 10, 10] += 1
    assert forest_table.digest(store, sky, DRAWS) != before


def test_without_finetuning(chain, tmp_path, reported):
    shutil.copy(chain / "run" / "predictions.parquet", tmp_path)
    out = tmp_path / "report"
    shutil.copytree(reported, out)
    plain = Comparison(chain / "store", tmp_path, real=str(chain / "sky"), **DRAWS)
    assert plain.write(out)["real"]["recall"]["rcnn_finetuned"] is None


def test_a_run_without_validation_answers(chain, tmp_path, reported):
    shutil.copytree(chain / "run", tmp_path / "run")
    (tmp_path / "run" / "validation_predictions.parquet").unlink()
    out = tmp_path / "report"
    shutil.copytree(reported, out)
    older = Comparison(chain / "store", tmp_path / "run", real=str(chain / "sky"), **DRAWS)
    numbers = older.write(out)
    assert numbers["combined"] is numbers["real"]["recall"]["combined"] is None
    assert numbers["real"]["recall"]["rcnn_finetuned"]


def test_first_alerts_must_be_the_same(chain, comparison, tmp_path, unchanged):
    """A network that was shown each movie from one image later did not sit the same exam."""
    test = MovieStore.open(chain / "store").read("test")
    late = test.select(np.arange(21))
    late.truth["start"] = late.truth["start"] + 1
    assert (
        late.sequences().conditions("mjd")[:, 0] > test.sequences().conditions("mjd")[:, 0]
    ).all()
    shutil.copytree(chain / "run", tmp_path / "run")
    table = guesses(late, np.arange(21), classifier="rcnn", sample="simulated")
    predictions.write(table, tmp_path / "run" / "predictions.parquet")
    with pytest.raises(UsageError, match=r"that forest was judged on, got 21 of which 0 agree"):
        comparison(rcnn=tmp_path / "run")


@pytest.mark.slow  # imports the network's framework
def test_both_classifiers_are_given_the_same_images_and_times(chain):
    pytest.importorskip("keras")
    from rcnn.data import loader
    from skymovie.measure.photometry import measure

    movies = MovieStore.open(chain / "store").read("test")
    sequences = movies.sequences()
    network, curves = loader.inputs(sequences), measure(sequences)
    seen = np.arange(network["images"].shape[1]) < network["n_images"][:, None]
    assert seen.any()
    # Not a point is measured that the network has no image of, and at the same times.
    assert not (np.isfinite(curves.magnitude) & ~seen).any()
    days = curves.time - curves.time[:, :1]
    there = np.isfinite(days)
    assert (there <= seen).all()
    np.testing.assert_allclose(days[there], network["days"][there], atol=1e-4)
    (sample,) = [samples.observe([movies])]
    np.testing.assert_array_equal(sample.n_images, network["n_images"])


@pytest.mark.usefixtures("unchanged")
class TestBadInput:
    def test_validation_answers_of_another_store(self, comparison, chain, tmp_path):
        shutil.copytree(chain / "run", tmp_path / "run")
        path = tmp_path / "run" / "validation_predictions.parquet"
        table = predictions.read(path)
        predictions.write(table.assign(object_id="other" + table["object_id"]), path)
        with pytest.raises(UsageError, match=r"validation part, got 7 of which 0 are"):
            comparison(rcnn=tmp_path / "run")

    def test_no_store(self, comparison, tmp_path):
        with pytest.raises(SkymovieError, match="expected a movie store"):
            comparison(store=tmp_path)

    def test_run_without_predictions(self, comparison, tmp_path):
        with pytest.raises(UsageError, match=r"train-rcnn wrote.*got one without"):
            comparison(rcnn=tmp_path)

    def test_no_finetuning_folder(self, comparison, tmp_path):
        with pytest.raises(UsageError, match=r"finetune wrote.*got nothing"):
            comparison(finetuned=tmp_path / "none")

    def test_damaged_table(self, comparison, tmp_path):
        (tmp_path / "predictions.parquet").write_bytes(b"PAR1 and no more")
        with pytest.raises(SkymovieError, match=r"predictions.parquet: expected a prediction"):
            comparison(rcnn=tmp_path)

    def test_the_other_table(self, comparison, chain):
        with pytest.raises(SkymovieError, match=r"rcnn on simulated movies, got rcnn on real"):
            comparison(rcnn=chain / "run" / "finetune-sky")

    def test_a_network_that_was_told_nothing_of_how_common_classes_are(self, comparison, tmp_path):
        (tmp_path / "finetune.json").write_text('{"settings": {"prior": "equal"}}')
        with pytest.raises(UsageError, match=r"with --prior sample, .* got equal; run finetune"):
            comparison(finetuned=tmp_path)

    def test_no_real_movies(self, comparison, tmp_path):
        with pytest.raises(UsageError, match="expected real movies"):
            comparison(real=str(tmp_path))

    def test_too_many_real_samples(self, comparison):
        with pytest.raises(UsageError, match="smaller --real-samples"):
            comparison(real_samples=3)

    @pytest.mark.parametrize("changes", [{"trials": 1}, {"seed": 9}, {"real_samples": 2}])
    def test_another_draw_than_the_network_had(self, comparison, changes):
        with pytest.raises(UsageError, match=r"got 28 of .* run finetune and compare-rf with"):
            comparison(**changes)

    def test_a_network_of_another_store(self, comparison, chain):
        with pytest.raises(UsageError, match=r"run/predictions.parquet: .*got 21 of which 0"):
            comparison(store=chain / "sky")

    def test_report_is_a_file(self, chain):
        file = chain / "run" / "settings.toml"
        with pytest.raises(UsageError, match="expected a folder for the report, got a file"):
            Comparison(chain / "store", chain / "run").write(file)


def test_summary_fits_a_terminal(reported, monkeypatch):
    from rich.console import Console

    narrow = Console(width=80, record=True, file=io.StringIO())
    narrow.print(command.summary(json.loads((reported / "metrics.json").read_text())))
    lines = narrow.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert sum("±" in line for line in lines) == 12


def test_help_shows_an_example():
    import typer

    app = typer.Typer()
    app.command()(command.compare_rf)
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100"})
    assert shown.exit_code == 0
    assert "compare-rf store --rcnn run" in shown.output


def test_a_store_with_movies_too_short_to_classify_is_refused(chain, tmp_path):
    store = shutil.copytree(chain / "store", tmp_path / "store")
    file = store / "truth" / "test" / "00000.parquet"
    pd.read_parquet(file).assign(start=20).to_parquet(file, index=False)
    with pytest.raises(UsageError, match="got fewer in 21 of 21 test movies"):
        Comparison(store, chain / "run", real=str(chain / "sky"), **DRAWS).write(tmp_path / "out")

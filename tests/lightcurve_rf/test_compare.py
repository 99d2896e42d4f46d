"""The command ``compare-rf`` on movies of a few stars and tables of a network that guesses."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lightcurve_rf import command, forest_table, run
from lightcurve_rf.compare import Comparison
from movies import CLASSES, predictions, trials
from movies.store import MovieStore
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
    (trained / "settings.toml").write_text('store = "/elsewhere"\nbatch = 256\n')
    (trained / "history.csv").write_text("iteration,seconds\n100,12.5\n200,25.0\n")
    tables = [guesses(sky, np.arange(21), classifier="rcnn", sample="real")]
    draws = trials.draw(sky, DRAWS["real_samples"], DRAWS["trials"], DRAWS["seed"])
    for trial, chosen in enumerate(draws):
        kept = np.setdiff1d(np.arange(21), chosen)
        columns = {"classifier": "rcnn_finetuned", "sample": "real", "trial": trial}
        tables.append(guesses(sky, kept, **columns))
    predictions.write(pd.concat(tables, ignore_index=True), tuned / "predictions.parquet")
    (tuned / "finetune.json").write_text('{"before": {"mean": 0.1}, "n_real": 70}')
    return folder


@pytest.fixture(scope="session")
def reported(chain) -> Path:
    out = chain / "report"
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
    page = (reported / "report.html").read_text()
    assert "batch" in page
    assert "n_real" in page
    assert "/elsewhere" not in page
    assert f"--finetuned {chain / 'run' / 'finetune-sky'} " in page
    assert {p.name for p in reported.iterdir()} == {
        "report.html",
        "metrics.json",
        "forest.parquet",
        "forest.json",
    }


def test_forests_are_used_again(comparison, monkeypatch, unchanged):
    monkeypatch.setattr(run, "predictions", lambda *_, **__: pytest.fail("made anew"))
    assert comparison()["real"]["recall"]["forest"]


@pytest.mark.parametrize("damage", ["table", "record", "seed"])
def test_forests_are_made_anew(chain, reported, monkeypatch, tmp_path, damage):
    out = tmp_path / "report"
    shutil.copytree(reported, out)
    made = []

    def predict(*_, seed, **__):
        made.append(seed)
        return predictions.read(reported / "forest.parquet")

    monkeypatch.setattr(run, "predictions", predict)
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


@pytest.mark.usefixtures("unchanged")
class TestBadInput:
    def test_no_store(self, comparison, tmp_path):
        with pytest.raises(SkymovieError, match="expected a movie store"):
            comparison(store=tmp_path)

    def test_run_without_predictions(self, comparison, tmp_path):
        with pytest.raises(UsageError, match=r"train-rcnn wrote.*came one without"):
            comparison(rcnn=tmp_path)

    def test_no_finetuning_folder(self, comparison, tmp_path):
        with pytest.raises(UsageError, match=r"finetune wrote.*came nothing"):
            comparison(finetuned=tmp_path / "none")

    def test_damaged_table(self, comparison, tmp_path):
        (tmp_path / "predictions.parquet").write_bytes(b"PAR1 and no more")
        with pytest.raises(SkymovieError, match=r"predictions.parquet: expected a prediction"):
            comparison(rcnn=tmp_path)

    def test_the_other_table(self, comparison, chain):
        with pytest.raises(SkymovieError, match=r"rcnn on simulated movies, came rcnn on real"):
            comparison(rcnn=chain / "run" / "finetune-sky")

    def test_no_real_movies(self, comparison, tmp_path):
        with pytest.raises(UsageError, match="expected real movies"):
            comparison(real=str(tmp_path))

    def test_too_many_real_samples(self, comparison):
        with pytest.raises(UsageError, match="smaller --real-samples"):
            comparison(real_samples=3)

    @pytest.mark.parametrize("changes", [{"trials": 1}, {"seed": 9}, {"real_samples": 2}])
    def test_another_draw_than_the_network_had(self, comparison, changes):
        with pytest.raises(UsageError, match=r"came 28 of .* run finetune and compare-rf with"):
            comparison(**changes)

    def test_a_network_of_another_store(self, comparison, chain):
        with pytest.raises(UsageError, match=r"run/predictions.parquet: .*came 21 of which 0"):
            comparison(store=chain / "sky")

    def test_report_is_a_file(self, chain):
        file = chain / "run" / "settings.toml"
        with pytest.raises(UsageError, match="expected a folder for the report, came a file"):
            Comparison(chain / "store", chain / "run").write(file)


def test_summary_fits_a_terminal(reported, monkeypatch):
    from rich.console import Console

    narrow = Console(width=80, record=True, file=io.StringIO())
    narrow.print(command.summary(json.loads((reported / "metrics.json").read_text())))
    lines = narrow.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    assert sum("±" in line for line in lines) == 6


def test_help_shows_an_example():
    import typer

    app = typer.Typer()
    app.command()(command.compare_rf)
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100"})
    assert shown.exit_code == 0
    assert "compare-rf store --rcnn run" in shown.output

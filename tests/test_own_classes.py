"""A user's own classes, from the command that simulates them to those that refuse them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import simulate
import surveys
from simulate.light_curves import GENERATORS, observed
from simulate.scenes.recipe import Recipe
from skymovie.classes import CLASSES
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError

TABLE = Path(__file__).parents[1] / "examples" / "observed_light_curves.csv"
COMMANDS = Path(sys.executable).parent


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMANDS / str(words[0]), *map(str, words[1:])],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def custom_models():
    return {"my_variable": observed.read(TABLE)}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Written by the command."""
    path = tmp_path_factory.mktemp("own") / "store"
    words = ["--n", 20, "--classes", "non_variable", "--light-curves", f"my_variable={TABLE}"]
    done = run("simulate", *words, "--workers", 1, "--out", path)
    assert done.returncode == 0, done.stderr
    return MovieStore.open(path)


def test_the_command_makes_a_class_of_light_curves(store, custom_models):
    truth = store.truth("train")
    mine = truth["label"] == "my_variable"
    assert mine.sum() == 10
    assert set(truth["star"][mine]) <= {"cepheid-1", "cepheid-2", "irregular-1", "irregular-2"}
    np.testing.assert_array_equal(store.read("train").label, np.where(mine, -1, 0))
    assert (store.path / "contact_sheet.png").stat().st_size > 10_000
    # Any process draws the same.
    here = simulate.movies(
        surveys.load("hits"),
        20,
        classes=["my_variable", "non_variable"],
        custom_models=custom_models,
    )
    np.testing.assert_array_equal(here.images, store.read("train").images)


def test_a_store_is_gone_on_with_by_the_same_light_curves_alone(store, custom_models, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(TABLE.read_text().replace("0.020", "0.021"))

    def go_on(generators):
        survey, classes = surveys.load("hits"), ["non_variable", "my_variable"]
        return simulate.write(survey, store.path, 20, classes=classes, custom_models=generators)

    assert go_on(custom_models).path == store.path
    with pytest.raises(UsageError, match=r"begun with, custom_models \{'my_var"):
        go_on({"my_variable": observed.read(other)})


def refused():
    return pytest.raises(
        UsageError, match=r"classes that the classifiers know \(non_variable, .*, got my_variable;"
    )


def test_training_refuses_the_store(store, tmp_path):
    from rcnn import train
    from rcnn.settings import TrainingSettings

    with refused():
        train(store, TrainingSettings(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_comparing_refuses_the_store(store, tmp_path):
    from compare.compare import Comparison

    with refused():
        Comparison(store.path, tmp_path, real=str(store.path)).write(tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_finetuning_refuses_the_store_as_real_and_as_simulated(store, tmp_path):
    from rcnn.finetuning.finetune import FinetuneSettings, finetune

    settings, movies = FinetuneSettings(real_samples=1, trials=1), store.read("train")
    with refused():
        finetune(None, movies, settings, tmp_path / "out")
    known = movies.select(movies.label >= 0)
    with refused():
        finetune(None, known, settings, tmp_path / "out", store)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train-rcnn", "compare-rf", "finetune"])
def test_commands_refuse_in_one_line(store, tmp_path, command):
    out = ["--out", tmp_path / "out"]
    words = {
        "train-rcnn": [store.path, *out],
        "compare-rf": [store.path, "--rcnn", tmp_path, "--real", store.path, *out],
        "finetune": ["hits", "--real", store.path, "--real-samples", 1, *out],
    }
    done = run(command, *words[command])
    assert done.returncode == 2
    *notes, error = done.stderr.splitlines()
    assert all(line.startswith("note:") for line in notes)
    assert error.startswith("error:")
    assert "got my_variable; simulate them under one of these names, or without" in error
    assert not (tmp_path / "out").exists()


def test_own_light_curves_take_the_place_of_a_class(custom_models):
    recipe = Recipe.of(
        surveys.load("hits"),
        0,
        CLASSES,
        "fourier",
        custom_models={"rr_lyrae": custom_models["my_variable"]},
    )
    assert recipe.classes == CLASSES
    generator = recipe.generators["rr_lyrae"]
    assert isinstance(generator, observed.ObservedLightCurves)
    assert generator.label == "rr_lyrae"  # whose magnitudes have a cut of their own
    assert recipe.generators["cepheid"] is GENERATORS["cepheid"]


def test_functions_are_generators_too():
    recipe = Recipe.of(
        surveys.load("hits"),
        0,
        ["quiet"],
        "fourier",
        custom_models={"quiet": GENERATORS["non_variable"]},
    )
    assert recipe.classes == ("quiet",)
    assert recipe.generators["quiet"] is GENERATORS["non_variable"]


def test_wrong_classes_are_refused_before_a_run(custom_models):
    survey = surveys.load("hits")
    generator = custom_models["my_variable"]
    with pytest.raises(UsageError, match="other than supernova"):
        Recipe.of(survey, 0, CLASSES, "fourier", custom_models={"supernova": generator})
    with pytest.raises(UsageError, match=r"expected mira, .* add it to the classes"):
        Recipe.of(survey, 0, CLASSES, "fourier", custom_models={"mira": generator})

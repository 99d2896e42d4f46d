"""The command ``simulate inspect``, as a person would give it."""

import shutil

import pytest
from PIL import Image

import surveys
from simulate.run import run
from simulate.scenes.recipe import Recipe


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("inspect") / "movies"
    return run.write(surveys.load("hits"), path, 28, 3, workers=1, uniform_fraction=0.25)


def test_says_what_a_store_holds_and_draws_it(simulate, store, tmp_path):
    answer = simulate("inspect", store.path, columns=60)
    assert answer.returncode == 0, answer.stderr
    said = answer.stdout
    for words in (
        "finished, 3 blocks",
        "uniform fraction",
        "seed              3",
        "non-variable",
        "skymovie",
    ):
        assert words in said
    assert "all                   28            4      4" in said
    assert "test part, 5, 50 and 95 % of movies" in said
    assert all(len(line) <= 60 for line in said.splitlines() if str(store.path) not in line)
    assert [p.name for p in tmp_path.iterdir()] == ["movies-test.png"]
    with Image.open(tmp_path / "movies-test.png") as picture:
        assert picture.height > 4 * 250  # the part has no fifth object


def test_draws_the_objects_that_are_named(simulate, store, tmp_path):
    words = ("--object", "hits-3-train-5", "--object", "hits-3-train-12", "--out", "two.png")
    answer = simulate("inspect", store.path, "--part", "train", *words)
    assert answer.returncode == 0, answer.stderr
    assert "2 objects drawn: two.png" in answer.stdout
    answer = simulate("inspect", store.path, "--part", "train", "--class", "galaxy", "--n", 3)
    assert "3 objects drawn: movies-train.png" in answer.stdout


def test_an_unfinished_store_is_shown_as_far_as_it_is(simulate, store, tmp_path):
    shutil.copytree(store.path, tmp_path / "begun")
    next((tmp_path / "begun/truth/test").iterdir()).unlink()
    answer = simulate("inspect", "begun")
    assert answer.returncode == 0, answer.stderr
    assert "unfinished" in answer.stdout
    assert "train 1 of 1, validation 1 of 1, test 0 of 1" in " ".join(answer.stdout.split())
    assert "begun-train.png" in answer.stdout
    refused = simulate("inspect", "begun", "--part", "test")
    assert refused.returncode == 2
    assert "expected a test part with movies, none is written yet" in refused.stderr


def test_a_store_without_a_single_block(simulate, tmp_path):
    recipe = Recipe.of(surveys.load("hits"), 0, ("galaxy",), "fourier")
    run.begin(recipe, tmp_path / "s", {"train": 5}, {"seed": 0})
    answer = simulate("inspect", "s")
    assert answer.returncode == 0, answer.stderr
    assert "no movies are written yet" in answer.stdout


def test_a_part_alone_is_enough(simulate, tmp_path):
    run.write(surveys.load("hits"), tmp_path / "s", 1, workers=1, parts={"test": 7})
    answer = simulate("inspect", "s", "--n", 1)
    assert answer.returncode == 0, answer.stderr
    assert "s-test.png" in answer.stdout


@pytest.mark.parametrize(
    ("words", "expected", "code"),
    [
        (["--n", 0], "expected 1 to 50 objects to draw, got --n 0", 2),
        (["--n", 51], "got --n 51", 2),
        (["--part", "tset"], "expected a part among train, validation, test; got 'tset'", 2),
        (["--class", "quasar"], "expected a class among non_variable", 2),
        (["--object", "M31"], "such as hits-3-test-0; got M31", 2),
        (["--object", "a", "--class", "galaxy"], "expected --object or --class, got both", 2),
        (["--out", "nowhere/x.png"], "expected a folder that exists, got nowhere", 2),
    ],
)
def test_wrong_words_give_one_line(simulate, store, words, expected, code, tmp_path):
    answer = simulate("inspect", store.path, *words)
    assert answer.returncode == code, answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert expected in answer.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_there(simulate, tmp_path):
    answer = simulate("inspect", "nothing")
    assert answer.returncode == 2
    assert "nothing: expected real movies" in answer.stderr
    assert "or a movie store" in answer.stderr


def test_real_movies_are_shown_alike(simulate, hits, tmp_path):
    answer = simulate("inspect", hits, "--out", "real.png", "--n", 3)
    assert answer.returncode == 0, answer.stderr
    assert "eclipsing binary" in answer.stdout
    assert "3 objects drawn: real.png" in answer.stdout
    refused = simulate("inspect", hits, "--part", "test")
    assert refused.returncode == 2
    assert "real movies have no parts" in refused.stderr

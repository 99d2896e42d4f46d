"""The command ``simulate``, as a person would give it."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import surveys
from simulate.cli import session
from simulate.match import matched
from simulate.run import run
from skymovie.store.movie_store import MovieStore

SIMULATE = str(Path(sys.executable).parent / "simulate")


def test_writes_a_store_and_is_content_with_it(simulate, tmp_path):
    words = ("--survey", "hits", "--n", 8, "--workers", 1)
    planned = simulate(*words, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "8 training, 1 validation and 1 test" in planned.stdout
    assert "time     about" in planned.stdout
    assert not list(tmp_path.iterdir())

    first = simulate(*words, columns=60)
    assert first.returncode == 0, first.stderr
    assert first.stdout.index("disk     about") < first.stdout.index("movies: 10/10")
    assert "written" in first.stdout
    assert "train-rcnn hits-movies" in first.stdout
    assert all(len(line) <= 60 for line in first.stdout.splitlines())
    assert (tmp_path / "hits-movies/contact_sheet.png").exists()

    again = simulate(*words)
    assert again.returncode == 0, again.stderr
    assert "everything is done already" in again.stdout
    assert "written" not in again.stdout
    assert "4 non-variable, 1 RR Lyrae" in again.stdout


def test_a_survey_of_ones_own_is_named_by_its_file(simulate, tmp_path):
    hits = surveys.load("hits")
    mine = replace(hits, name="mine", camera=replace(hits.camera, gain=1.5, per_ccd=None))
    file = mine.to_toml(tmp_path / "surveys")
    words = ("--survey", file, "--n", 8, "--workers", 1)
    first = simulate(*words)
    assert first.returncode == 0, first.stderr
    assert MovieStore.open(tmp_path / "mine-movies").survey.camera.gain == 1.5

    replace(mine, camera=replace(mine.camera, pixel_scale=0.3)).to_toml(tmp_path / "surveys")
    second = simulate(*words)
    assert second.returncode == 2
    assert "0 of them done already" in second.stdout
    assert "expected the survey it was begun with" in second.stderr


def test_shares_of_a_job_array_make_one_store(simulate, tmp_path):
    words = ("--n", 8, "--workers", 1, "--out", "s")
    first = simulate(*words, "--shards", "1/2")
    assert first.returncode == 0, first.stderr
    assert "share 1 of 2: 2 of up to 8 movies" in first.stdout
    assert "1 blocks, which other shares write" in first.stdout
    second = simulate(*words, "--shards", "2/2")
    assert second.returncode == 0, second.stderr
    assert "contact sheet" in second.stdout
    assert MovieStore.open(tmp_path / "s").sizes == {"train": 8, "validation": 1, "test": 1}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["--survey", "kepler"],
            "expected a survey among hits, or a file such as my.toml; got 'kepler'",
        ),
        (["--n", 0], "expected a positive number of movies, got 0"),
        (["--classes", "quasar"], "got quasar"),
        (["--renderer", "povray"], "got 'povray'"),
        (["--observing-log", "nothing.csv"], "nothing.csv"),
        (["--seed", -1], "expected a seed of at least 0, got -1"),
        (["--workers", 0], "got --workers 0"),
        (["--even", 1.5], "got 1.5"),
        (["--uniform-magnitudes", 1.5], "got 1.5"),
        (["--like", "nothing"], "nothing: expected real movies"),
        (["--n", "many"], "--n"),
        (["--device", "tpu"], "expected --device cpu or gpu, got 'tpu'"),
        (["--light-curves", "stars.csv"], "expected --light-curves CLASS=FILE, got 'stars.csv'"),
        (["--light-curves", "heartbeat=nothing.csv"], "nothing.csv"),
        (["--sed", "kilonova=nothing"], "nothing"),
        (["--light-curves", "a=x.csv", "--sed", "a=y"], "got a twice"),
        (["--shards", "3/2"], "expected --shards I/N with I from 1 to N, such as 1/16, got '3/2'"),
        (["--match", "nothing"], "nothing: expected real movies"),
        (["--match", "hits", "--n", 7], "expected no --n beside --match"),
        (["--match", "hits", "--classes", "galaxy"], "expected no --classes beside --match"),
        (
            ["--match", "hits", "--uniform-magnitudes", 0.5],
            "expected no --uniform-magnitudes beside --match",
        ),
        (["--match", "hits", "--observing-log", "x"], "expected no --observing-log beside --match"),
        (["--match", "hits", "--shards", "1/2"], "expected no --shards beside --match"),
        (["inspekt", "movies"], "No such command 'inspekt'"),
        (["movies"], "No such command 'movies'"),
    ],
)
def test_wrong_words_give_one_line(simulate, words, expected, tmp_path):
    answer = simulate("--out", "s", *words)
    assert answer.returncode == 2, answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert expected in answer.stderr
    assert not (tmp_path / "s").exists()


def test_a_store_of_other_settings_is_refused(simulate, tmp_path):
    run.write(surveys.load("hits"), tmp_path / "s", 8, seed=1, workers=1)
    answer = simulate("--n", 8, "--seed", 2, "--out", "s", "--workers", 1)
    assert answer.returncode == 2
    assert "expected the settings it was begun with, seed 1, got 2" in answer.stderr


def test_help_shows_all_there_is(tmp_path):
    answer = subprocess.run(
        [SIMULATE, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "80"},
    )
    assert answer.returncode == 0
    assert answer.stderr == ""
    assert "simulate --survey hits --n 7000 --out hits-movies" in answer.stdout
    for word in (
        "--match",
        "--uniform-magnitudes",
        "--light-curves",
        "--shards",
        "--dry-run",
        "inspect",
    ):
        assert word in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80


def test_twins_end_with_a_gallery(tmp_path, monkeypatch, capsys):
    survey = surveys.load("hits")
    real = run.movies(survey, 14, seed=1)
    monkeypatch.setattr(session, "open_real", lambda *_: real)
    monkeypatch.chdir(tmp_path)
    made = {"survey": "hits", "seed": 3, "workers": 1, "renderer": "fourier", "imported": 0.0}
    session.match("folder/", None, **made, dry_run=True)
    assert not list(tmp_path.iterdir())
    session.match("folder/", None, **made, dry_run=False)
    store = MovieStore.open(tmp_path / "folder-matched")
    assert list(store.read("test").truth["label"]) == list(real.truth["label"])
    assert np.array_equal(store.read("test").n_images, real.n_images)
    with Image.open(tmp_path / "folder-matched/gallery.png") as picture:
        assert picture.height > 14 * 2 * 70
    said = capsys.readouterr().out
    assert "14 test" in said
    assert "folder-matched/gallery.png" in said
    assert "simulate inspect folder-matched" in said
    assert matched.movies(real, 3).truth["object_id"].iloc[0] in set(
        store.read("test").truth["object_id"]
    )

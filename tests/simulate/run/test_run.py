"""A run of the simulator: the same objects however it is cut, interrupted or shared out."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import surveys
from simulate.run import run
from skymovie.classes import CLASSES
from skymovie.store.movie_store import BLOCK, MovieStore
from surveys.errors import SkymovieError, UsageError

HITS = surveys.load("hits")


@pytest.fixture(scope="module")
def movies():
    return run.movies(HITS, 42, seed=3)


def test_classes_take_turns(movies):
    assert list(movies.truth["label"]) == list(CLASSES) * 6


def test_images_are_adu_above_a_sky(movies):
    there = movies.exposure >= 0
    assert movies.images.dtype == np.uint16
    assert (movies.images[~there] == 0).all()
    level = np.median(movies.images[there].reshape(there.sum(), -1)[:, :21], axis=1)
    ratio = level / movies.conditions("sky")[there]
    assert 0.9 < np.median(ratio) < 1.1


def test_an_object_is_the_same_in_a_larger_run(movies):
    few = run.movies(HITS, 9, seed=3)
    assert_array_equal(few.images, movies.images[:9])
    assert_array_equal(few.exposure, movies.exposure[:9])
    assert few.truth.equals(movies.truth[:9][few.truth.columns])


def test_seed_and_part_make_other_objects(movies):
    first = movies.images[:7, 0].astype(float)
    for other in (run.movies(HITS, 7, seed=4), run.movies(HITS, 7, seed=3, part="test")):
        assert (other.images[:, 0] != first).mean() > 0.9


def test_every_movie_has_a_sequence(movies):
    sequences = movies.sequences()
    assert (sequences.n_images >= 5).all()
    assert (sequences.n_images <= 22).all()


def test_transients_appear_at_their_alert(movies):
    alert = movies.truth["first_alert"].to_numpy()
    transient = movies.truth["label"].isin(["supernova", "asteroid"]).to_numpy()
    assert (alert[transient] >= 0).all()
    assert (alert[~transient] == -1).all()
    for row in np.flatnonzero(movies.truth["label"] == "asteroid"):
        core = movies.images[row, :, 8:13, 8:13].astype(float).sum(axis=(1, 2))
        excess = core - 25 * movies.conditions("sky")[row]
        assert np.nanargmax(excess / np.sqrt(core + 1)) == alert[row]


def test_store_equals_memory_with_any_number_of_workers(tmp_path, movies):
    one = run.write(HITS, tmp_path / "one", 42, seed=3, workers=1)
    two = run.write(HITS, tmp_path / "two", 42, seed=3, workers=2)
    assert one.sizes == {"train": 42, "validation": 6, "test": 6}
    for store in (one, two):
        read = store.read("train")
        assert_array_equal(read.images, movies.images)
        assert list(read.truth["object_id"]) == list(movies.truth["object_id"])
    assert (tmp_path / "one" / "contact_sheet.png").stat().st_size > 10_000


def test_a_run_goes_on_where_it_stopped(tmp_path):
    classes = ("non_variable",)
    n = BLOCK + 40
    whole = run.write(HITS, tmp_path / "whole", n, classes=classes, workers=1)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.write(HITS, tmp_path / "cut", n, classes=classes, workers=1, progress=stop)
    with pytest.raises(SkymovieError, match="missing"):
        MovieStore.open(tmp_path / "cut")
    before = (tmp_path / "cut/truth/train/00000.parquet").stat().st_mtime_ns
    resumed = run.write(HITS, tmp_path / "cut", n, classes=classes, workers=1)
    assert (tmp_path / "cut/truth/train/00000.parquet").stat().st_mtime_ns == before
    for part in whole.sizes:
        assert_array_equal(resumed.read(part).images, whole.read(part).images)


def test_even_magnitudes_are_for_learning_alone():
    survey = replace(HITS, magnitudes=replace(HITS.magnitudes, uniform_fraction=0.0))
    names = ("non_variable",)
    bright = {}
    for part in ("train", "test"):
        truth = run.movies(survey, 300, classes=names, part=part, uniform_fraction=1.0).truth
        bright[part] = (truth["magnitude"] < 18.6).mean()
    assert bright["train"] == pytest.approx(0.5, abs=0.1)
    assert bright["test"] < 0.15


def test_paper_sizes():
    assert run.sizes(686_000) == {"train": 686_000, "validation": 85_750, "test": 85_750}


@pytest.mark.parametrize("n", [0, -5])
def test_n_must_be_positive(n, tmp_path):
    with pytest.raises(UsageError, match=f"positive number of movies, got {n}"):
        run.write(HITS, tmp_path / "s", n)
    assert not (tmp_path / "s").exists()


def test_a_full_disk_is_refused_before_the_first_block(tmp_path, monkeypatch):
    monkeypatch.setattr(run.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10_000})())
    with pytest.raises(SkymovieError, match=r"expected room for .* movies, .* [kMGT]B; got"):
        run.write(HITS, tmp_path / "s", 7000)
    assert not (tmp_path / "s").exists()


def test_a_disk_that_fills_up_keeps_what_is_written(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run.MovieStore, "write_block", full)
    with pytest.raises(SkymovieError, match="the disk is full"):
        run.write(HITS, tmp_path / "s", 7, classes=("non_variable",), workers=1)


def test_a_tilde_is_home_in_every_half_of_a_store(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run.write(HITS, tmp_path / "home" / "old", 14, classes=["non_variable"], seed=0, workers=1)
    with pytest.raises(UsageError, match="seed 0, got 5"):
        run.write(HITS, "~/old", 14, classes=["non_variable"], seed=5, workers=1)
    made = run.write(HITS, "~/new", 14, classes=["non_variable"], seed=5, workers=1)
    assert made.path == tmp_path / "home" / "new"
    assert MovieStore.open("~/new").attributes["seed"] == 5
    assert not (tmp_path / "~").exists()


def test_a_local_name_with_a_colon_is_no_url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = run.write(HITS, "s3:x", 14, classes=["non_variable"], workers=1)
    assert len(MovieStore.open("s3:x").truth("train")) == 14
    assert (tmp_path / "s3:x").is_dir()
    assert store.sizes["train"] == 14


@pytest.mark.parametrize("part", ["valid", "Train", ""])
def test_an_unknown_part_is_refused(part, tmp_path):
    survey = surveys.load("hits")
    with pytest.raises(UsageError, match="expected a part among train, validation, test; got"):
        run.movies(survey, 7, part=part)
    with pytest.raises(UsageError, match="expected a part among train, validation, test; got"):
        run.write(survey, tmp_path / "store", 7, parts={part: 7})
    assert not (tmp_path / "store").exists()


def test_keywords_of_version_0_1_are_still_taken():
    old = run.movies(HITS, 14, seed=2, classes=["non_variable"], even=1.0)
    new = run.movies(HITS, 14, seed=2, classes=["non_variable"], uniform_fraction=1.0)
    assert_array_equal(old.images, new.images)
    with pytest.raises(TypeError, match="got uniform_fraction and its old name even"):
        run.movies(HITS, 14, even=1.0, uniform_fraction=1.0)

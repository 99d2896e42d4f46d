"""The movie store: what is written is read, what is damaged is named."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import surveys
from skymovie.store.movie_store import BLOCK, SURVEYS_OF_0_1, MovieStore
from surveys.errors import SkymovieError, UsageError
from surveys.exposures import Exposures

E = 4


def exposures() -> Exposures:
    rows = [("F1", 1 + e, 57070.0 + e) for e in range(E)]
    frame = pd.DataFrame(rows, columns=["field", "epoch", "mjd"]).assign(
        band="g",
        exposure_time=86.0,
        seeing=1.2,
        airmass=1.2,
        sky=120.0,
        zero_point=25.0,
        limiting_magnitude=23.5,
    )
    return Exposures.from_frame(frame)


def block(n: int, seed: int = 0):
    images = np.random.default_rng(seed).integers(90, 4000, (n, E, 21, 21), dtype=np.uint16)
    exposure = np.tile(np.arange(E, dtype=np.int32), (n, 1))
    truth = pd.DataFrame(
        {
            "object_id": [f"o{seed}-{i}" for i in range(n)],
            "label": "galaxy",
            "first_alert": -1,
            "start": 0,
        }
    )
    return images, exposure, truth


def begin(path, sizes=None, survey=None, **settings) -> MovieStore:
    return MovieStore.create(
        path,
        survey=survey or surveys.load("hits"),
        exposures=exposures(),
        sizes=sizes or {"train": BLOCK + 5, "validation": 3, "test": 3},
        settings={"seed": 1, **settings},
    )


@pytest.fixture
def store(tmp_path) -> MovieStore:
    begun = begin(tmp_path / "s")
    for part in begun.sizes:
        for k, rows in enumerate(begun.blocks(part)):
            begun.write_block(part, k, *block(rows.stop - rows.start, k))
    return begun


def test_written_is_read(store):
    opened = MovieStore.open(store.path)
    second = block(5, 1)
    movies = opened.read("train", slice(BLOCK, BLOCK + 5))
    np.testing.assert_array_equal(movies.images, second[0])
    assert movies.images.dtype == np.uint16
    assert list(movies.object_id) == list(second[2]["object_id"])
    assert len(opened.exposures) == E


def test_rows_in_any_order(store):
    whole = store.read("train")
    rows = np.array([450, 3, 3, 100])
    some = store.read("train", rows)
    np.testing.assert_array_equal(some.images, whole.images[rows])
    assert list(some.object_id) == list(whole.object_id[rows])


def test_same_settings_go_on(store):
    again = begin(store.path)
    assert again.has_block("train", 1)


def test_other_settings_are_refused(store):
    with pytest.raises(UsageError, match="seed 1, got 2"):
        begin(store.path, seed=2)
    assert MovieStore.open(store.path).attributes["settings"]["seed"] == 1


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="got one with other files"):
        begin(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "x"


def test_a_store_whose_laying_out_was_cut_short_is_completed(tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("surveys.files.atomic.put", killed)
        with pytest.raises(KeyboardInterrupt):
            begin(tmp_path / "s")
    assert not (tmp_path / "s/movies.zarr/train").exists()
    assert not begin(tmp_path / "s").has_block("train", 0)
    assert (tmp_path / "s/movies.zarr/train/images/zarr.json").exists()


def test_what_decides_a_store_stands_in_its_attributes(store):
    found = MovieStore.open(store.path).attributes
    assert found["seed"] == found["settings"]["seed"] == 1
    assert found["versions"].keys() == {"skymovie", "numpy", "galsim", "zarr"}
    assert len(found["survey_checksum"]) == 64


def test_arrays_name_their_dimensions_and_units(store):
    images, exposure = (store.group[f"test/{name}"] for name in ("images", "exposure"))
    assert images.metadata.dimension_names == ("object", "image", "y", "x")
    assert exposure.metadata.dimension_names == ("object", "image")
    assert images.attrs["units"] == "adu"
    assert "exposure table" in exposure.attrs["long_name"]


def test_a_survey_that_has_changed_is_noticed(store):
    hits = surveys.load("hits")
    changed = replace(hits, camera=replace(hits.camera, gain=1.5 * hits.camera.gain))
    with pytest.raises(UsageError, match=r"the survey it was begun with.* of hits have changed"):
        begin(store.path, survey=changed)


def test_blocks_with_other_columns_are_joined(tmp_path):
    begun = begin(tmp_path / "s", {"train": BLOCK + 2})
    for k, rows in enumerate(begun.blocks("train")):
        images, exposure, truth = block(rows.stop - rows.start, k)
        more = {"period": 0.5} if k else {"redshift": 0.1, "template": 3}
        begun.write_block("train", k, images, exposure, truth.assign(**more))
    truth = MovieStore.open(tmp_path / "s").truth("train")
    assert truth["period"].isna().sum() == BLOCK
    assert truth["template"].tolist() == [3] * BLOCK + [pytest.approx(np.nan, nan_ok=True)] * 2
    assert truth["label"].eq("galaxy").all()


def test_a_block_of_zeros_is_a_block_too(tmp_path):
    begun = begin(tmp_path / "s", {"test": 3})
    images, exposure, truth = block(3)
    begun.write_block("test", 0, np.zeros_like(images), exposure, truth)
    assert not MovieStore.open(tmp_path / "s").read("test").images.any()


def test_a_foreign_folder_with_a_like_name_is_refused(tmp_path):
    (tmp_path / "truth").mkdir()
    with pytest.raises(UsageError, match="got one with other files"):
        begin(tmp_path)


def test_a_file_is_refused(tmp_path):
    (tmp_path / "s").write_text("x")
    with pytest.raises(UsageError, match="got a file"):
        begin(tmp_path / "s")


def test_not_a_store(tmp_path):
    with pytest.raises(SkymovieError, match="expected a movie store"):
        MovieStore.open(tmp_path / "nowhere")


def test_missing_shard_is_named(store):
    (store.path / "movies.zarr/train/images/c/1/0/0/0").unlink()
    with pytest.raises(SkymovieError, match=r"train part, 1 missing \(the first is 1\)"):
        MovieStore.open(store.path)


def test_missing_truth_is_named(store):
    (store.path / "truth/test/00000.parquet").unlink()
    with pytest.raises(SkymovieError, match="test part, 1 missing"):
        MovieStore.open(store.path)


def test_damaged_truth_is_named(store):
    (store.path / "truth/test/00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(SkymovieError, match=r"00000\.parquet: expected a Parquet table"):
        MovieStore.open(store.path).read("test")


def test_damaged_shard_is_named(store):
    shard = store.path / "movies.zarr/train/images/c/0/0/0/0"
    shard.write_bytes(shard.read_bytes()[:1000])
    with pytest.raises(SkymovieError, match="images of the train part"):
        MovieStore.open(store.path).read("train")


def test_other_format_is_named(store):
    file = store.path / "movies.zarr/zarr.json"
    entry = json.loads(file.read_text())
    entry["attributes"]["format"] = 99
    file.write_text(json.dumps(entry))
    with pytest.raises(SkymovieError, match="format 2, got format 99"):
        MovieStore.open(store.path)


def test_damaged_description_is_named(store):
    (store.path / "movies.zarr/zarr.json").write_text("{")
    with pytest.raises(SkymovieError, match="description cannot be read"):
        MovieStore.open(store.path)


def test_unknown_part(store):
    with pytest.raises(UsageError, match="got 'dev'"):
        store.blocks("dev")


def test_the_survey_is_read_as_it_was_written(tmp_path):
    hits = surveys.load("hits")
    mine = replace(hits, camera=replace(hits.camera, gain=1.0, per_ccd=None), max_seeing=1.7)
    path = begin(tmp_path / "s", survey=mine).path
    found = MovieStore.unfinished(path).survey
    assert found.camera.gain == 1.0
    assert found.camera.detectors.gain.tolist() == [1.0] * 62
    assert found.checksum == mine.checksum != hits.checksum
    about = MovieStore.unfinished(path).attributes
    assert (about["bands"], about["stamp_size"]) == (["g"], 21)


def test_a_store_remembers_that_there_was_an_observing_log(tmp_path):
    drawn = begin(tmp_path / "s")
    logged = begin(tmp_path / "l", survey=surveys.load("hits").with_log(exposures()))
    assert [s.attributes["observing_log"] for s in (drawn, logged)] == [False, True]
    assert drawn.survey.log is None
    used = MovieStore.unfinished(logged.path).survey.exposures(seed=9)
    assert used.to_frame().equals(exposures().to_frame())


def test_a_store_of_0_1_needs_the_survey_of_that_time(store, monkeypatch):
    path = written_by_0_1(store, survey_checksum=SURVEYS_OF_0_1["hits"][0])
    changed = replace(surveys.load("hits"), max_seeing=1.0)
    monkeypatch.setattr("surveys.survey.load", lambda _: changed)
    with pytest.raises(SkymovieError, match=r"as version 0\.1 had it, got a changed one"):
        _ = MovieStore.open(path).survey


def test_a_survey_that_was_changed_in_the_store_is_refused(tmp_path):
    path = begin(tmp_path / "s").path
    file = path / "survey" / "hits.toml"
    file.write_text(file.read_text().replace("gain = 4.104", "gain = 1.0"))
    with pytest.raises(SkymovieError, match="survey: expected the survey that the movies were"):
        _ = MovieStore.unfinished(path).survey


def written_by_0_1(store, **attributes):
    """Make of a store what version 0.1 wrote."""
    shutil.rmtree(store.path / "survey")
    file = store.path / "movies.zarr" / "zarr.json"
    content = json.loads(file.read_text())
    for new in ("observing_log", "bands", "classes", "stamp_size"):
        del content["attributes"][new]
    content["attributes"] |= {"format": 1, **attributes}
    file.write_text(json.dumps(content))
    return store.path


def test_a_store_of_version_0_1_is_read(store):
    path = written_by_0_1(store, survey_checksum=SURVEYS_OF_0_1["hits"][0])
    old = MovieStore.open(path)
    assert old.survey.checksum == surveys.load("hits").checksum
    assert len(old.read("test")) == 3


def test_a_store_of_version_0_1_with_another_survey_is_refused(store):
    old = MovieStore.open(written_by_0_1(store, survey_checksum="0" * 64))
    with pytest.raises(SkymovieError, match=r"as version 0\.1 had it, got a changed one"):
        _ = old.survey


def test_a_store_of_version_0_1_is_not_gone_on_with(tmp_path):
    path = written_by_0_1(begin(tmp_path / "s"))
    with pytest.raises(UsageError, match=r"format 1, by version 0\.1, which can be read but not"):
        begin(path)

"""A store seen through xarray: what stands there is what the store holds, read when asked for."""

import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
import pytest
import xarray
from astropy import units
from numpy.testing import assert_array_equal

import surveys
from skymovie.store import dataset
from skymovie.store.movie_store import BLOCK, MovieStore
from surveys.errors import SkymovieError, UsageError
from tests.skymovie.store.test_movie_store import E, exposures

N = BLOCK + 12


def block_of_movies(n: int, label: str, first: int):
    rng = np.random.default_rng(first)
    images = rng.integers(90, 4000, (n, E, 21, 21), dtype=np.uint16)
    exposure = np.tile(np.arange(E, dtype=np.int32), (n, 1))
    exposure[1::2, -1] = -1
    images[exposure < 0] = 0
    truth = pd.DataFrame(
        {
            "object_id": [f"o{first + i}" for i in range(n)],
            "label": label,
            "start": np.arange(n) % 3,
            "field": "A",
            "host": np.arange(n) % 2 == 0,
        }
    )
    if label == "asteroid":
        return images, exposure, truth.assign(mjd=57070.0 + np.arange(n))
    return images, exposure, truth.assign(period=0.5 + np.arange(n), subtype="ab")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Two blocks whose truths have different columns."""
    store = MovieStore.create(
        tmp_path_factory.mktemp("dataset") / "store",
        survey=surveys.load("hits"),
        exposures=exposures(),
        sizes={"train": N, "test": 3},
        settings={"seed": 5},
    )
    store.write_block("train", 0, *block_of_movies(BLOCK, "rr_lyrae", 0))
    store.write_block("train", 1, *block_of_movies(12, "asteroid", BLOCK))
    store.write_block("test", 0, *block_of_movies(3, "rr_lyrae", 0))
    return store


@pytest.fixture
def opened(store):
    return dataset.open_dataset(store.path, "train")


def test_holds_what_the_store_holds(store, opened):
    assert dict(opened.sizes) == {"object": N, "image": E, "y": 21, "x": 21}
    rows = slice(BLOCK - 3, BLOCK + 4)
    movies, some = store.read("train", rows), opened.isel(object=rows)
    assert_array_equal(some.images, movies.images)
    assert_array_equal(some.exposure, movies.exposure)
    for name in ("mjd", "seeing", "sky", "zero_point", "epoch"):
        assert_array_equal(some[name], movies.conditions(name))
    assert_array_equal(some.object_id, movies.object_id)
    assert_array_equal(some.label, movies.truth["label"])
    assert_array_equal(some.start, movies.truth["start"])
    assert_array_equal(some.period, movies.truth["period"])
    assert_array_equal(some.host, movies.truth["host"])


def test_a_block_may_lack_columns(opened):
    across = opened.isel(object=[0, BLOCK, 3])
    assert_array_equal(across.period, [0.5, np.nan, 3.5])
    assert list(across.subtype.values) == ["ab", "", "ab"]
    assert_array_equal(across.truth_mjd, [np.nan, 57070.0, np.nan])
    assert across.start.dtype == np.int64
    assert opened.label.isel(object=-1).item() == "asteroid"


def test_selects_by_label_and_image(store, opened):
    chosen = opened.where(opened.label == "asteroid", drop=True)
    assert chosen.sizes["object"] == 12
    one = opened.isel(object=2, image=slice(0, 2)).mean(("y", "x"))
    assert_array_equal(one.images, store.read("train", slice(2, 3)).images[0, :2].mean((1, 2)))
    assert opened.band.isel(object=1, image=-1).item() == ""


def test_units_are_those_of_astropy(opened):
    assert units.Unit(opened.images.units) == units.adu
    assert units.Unit(opened.mjd.units) == units.day
    assert units.Unit(opened.seeing.units) == units.arcsec
    assert units.Unit(opened.period.units) == units.day
    for variable in opened.variables.values():
        units.Unit(variable.attrs.get("units", ""))


def test_attributes_are_those_of_the_store(store, opened):
    assert opened.attrs["seed"] == 5
    for name, value in store.attributes.items():
        kept = opened.attrs[name]
        assert (json.loads(kept) if isinstance(value, dict | list) else kept) == value


def test_nothing_is_read_before_it_is_asked_for(store, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("read at once")

    assert len(store.exposures)  # the log is small, and read with the store
    monkeypatch.setattr(dataset.tables, "read", refuse)
    opened = dataset.open_dataset(store, "train")
    assert "object_id" in repr(opened)
    with pytest.raises(AssertionError, match="read at once"):
        opened.label.load()


def test_xarray_opens_the_bare_arrays(store):
    bare = xarray.open_zarr(store.path / "movies.zarr", group="train", consolidated=False)
    assert dict(bare.sizes) == {"object": N, "image": E, "y": 21, "x": 21}
    assert bare.images.dtype == np.uint16
    assert_array_equal(bare.images[5].values, store.read("train", slice(5, 6)).images[0])
    assert_array_equal(bare.exposure[5].values, store.read("train", slice(5, 6)).exposure[0])


def test_wrong_use(store, tmp_path):
    with pytest.raises(UsageError, match="got 'tset'"):
        dataset.open_dataset(store, "tset")
    with pytest.raises(SkymovieError, match="expected a movie store"):
        dataset.open_dataset(tmp_path)


def summed(opened):
    """What a worker makes of a dataset that it was sent."""
    return opened.seeing.sum().item(), opened.label.values.tolist(), int(opened.images.sum())


def test_another_process_reads_it(opened):
    some = opened.isel(object=slice(BLOCK - 2, BLOCK + 2))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        assert pool.submit(summed, some).result(60) == summed(some)


def test_a_pickle_holds_no_movies(store, opened):
    store.read("train", slice(0, 1))
    sent = pickle.dumps(dataset.open_dataset(store, "train"))
    assert len(sent) < 40_000
    assert pickle.loads(sent).isel(object=[3, BLOCK]).equals(opened.isel(object=[3, BLOCK]))


@pytest.mark.parametrize("rows", [slice(0, 4), slice(BLOCK - 2, BLOCK + 3)])
def test_a_netcdf_file_gives_it_back(opened, rows, tmp_path):
    some = opened.isel(object=rows).copy(deep=True)
    some.images[0, 0, 0, 0] = 65_000  # beyond what 16 bits with a sign hold
    some.to_netcdf(tmp_path / "movies.nc")
    with xarray.open_dataset(tmp_path / "movies.nc") as again:
        assert again.equals(some)
        assert again.images[0, 0, 0, 0].item() == 65_000
        assert json.loads(again.attrs["settings"]) == {"seed": 5}
        for name, variable in some.variables.items():
            assert again[name].attrs == variable.attrs


def test_truth_values_that_a_block_lacks_are_nan(tmp_path):
    store = MovieStore.create(
        tmp_path / "store",
        survey=surveys.load("hits"),
        exposures=exposures(),
        sizes={"test": BLOCK + 1},
        settings={"seed": None},
    )
    images, exposure, truth = block_of_movies(BLOCK, "rr_lyrae", 0)
    store.write_block("test", 0, images, exposure, truth)
    images, exposure, truth = block_of_movies(1, "asteroid", BLOCK)
    store.write_block("test", 1, images, exposure, truth.drop(columns="host"))
    some = dataset.open_dataset(store).isel(object=[0, 1, BLOCK])
    assert_array_equal(some.host, [1.0, 0.0, np.nan])
    assert "seed" not in some.attrs
    some.to_netcdf(tmp_path / "movies.nc")
    with xarray.open_dataset(tmp_path / "movies.nc") as again:
        assert again.equals(some)

"""Stores in object stores: S3 (a moto server on this machine), and memory for what is quick."""

import os
import signal
import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import surveys
from simulate.run import run
from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic
from tests.simulate.run import runs

HITS = surveys.load("hits")
ONE = ("non_variable",)


@pytest.fixture(scope="module")
def s3():
    """The URL of a bucket that this process and those it starts can reach."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        bucket = atomic.place("s3://movies")
        bucket.fs.mkdir("movies")
        yield "s3://movies"
        server.stop()


def content(url: str) -> dict[str, bytes]:
    """Every object under a URL, by name."""
    top = atomic.place(url)
    top.fs.invalidate_cache()
    base = top.path.rstrip("/") + "/"
    found = top.fs.cat(top.fs.find(top.path))
    return {name.removeprefix(base): value for name, value in found.items()}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    return run.write(HITS, tmp_path_factory.mktemp("local") / "s", 16, classes=ONE, workers=1)


def test_in_memory(local):
    store = run.write(HITS, "memory://one", 16, classes=ONE)
    runs.assert_same(content("memory://one"), runs.content(local.path))
    assert str(store.path) == "memory://one"
    assert store.missing() == {"train": [], "validation": [], "test": []}


def test_s3_is_read_as_a_disk_is(s3, local):
    run.write(HITS, f"{s3}/read", 16, classes=ONE, workers=1)
    runs.assert_same(content(f"{s3}/read"), runs.content(local.path))
    found = MovieStore.open(f"{s3}/read")
    rows = np.array([5, 3, 3])
    assert_array_equal(found.read("train", rows).images, local.read("train").images[rows])
    assert found.truth("test").equals(local.truth("test"))
    assert found.exposures.to_frame().equals(local.exposures.to_frame())


def test_a_block_that_s3_lacks_is_named_and_written(s3):
    url = f"{s3}/lacking"
    run.write(HITS, url, 8, classes=ONE, workers=1)
    whole = content(url)
    for lost in ("truth/test/00000.parquet", "movies.zarr/train/images/c/0/0/0/0"):
        (atomic.place(url) / lost).unlink()
        with pytest.raises(SkymovieError, match=r"part, 1 missing \(the first is 0\)"):
            MovieStore.open(url)
        run.write(HITS, url, 8, classes=ONE, workers=1)
        runs.assert_same(content(url), whole)


def test_other_settings_and_other_objects_are_refused(s3):
    run.write(HITS, f"{s3}/mine", 8, classes=ONE, workers=1)
    with pytest.raises(UsageError, match="seed 0, got 1"):
        run.write(HITS, f"{s3}/mine", 8, 1, classes=ONE, workers=1)
    atomic.put(atomic.place(f"{s3}/thesis/chapter1.tex"), b"x")
    with pytest.raises(UsageError, match="got one with other files"):
        run.write(HITS, f"{s3}/thesis", 8, classes=ONE, workers=1)


def test_no_such_bucket(s3):
    with pytest.raises(SkymovieError, match=r"bucket does not exist; see") as caught:
        run.write(HITS, "s3://nowhere/movies", 8, classes=ONE, workers=1)
    assert "\n" not in str(caught.value)
    with pytest.raises(SkymovieError, match="expected a movie store"):
        MovieStore.open(f"{s3}/nothing")


@pytest.mark.slow
def test_processes_and_jobs_write_one_store_on_s3(s3, tmp_path):
    n = 2 * BLOCK
    runs.finish(tmp_path, tmp_path / "whole", n)
    whole = runs.content(tmp_path / "whole")
    runs.finish(tmp_path, f"{s3}/processes", n, workers=2)
    runs.assert_same(content(f"{s3}/processes"), whole)
    jobs = [runs.begin(tmp_path, f"{s3}/jobs", n, shards=(i, 3)) for i in (1, 2, 3)]
    assert [job.wait(timeout=200) for job in jobs] == [0, 0, 0]
    runs.assert_same(content(f"{s3}/jobs"), whole)


@pytest.mark.slow
def test_killed_while_it_writes_to_s3(s3, tmp_path):

    n, url = 4 * BLOCK, f"{s3}/killed"
    for seconds in (2.0, 3.0, 3.5):
        process = runs.begin(tmp_path, url, n, workers=2)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    runs.finish(tmp_path, url, n, workers=2)
    runs.finish(tmp_path, tmp_path / "whole", n)
    runs.assert_same(content(url), runs.content(tmp_path / "whole"))

"""Blocks on a Dask cluster: nothing lost, nothing twice, and clear words when it cannot be."""

import os
import signal
import sys

import pytest

import surveys
from simulate.run import cluster, run
from skymovie.store.layout import BLOCK
from surveys.errors import SkymovieError, UsageError
from tests.simulate.run import runs

HITS = surveys.load("hits")
ONE = ("non_variable",)


@pytest.fixture
def local_cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as begun:
        yield begun


@pytest.mark.slow
def test_a_worker_dies_and_nothing_is_lost_or_twice(tmp_path, local_cluster):
    n = 5 * BLOCK
    written = []

    def progress(movies: int) -> None:
        written.append(movies)
        if len(written) == 2:
            os.kill(next(iter(local_cluster.workers.values())).pid, signal.SIGKILL)

    run.write(
        HITS,
        tmp_path / "cluster",
        n,
        classes=ONE,
        scheduler=local_cluster.scheduler_address,
        progress=progress,
    )
    assert sum(written) == n + 2 * n // 8
    alone = run.write(HITS, tmp_path / "alone", n, classes=ONE, workers=1)
    runs.assert_same(runs.content(tmp_path / "cluster"), runs.content(alone.path))


@pytest.mark.slow
def test_workers_of_other_versions_are_refused(tmp_path, local_cluster, monkeypatch):
    monkeypatch.setattr(cluster, "versions", lambda: {"numpy": "1.2.3"})
    address = local_cluster.scheduler_address
    with pytest.raises(SkymovieError, match=r"expected numpy 1\.2\.3 as here, got "):
        run.write(HITS, tmp_path / "s", 8, classes=ONE, scheduler=address)


@pytest.mark.parametrize(
    ("scheduler", "error", "expected"),
    [
        ("tcp://127.0.0.1:1", SkymovieError, "none answered in 1 s"),
        ("nonsense", UsageError, "such as tcp://node1:8786, got 'nonsense'"),
        ("carrier://pigeon:1", UsageError, "got 'carrier://pigeon:1'"),
        ("nowhere.json", UsageError, "got nowhere.json, which is not there"),
    ],
)
def test_no_such_scheduler(scheduler, error, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    with pytest.raises(error, match=expected) as caught:
        run.write(HITS, tmp_path / "s", 8, classes=ONE, scheduler=scheduler)
    assert "\n" not in str(caught.value)


def test_without_dask(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'skymovie\[cluster\]'"):
        run.write(HITS, tmp_path / "s", 8, classes=ONE, scheduler="tcp://127.0.0.1:1")


def test_what_is_in_memory_cannot_be_shared_out():
    with pytest.raises(UsageError, match="one process alone sees it"):
        run.write(HITS, "memory://s", 8, classes=ONE, scheduler="tcp://127.0.0.1:1")

"""A job array writes one store: shares that cover it, and a beginning that no one fights over."""

import os
import subprocess
import sys

import pytest

import surveys
from simulate.run import run
from skymovie.store.layout import BLOCK
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError, UsageError
from tests.simulate.run import runs

HITS = surveys.load("hits")
ONE = ("non_variable",)
N = BLOCK + 8


def test_shares_cover_a_store_and_the_last_finishes_it(tmp_path):
    whole = run.write(HITS, tmp_path / "whole", N, classes=ONE, workers=1)
    out = tmp_path / "shared"
    written = []
    for i in (3, 1, 2):
        assert not (out / "contact_sheet.png").exists()
        store = run.write(
            HITS, out, N, classes=ONE, workers=1, shards=(i, 3), progress=written.append
        )
    assert sum(written) == N + 2 * 57
    assert store.missing() == {"train": [], "validation": [], "test": []}
    runs.assert_same(runs.content(out), runs.content(whole.path))


def test_a_plain_run_finishes_what_the_shares_began(tmp_path):
    out = tmp_path / "s"
    store = run.write(HITS, out, N, classes=ONE, workers=1, shards=(2, 4))
    assert store.missing() == {"train": [0], "validation": [0], "test": [0]}
    with pytest.raises(SkymovieError, match=r"train part, 1 missing \(the first is 0\)"):
        MovieStore.open(out)
    run.write(HITS, out, N, classes=ONE, workers=1)
    assert len(MovieStore.open(out).read("train")) == N
    assert (out / "contact_sheet.png").exists()


def test_a_finished_store_is_left_alone(tmp_path):
    out = tmp_path / "s"
    run.write(HITS, out, 8, classes=ONE, workers=1)
    before = {name: (out / name).stat().st_mtime_ns for name in runs.content(out)}
    run.write(HITS, out, 8, classes=ONE, workers=1)
    assert {name: (out / name).stat().st_mtime_ns for name in runs.content(out)} == before


@pytest.mark.parametrize("shards", [(0, 3), (4, 3), (1, 0), (-1, -1)])
def test_a_share_that_is_none(shards, tmp_path):
    with pytest.raises(UsageError, match=f"1 ≤ i ≤ n, got {shards[0]}/{shards[1]}"):
        run.write(HITS, tmp_path / "s", N, shards=shards)
    assert not (tmp_path / "s").exists()


BATCH_SIZE = """
import os, sys
import surveys
from skymovie.store.movie_store import MovieStore

HITS = surveys.load("hits")
EXPOSURES = HITS.exposures(1)

def lay_out(out, seed):
    MovieStore.create(out, survey=HITS, exposures=EXPOSURES, sizes={"train": 900, "test": 3},
                      settings={"seed": seed})

for n in range(int(sys.argv[2])):
    children = []
    ready, go = os.pipe()
    for k in range(8):
        pid = os.fork()
        if pid == 0:
            os.close(go)
            os.read(ready, 1)  # returns when the parent closes its end
            try:
                lay_out(f"{sys.argv[1]}/{n}", seed=(k % 2 if n % 2 else 0))
                os._exit(0)
            except Exception as error:
                os.write(1, f"{error}\\n".encode())  # at once: eight write to one pipe
                os._exit(2)
        children.append(pid)
    os.close(ready)
    os.close(go)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    # All of the same settings take it up; of two settings, one wins.
    assert sorted(codes) == ([0] * 4 + [2] * 4 if n % 2 else [0] * 8), codes
"""


def test_stores_laid_out_by_eight_processes_at_once(tmp_path):
    program = tmp_path / "together.py"
    program.write_text(BATCH_SIZE)
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "stores"), "6"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 12
    assert [x for x in lines if "expected the settings it was begun with, seed" not in x] == []
    for n in range(6):
        names = runs.content(tmp_path / "stores" / str(n))
        assert sorted(n for n in names if ".unfinished" not in n) == [
            "exposures.parquet",
            *(f"movies.zarr/{p}zarr.json" for p in ("test/exposure/", "test/images/", "test/")),
            *(f"movies.zarr/{p}zarr.json" for p in ("train/exposure/", "train/images/", "train/")),
            "movies.zarr/zarr.json",
            *sorted(f"survey/{name}" for name in surveys.load("hits").to_files()),
        ]


@pytest.mark.slow
def test_jobs_of_an_array_that_start_together(tmp_path):
    n = 3 * BLOCK
    runs.finish(tmp_path, tmp_path / "whole", n)
    out = tmp_path / "s"
    jobs = [runs.begin(tmp_path, out, n, shards=(i, 3)) for i in (1, 2, 3)]
    assert [job.wait(timeout=200) for job in jobs] == [0, 0, 0]
    runs.assert_same(runs.content(out), runs.content(tmp_path / "whole"))

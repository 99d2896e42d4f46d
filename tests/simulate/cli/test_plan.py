"""The plan of a run: what is left to do, and an estimate that follows from what was timed."""

import subprocess
import sys

import joblib
import pytest

import surveys
from simulate.cli import plan
from simulate.run import run
from simulate.scenes.recipe import Recipe
from skymovie.store.layout import BLOCK

HITS = surveys.load("hits")
CLASSES = ("non_variable", "galaxy")
COST = plan.Cost(0.01, 1000.0, block_seconds=0.5, block_bytes=300.0, start_up=3.0)


@pytest.fixture(scope="module")
def recipe():
    return Recipe.of(HITS, 3, CLASSES, "fourier")


@pytest.fixture
def timed(monkeypatch):
    """A probe that always finds the same."""
    monkeypatch.setattr(plan, "probe", lambda *_: COST)
    monkeypatch.setattr(joblib, "cpu_count", lambda: 4)


def test_a_new_run_is_all_to_do(recipe, timed, tmp_path):
    parts = run.sizes(1000)
    made = plan.make(recipe, str(tmp_path / "s"), parts, workers=1)
    assert made.blocks == made.todo == (448, 448, 104, 125, 125)
    assert made.n_bytes == 1250 * 1000 + 5 * 300 + plan.SHEET_BYTES
    assert made.seconds == pytest.approx(12.5 + 5 * 0.5 + plan.SHEET_SECONDS)
    assert not (tmp_path / "s").exists()


def test_workers_share_the_blocks(recipe, timed, tmp_path):
    parts = {"train": 4 * BLOCK}
    seconds = {
        n: plan.make(recipe, str(tmp_path / "s"), parts, workers=n).seconds - plan.SHEET_SECONDS
        for n in (1, 2, 3, 4, 8)
    }
    block = BLOCK * 0.01 + 0.5
    assert seconds[1] == pytest.approx(4 * block)
    busy = {n: s - COST.start_up * plan.SPAWNED for n, s in seconds.items() if n > 1}
    assert busy[2] == pytest.approx(2 * block * plan.CROWDED)
    assert busy[3] == busy[2]  # four blocks take two turns
    assert busy[4] == busy[8] == pytest.approx(block * plan.CROWDED)


def test_what_is_there_is_not_done_again(recipe, timed, tmp_path):
    out = tmp_path / "s"
    run.write(HITS, out, 8, 3, CLASSES, workers=1)
    made = plan.make(recipe, str(out), run.sizes(8))
    assert made.blocks == (8, 1, 1)
    assert made.todo == ()
    assert made.done == 10
    assert made.cost is None
    assert "3 of them done already" in made.entries()["shards"]
    assert "time" not in made.entries()
    next(out.glob("truth/test/*")).unlink()
    assert plan.make(recipe, str(out), run.sizes(8)).todo == (1,)
    assert plan.make(recipe, str(out), run.sizes(9)).done == 0  # another run's store


@pytest.mark.parametrize("n", [1, 2, 7])
def test_shares_are_those_of_the_run(recipe, timed, tmp_path, n):
    parts = {"train": 3 * BLOCK + 5, "test": 2}
    store = run.begin(recipe, tmp_path / "s", parts, {})
    for i in range(1, n + 1):
        blocks = plan.make(recipe, str(tmp_path / "other"), parts, shards=(i, n)).blocks
        mine = [store.blocks(part)[k] for part, k in run.share(store, (i, n))]
        assert list(blocks) == [rows.stop - rows.start for rows in mine]


def test_a_probe_measures_what_a_run_writes(recipe, tmp_path):
    cost = plan.probe(recipe, {"train": 40})
    store = run.write(HITS, tmp_path / "s", 0 + 40, 3, CLASSES, workers=1, parts={"train": 40})
    files = [f for f in store.path.rglob("*") if f.is_file()]
    images = sum(f.stat().st_size for f in files if f.parent.name == "0" or "truth" in f.parts)
    assert cost.n_bytes * 40 + cost.block_bytes == pytest.approx(images, rel=0.2)
    assert cost.seconds > 0


def test_says_what_runs_where(recipe, timed, tmp_path):
    parts = run.sizes(800)
    entries = plan.make(recipe, str(tmp_path / "s"), parts, shards=(2, 3), workers=7).entries()
    assert entries["shards"].startswith("share 2 of 3: 1 of up to 352 movies")
    assert entries["workers"] == "1"
    assert "free" in entries["disk"]
    remote = plan.make(recipe, "memory://plan/s", parts, scheduler="tcp://node:8786").entries()
    assert remote["workers"] == "those of tcp://node:8786"
    assert "of one core" in remote["time"]
    assert "free" not in remote["disk"]


def test_workers_are_as_many_as_this_process_may_use():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from simulate.run import run; from pathlib import Path; print(run._cores(Path('x')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"

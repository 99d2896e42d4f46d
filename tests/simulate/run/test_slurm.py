"""The recipes for Slurm: what would be submitted, and what the tasks of an array do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skymovie.store.movie_store import MovieStore

EXAMPLES = Path(__file__).parents[3] / "examples"
BIN = Path(sys.executable).parent


def test_the_job_that_dask_would_submit(tmp_path):
    words = ["--print-job", "--queue", "short", "--jobs", "3", "--cores", "4", "--memory", "8GB"]
    done = subprocess.run(
        [sys.executable, EXAMPLES / "slurm_dask.py", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in ("#SBATCH -p short", "#SBATCH --cpus-per-task=4", "--nthreads 1", "--nworkers 4"):
        assert line in done.stdout
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_the_tasks_of_a_job_array(tmp_path):
    out = tmp_path / "movies"
    for i in (1, 2):
        task = {"SLURM_ARRAY_TASK_ID": str(i), "SLURM_ARRAY_TASK_COUNT": "2"}
        done = subprocess.run(
            ["bash", EXAMPLES / "slurm_array.sh", "--n", "14", "--out", out, "--seed", "1"],
            env={**os.environ, **task, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert (out / "contact_sheet.png").exists() == (i == 2)
    assert MovieStore.open(out).sizes == {"train": 14, "validation": 2, "test": 2}

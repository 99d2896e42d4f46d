"""The examples run as they stand, from any folder."""

import subprocess
import sys
from pathlib import Path

from skymovie.store.movie_store import MovieStore

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_quickstart(tmp_path):
    done = run(EXAMPLES / "quickstart.py", "movies.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "14 movies, images (14, " in done.stdout
    assert (tmp_path / "movies.png").stat().st_size > 50_000


def test_a_survey_of_ones_own(tmp_path):
    simulate = Path(sys.executable).parent / "simulate"
    log = EXAMPLES / "my_survey.csv"
    words = [simulate, "--n", "7", "--observing-log", log, "--workers", "1", "--out", "mine"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    movies = MovieStore.open(tmp_path / "mine").read("train")
    assert set(movies.truth["field"]) <= {"north", "south"}
    assert movies.n_images.tolist() == [10] * 7


def test_classes_of_ones_own(tmp_path):
    done = run(EXAMPLES / "own_classes.py", "own.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("my_variable") for line in lines) == 6
    assert sum(line.startswith("fast_transient") for line in lines) == 6
    assert (tmp_path / "own.png").stat().st_size > 50_000

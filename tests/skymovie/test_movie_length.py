"""Movies too short to be classified, in memory and in stores."""

import numpy as np
import pytest

from skymovie.movie_length import long_enough, require_long_enough
from skymovie.real.reader import open_real
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError


@pytest.fixture
def movies(render):
    """Six movies of five images; the second starts with its third but last, the third later."""
    made = render(np.full((6, 5), 20.0), np.random.default_rng(0))
    made.truth["start"] = [0, 2, 3, 0, 4, 0]
    return made


def _store(movies, path):
    sizes = {"train": 6, "validation": 0, "test": 6}
    made = MovieStore.create(
        path, survey=movies.survey, exposures=movies.exposures, sizes=sizes, settings={"seed": 0}
    )
    spare = movies.exposures.visits().shape[1] - 5
    images = np.pad(movies.images, [(0, 0), (0, spare), (0, 0), (0, 0)])
    exposure = np.pad(movies.exposure, [(0, 0), (0, spare)], constant_values=-1)
    for part in ("train", "test"):
        made.write_block(part, 0, images, exposure, movies.truth)
    return MovieStore.open(path)


def test_short_movies_are_left_out_and_counted(movies, capsys):
    kept = long_enough(movies, "folder")
    assert kept.object_id.tolist() == movies.object_id[[0, 1, 3, 5]].tolist()
    assert "note: folder: 2 of 6 movies have fewer than 3 images: left out" in (
        capsys.readouterr().err
    )
    assert long_enough(kept, "folder") is kept
    assert not capsys.readouterr().err


def test_none_long_enough_is_an_error(movies):
    with pytest.raises(UsageError, match="folder: expected movies of at least 3 images"):
        long_enough(movies.select(np.array([2, 4])), "folder")


def test_a_store_with_short_movies_is_refused(movies, tmp_path):
    store = _store(movies, tmp_path / "old")
    with pytest.raises(UsageError, match="got fewer in 2 of 6 train movies, 2 of 6 test movies"):
        require_long_enough(store, ["train", "validation", "test"])
    movies.truth["start"] = 0
    require_long_enough(_store(movies, tmp_path / "new"), ["train", "test"])


def test_a_store_taken_for_real_movies_is_read_without_them(movies, tmp_path, capsys):
    _store(movies, tmp_path / "old")
    assert len(open_real(tmp_path / "old")) == 4
    assert "2 of 6 movies have fewer than 3 images" in capsys.readouterr().err

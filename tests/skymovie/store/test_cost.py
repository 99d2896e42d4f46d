"""What an image more costs: on which movies, and what is told."""

import json

import numpy as np
import pytest

from skymovie.store import cost
from surveys.errors import SkymovieError


@pytest.fixture
def long(render):
    """Two movies of 22 images and one of 20; the first is classified from its third image on."""
    movies = render(np.full((3, 22), 18.0), np.random.default_rng(0))
    movies.exposure[1, 20:] = -1
    movies.truth["start"] = [2, 0, 0]
    return movies


def test_complete_movies_are_taken_from_their_first_image(long):
    whole = cost.complete(long)
    assert whole.object_id.tolist() == long.object_id[[0, 2]].tolist()
    np.testing.assert_array_equal(whole.exposure, long.exposure[[0, 2], :22])
    assert len(cost.complete(long, 1)) == 1


def test_one_image_alone(long):
    fourth = cost.image(cost.complete(long), 4)
    assert fourth.images.shape == (2, 1, 21, 21)
    np.testing.assert_array_equal(fourth.exposure[:, 0], long.exposure[[0, 2], 3])


def test_the_least_of_all_rounds_counts():
    found = cost.record([[(0.4, 0.8), (0.2, 1.0)], [(1.0, 0.5)]], 100)
    assert found["by_images"] == [
        {"n_images": 4, "milliseconds": 2.0, "cpu_milliseconds": 8.0},
        {"n_images": 22, "milliseconds": 10.0, "cpu_milliseconds": 5.0},
    ]
    assert found["batch"] == 100
    assert "processors" in found["machine"]


def test_what_is_written_is_read(tmp_path):
    assert cost.read(tmp_path) is None
    found = cost.record([[(0.4, 0.8)], [(1.0, 0.5)]], 10)
    cost.write(found, tmp_path)
    assert cost.read(tmp_path) == found


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"batch": 3})])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / cost.FILE).write_text(text)
    with pytest.raises(SkymovieError, match=r"cost.json: expected the cost of an image, got"):
        cost.read(tmp_path)


def test_a_call_is_timed():
    (wall, cpu), found = cost.timed(lambda: sum(range(200_000)))
    assert found == sum(range(200_000))
    assert wall > 0
    assert cpu > 0

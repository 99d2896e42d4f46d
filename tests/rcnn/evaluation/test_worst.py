import numpy as np
import pytest
from PIL import Image

from rcnn.evaluation import worst


def test_the_worst_come_first_each_with_its_rival_and_neighbours(made):
    label = np.arange(14) % 7
    named = label.copy()
    named[4] = 6  # a supernova taken for a galaxy
    judged = made(label, named)
    simulated = made(np.repeat(np.arange(7), 5), np.repeat(np.arange(7), 5), "simulated", seed=1)
    found = worst.cases(judged, simulated, 3)
    assert len(found) == 3
    first = found[0]
    assert (first.row, first.rival) == (4, "galaxy")
    assert [simulated.label[k] for k in first.neighbours] == ["galaxy", "supernova"]
    apart = np.linalg.norm(simulated.memory - judged.memory[4], axis=1)
    assert first.neighbours[1] == apart.argmin()
    assert first.distances[0] > first.distances[1]


def test_the_rival_of_what_is_named_rightly_is_the_second_most_probable(made):
    judged = made([2], [2])
    rival = worst.cases(judged, made([2, 2], [2, 2], "simulated"), 1)[0]
    order = np.argsort(-judged.after()[0])
    assert rival.rival == worst.CLASSES[order[1]]
    assert len(rival.neighbours) == (2 if order[1] == 2 else 1)  # Cepheids alone are simulated


def test_stamps_stand_on_the_zero_point_of_the_first(toy):
    """A constant star has the same light in every image; its sky is gone."""
    movies = toy(7).sequences()
    stamps = worst.calibrated(movies, 0)
    assert len(stamps) == movies.n_images[0]
    light = stamps[:, 5:16, 5:16].sum(axis=(1, 2))
    zero = movies.conditions("zero_point")[0, : len(stamps)]
    expected = 10 ** (0.4 * (zero[0] - zero))  # the toys have 2,000 ADU under any zero point
    np.testing.assert_allclose(light / light.mean(), expected / expected.mean(), rtol=0.2)
    assert np.corrcoef(light, expected)[0, 1] > 0.5
    assert np.abs(np.median(stamps[:, :2])) < 1


def test_the_picture_has_a_row_for_each_movie(made, toy, tmp_path):
    movies = toy(14).sequences()
    label = movies.label
    judged = made(label, np.roll(label, 1), n_images=movies.n_images)
    simulated = made(label, label, "simulated", n_images=movies.n_images)
    heights = []
    for n in (1, 3):
        found = worst.cases(judged, simulated, n)
        nearest = movies.select(np.array([k for case in found for k in case.neighbours]))
        worst.draw(judged, movies, simulated, nearest, found, tmp_path / f"{n}.png")
        with Image.open(tmp_path / f"{n}.png") as picture:
            heights.append(picture.size[1])
    assert heights[1] > 2 * heights[0] - 200


@pytest.mark.parametrize("memory", [1, 2])
def test_the_unit_of_distances_is_there_for_few_movies(made, memory):
    few = made([0] * memory, [0] * memory, "simulated")
    assert worst.cases(made([0], [0]), few, 1)[0].distances[-1] >= 0

"""The network's cost of one more image."""

import pytest

import rcnn
from rcnn import stream
from rcnn.stream.cost import ROUNDS, image_cost
from skymovie.store import cost


@pytest.fixture(scope="module")
def model(tiny):
    return rcnn.RCNN(tiny)


def test_every_image_of_complete_movies_is_streamed_once_a_round(model, toy, monkeypatch):
    taken = []
    inner = stream.Stream.update

    def update(self, images):
        answers = inner(self, images)
        taken.append(answers)
        return answers

    monkeypatch.setattr(stream.Stream, "update", update)
    movies = toy(7)
    found = image_cost(model, movies)
    whole = cost.complete(movies)
    assert len(taken) == (1 + ROUNDS) * 22
    assert all(answers.counts() == {"new": len(whole)} for answers in taken)
    assert [int(answers.n_images[0]) for answers in taken[:22]] == list(range(1, 23))
    assert [entry["n_images"] for entry in found["by_images"]] == list(cost.AFTER)
    assert found["batch"] == len(whole)
    assert all(entry["milliseconds"] > 0 for entry in found["by_images"])


def test_movies_that_are_too_short_are_not_timed(model, toy):
    movies = toy(3)
    movies.exposure[:, 20:] = -1
    assert image_cost(model, movies) is None

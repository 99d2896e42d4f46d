"""Where objects lie by what the forest looks at."""

import numpy as np
import pytest

from lightcurve_rf import embedding
from lightcurve_rf.samples import Sample
from skymovie.classes import CLASSES

NAMES = tuple(f"F{k}" for k in range(8))


def sample(each, shift=0.0, seed=0):
    """Three classes; they differ in F3 alone, and in F0 by what an unimportant feature would."""
    rng = np.random.default_rng(seed)
    label = np.repeat([0, 1, 4], each)
    features = rng.normal(size=(len(label), 2, 8))
    features[:, -1, 1:7] += 8 * label[:, None] + shift
    ids = np.array([f"{seed}-{k}" for k in range(len(label))])
    return Sample(features, np.full(len(label), 22), label, ids)


@pytest.fixture(scope="module")
def found():
    taught = np.array([0, 20, 40])
    return embedding.embed(sample(60), sample(20, seed=1), taught, NAMES, NAMES[::-1][1:], 3)


def test_the_most_important_are_laid_out(found):
    assert found["features"] == ["F6", "F5", "F4", "F3", "F2", "F1"]
    sizes = {name: len(points["x"]) for name, points in found["points"].items()}
    assert sizes == {"simulated": 180, "real": 57, "taught": 3}
    assert found["points"]["taught"]["label"] == [CLASSES[c] for c in (0, 1, 4)]


def test_classes_that_are_apart_have_their_own_neighbours(found):
    assert list(found["neighbours"]) == [CLASSES[c] for c in (0, 1, 4)]
    for near in found["neighbours"].values():
        assert near["own_class"] > 0.95
        assert near["own_class_simulated"] > 0.95
        assert near["real_if_mixed"] == pytest.approx(19 / 79)
        assert near["real"] == pytest.approx(near["real_if_mixed"], abs=0.12)


def test_real_objects_elsewhere_are_seen():
    away = embedding.embed(sample(60), sample(20, 4.0, 1), np.array([0]), NAMES, NAMES[1:], 3)
    for near in away["neighbours"].values():
        assert near["real"] > 2 * near["real_if_mixed"]


def test_at_most_so_many_simulated_of_a_class():
    found = embedding.embed(
        sample(embedding.EACH + 5), sample(2, seed=1), np.array([0]), NAMES, NAMES, 0
    )
    assert len(found["points"]["simulated"]["x"]) == 3 * embedding.EACH


def test_same_seed_same_plane(found):
    again = embedding.embed(
        sample(60), sample(20, seed=1), np.array([0, 20, 40]), NAMES, NAMES[::-1][1:], 3
    )
    assert again == found


def test_nearest_leaves_the_object_itself_out():
    place = np.array([[0.0, 0], [0, 0], [1, 0], [5, 0]])
    every = np.ones(4, bool)
    near = embedding._nearest(place, every, every)
    assert near.shape == (4, 3)
    assert all(k not in row for k, row in enumerate(near))

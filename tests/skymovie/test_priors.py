import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skymovie import CLASSES, priors

EQUAL = np.full(7, 1 / 7)
numbers = st.lists(st.floats(0.01, 1), min_size=7, max_size=7).map(lambda x: np.array(x) / sum(x))


def test_a_class_that_was_not_found_is_rare_and_not_impossible():
    label = np.repeat([0, 1, 3, 4], 10)
    assert CLASSES[2] == "cepheid"
    np.testing.assert_allclose(priors.of_sample(label) * 47, [11, 11, 1, 11, 11, 1, 1])


def test_shares_count_weights():
    np.testing.assert_allclose(
        priors.shares(np.array([0, 1, 1]), np.array([2.0, 1.0, 1.0])), [0.5, 0.5, 0, 0, 0, 0, 0]
    )


def test_bayes_theorem_where_it_can_be_counted():
    """A Gaussian in one of two places: the shifted answer is that of who knew the shares."""
    x = np.linspace(-3, 3, 50)
    likelihood = np.zeros((50, 7))
    likelihood[:, 0], likelihood[:, 4] = np.exp(-((x + 1) ** 2) / 2), np.exp(-((x - 1) ** 2) / 2)

    def answer(share):
        joint = likelihood * share
        return joint / joint.sum(axis=1, keepdims=True)

    rare = np.array([0.85, 0, 0, 0, 0.05, 0.05, 0.05])
    np.testing.assert_allclose(priors.shifted(answer(EQUAL), EQUAL, rare), answer(rare))


@given(numbers, numbers, numbers)
def test_there_and_back_is_nothing(p, a, b):
    moved = priors.shifted(p, a, b)
    assert moved.sum() == pytest.approx(1)
    np.testing.assert_allclose(priors.shifted(moved, b, a), p, rtol=1e-9)
    np.testing.assert_allclose(priors.shifted(p, a, a), p, rtol=1e-9)


def test_classes_that_were_not_taught_stay_out():
    taught = np.array([0.5, 0.5, 0, 0, 0, 0, 0])
    certain = np.eye(7)[[0, 6]]
    np.testing.assert_array_equal(priors.shifted(certain, taught, EQUAL), certain)

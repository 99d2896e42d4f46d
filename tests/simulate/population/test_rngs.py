import numpy as np
import pytest

from simulate.population.rngs import ObjectRNGs
from surveys.errors import UsageError


def test_a_row_depends_on_its_object_alone():
    objects = [7, 0, 3, 2**32 - 1]
    together = ObjectRNGs.of(5, "train", objects)
    uniform, normal = together.random(4), together.normal(3)
    for i, number in enumerate(objects):
        alone = ObjectRNGs.of(5, "train", [number])
        np.testing.assert_array_equal(alone.random(4)[0], uniform[i])
        np.testing.assert_array_equal(alone.normal(3)[0], normal[i])


def test_seed_part_and_number_name_different_streams():
    draws = {
        float(ObjectRNGs.of(seed, part, [number]).random(1)[0, 0])
        for seed in (0, 1)
        for part in ("train", "test")
        for number in (0, 1)
    }
    assert len(draws) == 8


def test_draws_have_the_right_distribution():
    rngs = ObjectRNGs.of(1, "test", range(500))
    uniform, normal = rngs.random(40), rngs.normal(40)
    assert uniform.shape == normal.shape == (500, 40)
    assert 0 < uniform.min() < uniform.max() < 1
    assert uniform.mean() == pytest.approx(0.5, abs=0.01)
    assert normal.mean() == pytest.approx(0, abs=0.03)
    assert normal.std() == pytest.approx(1, abs=0.03)
    # Neighbouring objects are not correlated.
    assert abs(np.corrcoef(uniform[:-1].ravel(), uniform[1:].ravel())[0, 1]) < 0.03


def test_selected_streams_go_on_where_they_were():
    rngs = ObjectRNGs.of(1, "test", range(3))
    whole = ObjectRNGs.of(1, "test", range(3)).random(4)
    rngs.random(2)
    np.testing.assert_array_equal(rngs.select(np.array([2, 0])).random(2), whole[[2, 0], 2:])
    np.testing.assert_array_equal(
        rngs.select(np.array([False, True, False])).random(2), whole[1:2, 2:]
    )
    assert len(rngs.select(np.zeros(3, bool))) == 0


@pytest.mark.parametrize(("seed", "number"), [(-1, 0), (2**64, 0), (0, -1), (0, 2**32)])
def test_out_of_range_is_refused(seed, number):
    with pytest.raises(UsageError, match="expected"):
        ObjectRNGs.of(seed, "train", [number])

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skymovie.real.masked import fill, is_masked


def test_marks_are_told_from_light():
    pixels = np.array([-9999, 9.998e7, np.nan, np.inf, 0, -20, 0.5, 45764], np.float32)
    assert is_masked(pixels).tolist() == [True] * 5 + [False] * 3


def test_a_masked_pixel_takes_the_median_of_its_neighbours():
    image = np.arange(25, dtype=np.float32).reshape(1, 5, 5)
    image[0, 2, 2] = -9999
    image[0, 0, 0] = 9.998e7
    filled = fill(image)
    assert filled[0, 2, 2] == np.median([6, 7, 8, 11, 13, 16, 17, 18])
    assert filled[0, 0, 0] == np.median([1, 5, 6])
    untouched = ~is_masked(image)
    np.testing.assert_array_equal(filled[untouched], image[untouched])
    assert image[0, 2, 2] == -9999


def test_a_gap_wider_than_three_pixels_is_filled_from_its_rim():
    image = np.full((1, 21, 21), 120, np.float32)
    image[0, 6:15, 6:15] = np.nan
    np.testing.assert_array_equal(fill(image), np.full((1, 21, 21), 120))


@given(st.floats(0, 1), st.integers(0, 9))
def test_filled_pixels_lie_within_the_good_ones(share, seed):
    rng = np.random.default_rng(seed)
    image = rng.normal(120, 9, (2, 9, 9)).astype(np.float32)
    bad = rng.random(image.shape) < share
    marked = np.where(bad, np.float32(9.998e7), image)
    for before, after, gone in zip(image, fill(marked), bad, strict=True):
        if gone.all():
            assert is_masked(after).all()
        else:
            assert before[~gone].min() <= after.min()
            assert after.max() <= before[~gone].max()

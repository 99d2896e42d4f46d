import numpy as np
import pytest

import surveys
from surveys.psf import LOBE_SHARE, LOBE_X, LOBE_Y, PsfShape

SEEING = np.array([1.06, 1.34, 1.90])


@pytest.fixture(scope="module")
def model():
    return surveys.load("hits").psf


def test_the_logged_seeing_is_not_the_fwhm(model):
    shape = model.expected(SEEING, 0.27)
    assert shape.fwhm * 0.27 == pytest.approx(0.944 * SEEING - 0.224)
    assert (shape.fwhm * 0.27 / SEEING < 0.9).all()
    assert (shape.ellipticity == 0).all()
    assert shape.beta == pytest.approx([4.9] * 3)


def test_half_the_maximum_lies_at_half_the_fwhm():
    shape = PsfShape(*map(np.array, (4.0, 3.0, 0.0, 0.0)))
    assert (1 + (2.0 / shape.alpha) ** 2) ** -3.0 == pytest.approx(0.5)


def test_points_are_a_star_about_its_centroid():
    coma_x, coma_y = np.random.default_rng(2).normal(0, 1, (2, 4, 3))
    one = np.ones((4, 3))
    shape = PsfShape(4 * one, 4 * one, 0 * one, 0 * one, coma_x, coma_y)
    shares, x, y = shape.points
    assert shares.sum() == pytest.approx(1)
    assert x.shape == y.shape == (4, 3, len(shares))
    np.testing.assert_allclose(x @ shares, 0, atol=1e-12)
    np.testing.assert_allclose(y @ shares, 0, atol=1e-12)
    np.testing.assert_allclose(x[..., 1] - x[..., 0], coma_x)
    # The lobe stands where it does whatever coma there is.
    np.testing.assert_allclose(x[..., 2], LOBE_X * (1 - LOBE_SHARE))
    np.testing.assert_allclose(y[..., 2], LOBE_Y * (1 - LOBE_SHARE))


def test_the_expected_profile_is_one_point(model):
    shares, x, y = model.expected(SEEING, 0.27).points
    np.testing.assert_array_equal(shares, [1])
    assert x.shape == y.shape == (3, 1)
    assert not x.any()
    assert not y.any()

import numpy as np
import pytest

import surveys
from surveys.psf import PsfShape

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

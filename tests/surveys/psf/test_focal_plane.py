"""Patterns over the focal plane, and where DECam's detectors stand in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surveys
from surveys.psf.focal_plane import PATTERNS, patterns

DETECTORS = surveys.load("hits").camera.detectors
NAMES = list(surveys.load("hits").camera.ccds)
DEGREES = st.floats(-1.1, 1.1)


@given(DEGREES, DEGREES, st.floats(0, 2 * np.pi))
def test_patterns_turn_as_aberrations_do(x, y, angle):
    before = patterns(x, y)
    cos, sin = np.cos(angle), np.sin(angle)
    after = patterns(cos * x - sin * y, sin * x + cos * y)
    assert before.shape == (len(PATTERNS),)
    for first, times in ((1, 1), (3, 2)):
        a, b = (p[first] + 1j * p[first + 1] for p in (before, after))
        np.testing.assert_allclose(b, a * np.exp(1j * times * angle), atol=1e-12)
    np.testing.assert_allclose(after[[0, 5]], before[[0, 5]], atol=1e-12)
    assert before[0] == 1


def test_decam_is_round_and_its_patterns_are_apart():
    assert len(NAMES) == len(DETECTORS.x) == 62
    radius = np.hypot(DETECTORS.x, DETECTORS.y)
    assert 0.9 < radius.max() < 1.1  # of a field 2.2 degrees wide
    at = patterns(DETECTORS.x, DETECTORS.y)[:, 1:]
    assert np.abs(at.mean(axis=0)).max() < 0.06
    correlation = np.corrcoef(at.T) - np.eye(len(PATTERNS) - 1)
    assert np.abs(correlation).max() < 0.35


def test_detectors_do_not_overlap():
    apart_x = np.abs(DETECTORS.x[:, None] - DETECTORS.x)
    apart_y = np.abs(DETECTORS.y[:, None] - DETECTORS.y)
    one, other = np.triu_indices(62, 1)
    pixel = 0.27 / 3600
    clear = (apart_x > 2048 * pixel) | (apart_y > 4096 * pixel)
    assert clear[one, other].all()


@pytest.mark.parametrize(("one", "other"), [("N4", "S4"), ("N1", "S1"), ("N31", "S31")])
def test_north_and_south_are_mirrored(one, other):
    a, b = NAMES.index(one), NAMES.index(other)
    assert DETECTORS.x[a] == pytest.approx(-DETECTORS.x[b])
    assert DETECTORS.y[a] == pytest.approx(DETECTORS.y[b])

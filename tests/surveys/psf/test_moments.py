"""Profiles of given moments can be drawn; what elongation does to moments can be undone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import surveys
from surveys.psf.moments import (
    MOST_SHEAR,
    OF_SKEW,
    OF_TREFOIL,
    of_departures,
    psf_shape,
    to_departures,
)
from surveys.psf.profile import FWHM_OF_SIGMA
from surveys.psf.systematics import COMPONENTS

TABLE = surveys.load("hits").systematics
K = len(COMPONENTS)
TURNING = [COMPONENTS.index(name) for name in ("e1", "skew_x", "trefoil_x")]


@given(st.floats(2.0, 8.0), st.lists(st.floats(-0.5, 0.5), min_size=K, max_size=K))
def test_every_departure_has_a_profile_that_can_be_drawn(fwhm, off):
    shape = psf_shape(of_departures(TABLE.mean + np.array(off)), np.array(fwhm))
    assert 0 < shape.fwhm < 5 * fwhm
    assert 2 < shape.beta <= 8
    assert 0 <= shape.ellipticity < 0.7
    assert 0 <= shape.angle <= np.pi
    for x, y in ((shape.coma_x, shape.coma_y), (shape.trefoil_x, shape.trefoil_y)):
        assert np.hypot(x, y) < 1.2 * shape.fwhm


def test_the_ratio_of_fwhm_to_seeing_is_that_of_the_real_stamps():
    survey = surveys.load("hits")
    exposures = survey.exposures()
    detectors = survey.camera.detectors
    places = detectors.x[::3], detectors.y[::3]
    rng = np.random.default_rng(1)
    drawn = TABLE.common(rng, exposures.seeing, exposures.airmass, *places)
    shape = psf_shape(of_departures(drawn), survey.psf.fwhm(exposures.seeing)[:, None] / 0.27)
    _, x, y = shape.points
    rays = (x + 1j * y)[..., :16]
    fwhm = np.hypot(shape.fwhm, FWHM_OF_SIGMA * np.sqrt(rays.var(axis=-1) / 2))
    ratio = fwhm * 0.27 / exposures.seeing[:, None]
    # Round Moffat fits to 598 bright real stamps gave 0.67, 0.79 and 0.87; their own errors widen
    # the tails. The variance of the rays counts for less in a Moffat than in a Gaussian.
    low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95))
    assert 0.71 < middle < 0.80
    assert 0.62 < low < 0.72
    assert 0.78 < high < 0.89


@given(arrays(float, (3, K), elements=st.floats(-0.5, 0.5)))
def test_moments_and_departures_are_inverse(values):
    np.testing.assert_allclose(to_departures(of_departures(values)), values, atol=1e-9)
    np.testing.assert_allclose(of_departures(to_departures(values)), values, atol=1e-9)


@given(arrays(float, K, elements=st.floats(-0.2, 0.2)), st.floats(0, 2 * np.pi))
def test_what_elongation_does_turns_with_the_profile(values, angle):
    """Turned by an angle, moments turn once, twice or three times as far."""

    def turned(moments):
        out = moments.copy()
        for k, times in zip(TURNING, (2, 1, 3), strict=True):
            value = (moments[k] + 1j * moments[k + 1]) * np.exp(1j * times * angle)
            out[k : k + 2] = value.real, value.imag
        return out

    np.testing.assert_allclose(
        of_departures(turned(values)), turned(of_departures(values)), atol=1e-12
    )


def test_elongation_along_coma_adds_to_it_and_to_the_trefoil():
    e1, skew_x, trefoil_x = TURNING
    values = np.zeros(K)
    values[[e1, skew_x]] = 0.1, 0.02
    found = of_departures(values)
    assert found[skew_x] == 0.02 * (1 + OF_SKEW * 0.1)
    assert found[trefoil_x] == OF_TREFOIL * 0.1 * 0.02
    others = np.delete(np.arange(K), [skew_x, trefoil_x])
    np.testing.assert_array_equal(found[others], values[others])
    values[e1] = 0
    np.testing.assert_array_equal(of_departures(values), values)
    values[e1] = 10.0  # no star is elongated so
    assert of_departures(values)[skew_x] == 0.02 * (1 + OF_SKEW * MOST_SHEAR)

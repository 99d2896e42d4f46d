"""Departures of stamps from their log: the drawn ones have the table's moments."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surveys
from surveys.departures import (
    AIRMASS,
    COMPONENTS,
    LEVELS,
    OF_PROFILE,
    OPTICS,
    SEEING,
    Departures,
    optics_scale,
    psf_shape,
)

TABLE = surveys.load("hits").departures
K = len(COMPONENTS)


def test_the_table_survives_a_round_trip():
    again = Departures.from_frame(TABLE.to_frame())
    np.testing.assert_array_equal(again.mean, TABLE.mean)
    for level in LEVELS:
        np.testing.assert_array_equal(again.covariance[level], TABLE.covariance[level])


@pytest.mark.parametrize("level", LEVELS)
def test_covariances_are_symmetric_and_not_negative(level):
    matrix = TABLE.covariance[level]
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-7)
    assert np.linalg.eigvalsh(matrix).min() > -1e-6


def test_common_parts_have_mean_slopes_and_covariance():
    X, D = 4000, 60
    rng = np.random.default_rng(3)
    seeing, airmass = np.full(X, 1.3 * np.e**0.2), np.full(X, 1.4)
    drawn = TABLE.common(rng, seeing, airmass, D)
    assert drawn.shape == (X, D, K)
    expected = TABLE.mean + 0.2 * TABLE.seeing + 0.1 * TABLE.airmass
    optics = np.sqrt(np.diag(TABLE.covariance["detector"])) * optics_scale(seeing[0])
    spread = np.sqrt(np.diag(TABLE.covariance["exposure"]))
    error = np.sqrt(optics**2 / D + spread**2 / X)
    assert (np.abs(drawn.mean(axis=(0, 1)) - expected) < 4.5 * error + 1e-9).all()
    of_exposure = np.cov(drawn.mean(axis=1).T)
    np.testing.assert_allclose(
        of_exposure, TABLE.covariance["exposure"], atol=0.12 * np.max(spread) ** 2
    )
    np.testing.assert_allclose(np.diag(of_exposure), spread**2, rtol=0.12, atol=1e-6)
    # What is left in the differences of two exposures has nothing of the detectors.
    assert np.ptp(drawn[0] - drawn[1], axis=0) == pytest.approx(0, abs=1e-9)


def test_own_parts_have_the_covariance_of_object_and_image():
    rng = np.random.default_rng(5)
    N, E = 6000, 8
    own = TABLE.own(
        rng.standard_normal((N, K)), rng.standard_normal((N, E, K)), np.full((N, E), 1.3)
    )
    of_image = np.diag(TABLE.covariance["image"])
    of_object = np.diag(TABLE.covariance["object"])
    np.testing.assert_allclose(own.var(axis=1, ddof=1).mean(axis=0), of_image, rtol=0.05, atol=1e-6)
    np.testing.assert_allclose(
        own.mean(axis=1).var(axis=0), of_object + of_image / E, rtol=0.1, atol=1e-6
    )


@given(st.floats(2.0, 8.0), st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=8))
def test_every_departure_has_a_profile_that_can_be_drawn(fwhm, off):
    shape = psf_shape(TABLE.mean + np.array(off), np.array(fwhm))
    assert 0 < shape.fwhm < 5 * fwhm
    assert 2 < shape.beta <= 8
    assert 0 <= shape.ellipticity < 0.7
    assert 0 <= shape.angle <= np.pi
    assert np.hypot(shape.coma_x, shape.coma_y) < 1.2 * shape.fwhm


def test_optics_drown_in_bad_seeing():
    scale = optics_scale(np.array([1.3, 2.6]))
    np.testing.assert_allclose(scale[0], 1)
    of_profile = np.array([name not in ("zero_point", "sky") for name in COMPONENTS])
    np.testing.assert_allclose(scale[1], np.where(of_profile, 0.5**OPTICS, 1))


def test_the_ratio_of_fwhm_to_seeing_is_that_of_the_real_stamps():
    survey = surveys.load("hits")
    exposures = survey.exposures()
    drawn = TABLE.common(np.random.default_rng(1), exposures.seeing, exposures.airmass, 20)
    shape = psf_shape(drawn, survey.psf.fwhm(exposures.seeing)[:, None] / 0.27)
    ratio = shape.fwhm * 0.27 / exposures.seeing[:, None]
    # Round Moffat fits to 598 bright real stamps gave 0.67, 0.79 and 0.87; their FWHM holds what is
    # coma here, their own errors widen the tails.
    low, middle, high = np.quantile(ratio, (0.05, 0.5, 0.95))
    assert 0.71 < middle < 0.80
    assert 0.62 < low < 0.72
    assert 0.78 < high < 0.89


@given(st.floats(0.6, 2.5), st.floats(1.05, 2.0))
def test_optics_scale_is_a_power_of_the_seeing(seeing, factor):
    here, there = optics_scale(seeing), optics_scale(factor * seeing)
    assert here.shape == (K,)
    assert (here > 0).all()
    np.testing.assert_allclose(there[OF_PROFILE] / here[OF_PROFILE], factor**-OPTICS)
    np.testing.assert_array_equal(here[~OF_PROFILE], 1)


@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_optics_scale_has_the_shape_of_the_seeing(shape):
    seeing = np.linspace(0.8, 1.9, int(np.prod(shape))).reshape(shape)
    scale = optics_scale(seeing)
    assert scale.shape == (*shape, K)
    flat = optics_scale(seeing.ravel()).reshape(*shape, K)
    np.testing.assert_array_equal(scale, flat)


def test_components_of_the_profile_are_all_but_zero_point_and_sky():
    assert OF_PROFILE.sum() == K - 2
    assert not OF_PROFILE[[COMPONENTS.index("zero_point"), COMPONENTS.index("sky")]].any()


def test_parts_of_objects_scale_as_optics_do():
    rng = np.random.default_rng(6)
    scores, none = rng.standard_normal((40, K)), np.zeros((40, 3, K))
    seeing = np.tile([1.0, SEEING, 1.9], (40, 1))
    own = TABLE.own(scores, none, seeing)
    typical = own[:, 1]
    np.testing.assert_allclose(own, typical[:, None] * optics_scale(seeing), atol=1e-12)


def test_parts_of_images_do_not_grow_in_bad_seeing():
    rng = np.random.default_rng(7)
    scores = np.repeat(rng.standard_normal((40, 1, K)), 3, axis=1)
    own = TABLE.own(np.zeros((40, K)), scores, np.tile([1.0, SEEING, 1.9], (40, 1)))
    size = np.abs(own)
    assert (np.diff(size, axis=1) <= 1e-12).all()
    np.testing.assert_allclose(own[:, 0, ~OF_PROFILE], own[:, 2, ~OF_PROFILE], atol=1e-12)


def test_differences_of_detectors_scale_as_optics_do_and_exposures_do_not():
    X, D = 3000, 40
    seeing = np.repeat([1.0, SEEING, 1.9], X)
    drawn = TABLE.common(np.random.default_rng(8), seeing, np.full(3 * X, 1.3), D)
    optics = drawn - drawn[:, :1]
    typical = optics[X]
    np.testing.assert_allclose(optics, typical * optics_scale(seeing)[:, None], atol=1e-9)
    # The part of the exposures is what is left on one detector, about its own mean.
    of_exposures = drawn.reshape(3, X, D, K)[:, :, 0].std(axis=1)
    spread = np.sqrt(np.diag(TABLE.covariance["exposure"]))
    np.testing.assert_allclose(of_exposures, np.tile(spread, (3, 1)), rtol=0.08)


@pytest.mark.parametrize("name", ["mean", "seeing", "airmass"])
def test_expected_departures_are_lines(name):
    seeing, airmass = np.array([1.0, SEEING, 1.9]), np.array([1.1, AIRMASS, 1.7])
    step = np.arange(K) / 10
    moved = replace(TABLE, **{name: getattr(TABLE, name) + step})
    of = {"mean": np.ones(3), "seeing": np.log(seeing / SEEING), "airmass": airmass - AIRMASS}
    change = moved.expected(seeing, airmass) - TABLE.expected(seeing, airmass)
    np.testing.assert_allclose(change, of[name][:, None] * step, atol=1e-12)


def test_a_table_that_lacks_a_component_is_refused():
    with pytest.raises(KeyError, match="kurtosis"):
        Departures.from_frame(TABLE.to_frame().query("component != 'kurtosis'"))

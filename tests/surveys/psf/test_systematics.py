"""Departures of stamps from their log: the drawn ones have the table's moments."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surveys
from surveys.psf.focal_plane import MEAN_SQUARE, PATTERNS, patterns
from surveys.psf.systematics import (
    AIRMASS,
    AT_ONCE,
    COMPONENTS,
    FIELD_EDGE_GROWTH,
    FOCAL_PLANE_SEEING_POWER,
    IMAGE_SCATTER_SIGMA,
    OF_PROFILE,
    OPTICS_SEEING_POWER,
    SEEING,
    SKY,
    VARIANCE_COMPONENTS,
    PsfSystematics,
    image_scale,
    optics_scale,
    pattern_scale,
)

TABLE = surveys.load("hits").systematics
K, B = len(COMPONENTS), len(PATTERNS)
ALIKE = replace(TABLE, modes=TABLE.modes * (np.arange(B) == 0)[:, None])
"""The same, if nothing varied over the focal plane."""


def test_the_table_survives_a_round_trip():
    again = PsfSystematics.from_frames(TABLE.to_frame(), TABLE.modes_to_frame())
    np.testing.assert_array_equal(again.mean, TABLE.mean)
    np.testing.assert_array_equal(again.modes, TABLE.modes)
    for level in VARIANCE_COMPONENTS:
        np.testing.assert_array_equal(again.covariance[level], TABLE.covariance[level])


@pytest.mark.parametrize("level", VARIANCE_COMPONENTS)
def test_covariances_are_symmetric_and_not_negative(level):
    matrix = TABLE.covariance[level]
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-7)
    assert np.linalg.eigvalsh(matrix).min() > -1e-6


def test_common_parts_have_mean_slopes_and_covariance():
    X, D = 4000, 60
    rng = np.random.default_rng(3)
    seeing, airmass = np.full(X, 1.3 * np.e**0.2), np.full(X, 1.4)
    drawn = ALIKE.common(rng, seeing, airmass, *np.zeros((2, D)))
    assert drawn.shape == (X, D, K)
    expected = TABLE.mean + 0.2 * TABLE.seeing + 0.1 * TABLE.airmass
    optics = np.sqrt(np.diag(TABLE.covariance["detector"])) * optics_scale(seeing[0])
    spread = np.sqrt(np.diag(TABLE.shared))
    error = np.sqrt(optics**2 / D + spread**2 / X)
    assert (np.abs(drawn.mean(axis=(0, 1)) - expected) < 4.5 * error + 1e-9).all()
    of_exposure = np.cov(drawn.mean(axis=1).T)
    np.testing.assert_allclose(
        of_exposure / np.outer(spread, spread), TABLE.shared / np.outer(spread, spread), atol=0.12
    )
    # What is left in the differences of two exposures has nothing of the detectors.
    assert np.ptp(drawn[0] - drawn[1], axis=0) == pytest.approx(0, abs=1e-9)


def test_own_parts_have_the_covariance_of_object_and_image():
    rng = np.random.default_rng(5)
    N, E = 6000, 8
    own = TABLE.own(
        rng.standard_normal((N, K)),
        rng.standard_normal((N, E, K + 1)),
        np.full((N, E), 1.3),
        np.full(N, MEAN_SQUARE**0.5),
    )
    of_image = np.diag(TABLE.covariance["image"])
    of_object = np.diag(TABLE.covariance["object"])
    np.testing.assert_allclose(own.var(axis=1, ddof=1).mean(axis=0), of_image, rtol=0.05, atol=1e-6)
    np.testing.assert_allclose(
        own.mean(axis=1).var(axis=0), of_object + of_image / E, rtol=0.1, atol=1e-6
    )


def test_single_images_have_longer_tails_than_normal_ones():
    """Their size is lognormal: kurtosis 3 exp(4 σ²), and all components of an image share it."""
    rng = np.random.default_rng(6)
    N = 200_000
    own = TABLE.own(
        np.zeros((N, K)), rng.standard_normal((N, 1, K + 1)), np.full((N, 1), 1.3), np.zeros(N)
    )[:, 0, OF_PROFILE]
    off = own / own.std(axis=0)
    np.testing.assert_allclose(
        (off**4).mean(axis=0), 3 * np.exp(4 * IMAGE_SCATTER_SIGMA**2), rtol=0.08
    )
    one, other = COMPONENTS.index("width"), COMPONENTS.index("trefoil_x")
    together = np.corrcoef(np.log(np.abs(off[:, one])), np.log(np.abs(off[:, other])))[0, 1]
    assert together > 0.03


def test_optics_drown_in_bad_seeing():
    scale = optics_scale(np.array([1.3, 2.6]))
    np.testing.assert_allclose(scale[0], 1)
    of_profile = np.array([name not in ("zero_point", "sky") for name in COMPONENTS])
    np.testing.assert_allclose(scale[1], np.where(of_profile, 0.5**OPTICS_SEEING_POWER, 1))


@given(st.floats(0.6, 2.5), st.floats(1.05, 2.0))
def test_optics_scale_is_a_power_of_the_seeing(seeing, factor):
    here, there = optics_scale(seeing), optics_scale(factor * seeing)
    assert here.shape == (K,)
    assert (here > 0).all()
    np.testing.assert_allclose(
        there[OF_PROFILE] / here[OF_PROFILE], factor ** -OPTICS_SEEING_POWER[OF_PROFILE]
    )
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
    scores, none = rng.standard_normal((40, K)), np.zeros((40, 3, K + 1))
    seeing = np.tile([1.0, SEEING, 1.9], (40, 1))
    own = TABLE.own(scores, none, seeing, rng.uniform(0, 1, 40))
    typical = own[:, 1]
    np.testing.assert_allclose(own, typical[:, None] * optics_scale(seeing), atol=1e-12)


def test_parts_of_images_shrink_in_bad_seeing_and_grow_towards_the_rim():
    rng = np.random.default_rng(7)
    scores = np.repeat(rng.standard_normal((40, 1, K + 1)), 3, axis=1)
    seeing = np.tile([1.0, SEEING, 1.9], (40, 1))
    middle, rim = (
        np.abs(TABLE.own(np.zeros((40, K)), scores, seeing, np.full(40, radius)))
        for radius in (0.1, 1.0)
    )
    for size in (middle, rim):
        assert (np.diff(size, axis=1) <= 1e-12).all()
        np.testing.assert_allclose(size[:, 0, SKY], size[:, 2, SKY], atol=1e-12)
    assert (rim[..., FIELD_EDGE_GROWTH > 0] > middle[..., FIELD_EDGE_GROWTH > 0]).all()
    np.testing.assert_allclose(
        rim[..., FIELD_EDGE_GROWTH == 0], middle[..., FIELD_EDGE_GROWTH == 0]
    )


@given(st.floats(0.6, 2.5), st.floats(0, 3))
def test_the_scale_of_images_is_never_negative(seeing, radius):
    scale = image_scale(seeing, radius)
    assert scale.shape == (K,)
    assert (scale > 0).all()


def test_differences_of_detectors_scale_as_optics_do_and_exposures_do_not():
    X, D = 3000, 40
    seeing = np.repeat([1.0, SEEING, 1.9], X)
    middle = np.zeros((2, D))
    drawn = ALIKE.common(np.random.default_rng(8), seeing, np.full(3 * X, 1.3), *middle)
    optics = drawn - drawn[:, :1]
    typical = optics[X]
    np.testing.assert_allclose(optics, typical * optics_scale(seeing)[:, None], atol=1e-9)
    # The part of the exposures is what is left on one detector, about its own mean.
    of_exposures = drawn.reshape(3, X, D, K)[:, :, 0].std(axis=1)
    spread = np.sqrt(np.diag(TABLE.shared))
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
    few = TABLE.to_frame().query("component != 'kurtosis'")
    with pytest.raises(KeyError, match="kurtosis"):
        PsfSystematics.from_frames(few, TABLE.modes_to_frame())


def test_some_stamps_get_what_the_table_of_all_says_to_the_last_bit():
    rng, X = np.random.default_rng(0), AT_ONCE + 200
    detectors = surveys.load("hits").camera.detectors
    log = rng.uniform(0.8, 2.0, X), rng.uniform(1, 2, X), detectors.x, detectors.y
    drawn, of_detectors = np.random.default_rng(4), len(detectors.x)
    optics = drawn.standard_normal((of_detectors, K)) @ TABLE._root("detector")
    score = drawn.standard_normal((X, len(TABLE.modes)))
    every = TABLE.expected(*log[:2])[:, None] + optics_scale(log[0])[:, None] * optics
    modes = pattern_scale(log[0]) * np.tensordot(score, TABLE.modes, 1)
    every = every + patterns(*log[2:]) @ modes
    shared = TABLE.draw_shared(np.random.default_rng(4), *log)
    for n in (1, 7, 200):
        exposure = rng.integers(-1, X, (n, 9))  # -1 where there is no image
        detector = rng.integers(of_detectors, size=(n, 1))
        np.testing.assert_array_equal(shared.at(exposure, detector), every[exposure, detector])


def test_exposures_have_the_variance_of_the_modes():
    X, (x, y) = 20_000, np.random.default_rng(0).uniform(-1, 1, (2, 6))
    seeing = 1.0
    shared = TABLE.draw_shared(np.random.default_rng(1), np.full(X, seeing), np.ones(X), x, y)
    drawn = shared.of_exposures(np.arange(X))
    assert drawn.shape == (X, 6, K)
    at = TABLE.at(x, y, np.full(6, seeing))
    assert at.shape == (6, len(TABLE.modes), K)
    np.testing.assert_allclose(drawn.var(axis=0), (at**2).sum(axis=1), rtol=0.06, atol=1e-9)
    # Two places go together as their modes do.
    both = (drawn[:, 0, 1] * drawn[:, 1, 1]).mean()
    spread = np.sqrt((at[:2, :, 1] ** 2).sum(axis=1)).prod()
    assert both == pytest.approx((at[0, :, 1] * at[1, :, 1]).sum(), abs=0.04 * spread)


def test_what_varies_over_the_field_drowns_in_bad_seeing():
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 6))
    for table, power in (
        (ALIKE, 0),
        (replace(TABLE, modes=TABLE.modes - ALIKE.modes), FOCAL_PLANE_SEEING_POWER),
    ):
        good, bad = (
            table.draw_shared(
                np.random.default_rng(1), np.full(9, s), np.ones(9), x, y
            ).of_exposures(np.arange(9))
            for s in (SEEING, 2 * SEEING)
        )
        assert np.abs(good[..., OF_PROFILE]).min() > 0
        np.testing.assert_allclose(bad, good * optics_scale(2 * SEEING, power), atol=1e-12)


def test_exposures_vary_over_the_focal_plane():
    X, D = 500, 62
    detectors = surveys.load("hits").camera.detectors
    seeing, airmass = np.full(X, 1.2), np.full(X, 1.3)
    even, true = (
        table.common(np.random.default_rng(2), seeing, airmass, detectors.x, detectors.y)
        for table in (ALIKE, TABLE)
    )
    # Without patterns two exposures differ by the same on all detectors.
    assert np.ptp(even[0] - even[1], axis=0) == pytest.approx(0, abs=1e-9)
    scatter = (true - true.mean(axis=0)).std(axis=0)
    radius = np.hypot(detectors.x, detectors.y)
    assert scatter.shape == (D, K)
    for component in ("width", "skew_x"):
        k = COMPONENTS.index(component)
        assert scatter[radius > 0.85, k].mean() > 1.03 * scatter[radius < 0.4, k].mean()

"""The camera and the table of its detectors."""

import dataclasses
import io
from importlib import resources

import numpy as np
import pandas as pd
import pytest

import surveys
from surveys.camera import Camera, Detectors

CAMERA = surveys.load("hits").camera


def detectors(n: int) -> Detectors:
    rng = np.random.default_rng(n)
    return Detectors(
        gain=rng.uniform(3.5, 5, n),
        read_noise=rng.uniform(5, 9, n),
        saturation=rng.uniform(3e4, 5e4, n),
        zero_point=rng.normal(0, 0.05, n),
        x=rng.uniform(-1, 1, n),
        y=rng.uniform(-1, 1, n),
    )


def test_hits_has_the_example_ccd_of_table_1():
    assert (CAMERA.gain, CAMERA.read_noise, CAMERA.saturation) == (4.104, 6.12, 40469.0)
    assert (CAMERA.pixel_scale, CAMERA.stamp_size) == (0.27, 21)


def test_a_camera_is_varied_by_replacing_not_by_assigning():
    assert dataclasses.replace(CAMERA, gain=2.0).gain == 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        CAMERA.gain = 2.0


def test_decam_has_62_ccds_in_two_halves():
    assert len(CAMERA.ccds) == len(set(CAMERA.ccds)) == 62
    assert list(CAMERA.ccds) == [f"{half}{k}" for half in "NS" for k in range(1, 32)]


def test_detectors_are_in_the_order_of_their_names():
    file = resources.files("surveys") / "data" / "hits_ccds.csv"
    table = pd.read_csv(io.StringIO(file.read_text("utf-8")), comment="#").set_index("ccd")
    assert sorted(table.index) == sorted(CAMERA.ccds)
    assert len(CAMERA.detectors) == len(CAMERA.ccds)
    for name in Detectors.__annotations__:
        values = getattr(CAMERA.detectors, name)
        assert values.shape == (len(CAMERA.ccds),)
        for k in (0, 7, 30, 31, 61):
            assert values[k] == table.loc[CAMERA.ccds[k], name]


def test_detectors_of_hits_are_near_the_typical_one():
    own = CAMERA.detectors
    assert np.median(own.gain) == pytest.approx(CAMERA.gain, rel=0.1)
    assert ((own.gain > 3) & (own.gain < 6)).all()
    # The noise of a dark sky includes faint sources: more than the electronics' alone.
    assert ((own.read_noise >= 0.9 * CAMERA.read_noise) & (own.read_noise < 15)).all()
    assert ((own.saturation > 2e4) & (own.saturation < 65535)).all()
    assert np.abs(own.zero_point).max() < 0.2
    assert abs(np.median(own.zero_point)) < 0.05


def test_a_camera_without_a_table_has_typical_detectors():
    camera = Camera("test", 2.0, 5.0, 3e4, 0.5, ccds=("a", "b", "c"))
    assert len(camera.detectors) == 3
    assert camera.detectors.gain.tolist() == [2.0] * 3
    assert camera.detectors.read_noise.tolist() == [5.0] * 3
    assert camera.detectors.saturation.tolist() == [3e4] * 3
    assert camera.detectors.zero_point.tolist() == [0.0] * 3
    sky = np.array([1.0, 50.0, 400.0])
    np.testing.assert_allclose(camera.detectors.variance(sky), camera.variance(sky))


def test_some_detectors_are_selected_in_any_order_and_more_than_once():
    every = detectors(5)
    some = every.select(np.array([3, 0, 3]))
    assert len(some) == 3
    for name in Detectors.__annotations__:
        values = getattr(every, name)
        assert getattr(some, name).tolist() == [values[3], values[0], values[3]]
    assert len(every.select(slice(1, 3))) == 2
    assert len(every.select(every.gain > 99)) == 0


@pytest.mark.parametrize("further", [(), (4,), (4, 3, 3)])
def test_variance_is_that_of_each_detector(further):
    some = detectors(5)
    sky = np.random.default_rng(0).uniform(0, 500, (5, *further))
    variance = some.variance(sky)
    assert variance.shape == sky.shape
    for k in range(5):
        expected = sky[k] / some.gain[k] + (some.read_noise[k] / some.gain[k]) ** 2
        np.testing.assert_allclose(variance[k], expected)


def test_variance_is_that_of_counted_photons():
    some, rng = detectors(3), np.random.default_rng(1)
    sky, n = np.array([20.0, 100.0, 400.0]), 200_000
    electrons = rng.poisson(sky[:, None] * some.gain[:, None], (3, n))
    electrons = electrons + rng.normal(0, some.read_noise[:, None], (3, n))
    seen = (electrons / some.gain[:, None]).var(axis=1)
    np.testing.assert_allclose(seen, some.variance(sky), rtol=5 * np.sqrt(2 / n))


def test_effective_gain_of_every_detector_is_sane():
    """A bright sky over its variance: the gain less what read noise takes."""
    sky = 300.0
    effective = sky / CAMERA.detectors.variance(np.full(len(CAMERA.ccds), sky))
    assert ((effective > 0.6 * CAMERA.gain) & (effective < 1.5 * CAMERA.gain)).all()
    assert (effective < CAMERA.detectors.gain).all()

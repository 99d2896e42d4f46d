"""Several devices: what is refused; that they change nothing is tested in test_on_jax.py."""

import pytest

import rcnn
from rcnn.training.devices import spread
from surveys.errors import UsageError


@pytest.mark.parametrize("devices", ["0", "-1", "two", "", "1.5"])
def test_what_is_no_number_of_devices_is_refused(devices):
    with pytest.raises(UsageError, match=r"--devices with a positive number or all, got"):
        spread(devices, 32).__enter__()


@pytest.mark.parametrize("devices", ["2", "all"])
def test_tensorflow_trains_on_one_device_alone(store, tiny, tmp_path, devices):
    with pytest.raises(UsageError, match=r"expected JAX .* got KERAS_BACKEND=tensorflow"):
        rcnn.train(store, tiny, tmp_path / "run", devices)
    assert not (tmp_path / "run").exists()


def test_one_device_needs_nothing():
    with spread("1", 33):
        pass

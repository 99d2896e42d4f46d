import dataclasses

import pytest

import surveys


def test_hits_has_the_example_ccd_of_table_1():
    camera = surveys.load("hits").camera
    assert (camera.gain, camera.read_noise, camera.saturation) == (4.104, 6.12, 40469.0)
    assert (camera.pixel_scale, camera.stamp_size) == (0.27, 21)


def test_a_camera_is_varied_by_replacing_not_by_assigning():
    camera = surveys.load("hits").camera
    assert dataclasses.replace(camera, gain=2.0).gain == 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        camera.gain = 2.0

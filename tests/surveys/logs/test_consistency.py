"""Limits that follow from the other columns of a log, and logs that contradict themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surveys
from surveys.logs import consistency, observing_log

CAMERA = surveys.load("hits").camera
EXAMPLE = Path(__file__).parents[3] / "examples" / "my_survey.csv"


@pytest.fixture
def log():
    return observing_log.read(EXAMPLE)


def test_a_source_at_the_limit_has_five_sigma(log):
    adu = log.exposure_time * 10 ** (-0.4 * (consistency.limits(log, CAMERA) - log.zero_point))
    pixels = 2.266 * (log.seeing / CAMERA.pixel_scale) ** 2
    electrons = pixels * (log.sky * CAMERA.gain + CAMERA.read_noise**2) + adu * CAMERA.gain
    np.testing.assert_allclose(adu * CAMERA.gain / np.sqrt(electrons), 5.0)


def test_the_example_and_the_records_of_hits_agree(log, request):
    assert consistency.contradiction(log, CAMERA) is None
    records = request.getfixturevalue("hits_records")
    assert consistency.contradiction(records, CAMERA) is None


def test_the_model_of_hits_agrees():
    assert consistency.contradiction(surveys.load("hits").exposures(1), CAMERA) is None


@pytest.mark.parametrize(
    ("column", "change", "reason"),
    [
        (
            "zero_point",
            lambda log: log.zero_point + 2.5 * np.log10(log.exposure_time),
            "zero_point looks like that of the whole exposure",
        ),
        ("sky", lambda log: np.full(len(log), 21.4), "sky looks like mag/arcsec2"),
        ("sky", lambda log: log.sky / log.exposure_time, "sky looks like ADU per second"),
        ("exposure_time", lambda log: log.exposure_time / 60, "exposure_time looks like minutes"),
        ("seeing", lambda log: log.seeing / CAMERA.pixel_scale, "seeing looks like pixels"),
        ("limiting_magnitude", lambda log: log.limiting_magnitude - 3, "check their units"),
    ],
)
def test_a_wrong_unit_is_named(log, column, change, reason):
    warning = consistency.contradiction(replace(log, **{column: change(log)}), CAMERA)
    assert warning is not None
    assert f" of {len(log)} visits" in warning
    assert reason in warning
    assert "\n" not in warning


def test_one_gross_visit_among_many_is_named(log):
    limits = log.limiting_magnitude.copy()
    limits[0] -= 6
    warning = consistency.contradiction(replace(log, limiting_magnitude=limits), CAMERA)
    assert warning is not None
    assert warning.startswith(f"1 of {len(log)} visits state a limiting_magnitude")

import dataclasses

import numpy as np
import pytest

import surveys
from surveys import UsageError


def test_unknown_survey_is_one_line_with_the_known_ones():
    with pytest.raises(UsageError, match=r"^expected a survey among hits; came 'ztf'$"):
        surveys.load("ztf")


def test_every_listed_survey_loads():
    assert surveys.names()
    for name in surveys.names():
        assert surveys.load(name).name == name


def test_exposures_are_usable_and_follow_the_seed():
    survey = surveys.load("hits")
    first, again, other = survey.exposures(1), survey.exposures(1), survey.exposures(2)
    assert first.to_frame().equals(again.to_frame())
    assert not np.array_equal(first.seeing[:50], other.seeing[:50])
    assert (first.seeing <= survey.max_seeing).all()
    assert set(first.band) == {"g"}
    assert len(first.fields) == 50


def test_a_log_takes_the_place_of_the_model(exposures):
    survey = surveys.load("hits").with_log(exposures)
    usable = survey.exposures(5)
    assert usable.epoch.tolist() == [1, 2, 1]  # without the r visit and that of seeing 2.6″


def test_a_log_without_usable_visits_is_an_error(exposures):
    red = dataclasses.replace(exposures, band=np.full(5, "r"))
    with pytest.raises(UsageError, match=r"expected visits in band g with seeing up to 2\.0″"):
        surveys.load("hits").with_log(red).exposures()

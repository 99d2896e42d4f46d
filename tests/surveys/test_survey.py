import dataclasses

import numpy as np
import pytest

import surveys
from surveys import UsageError
from surveys.survey import Centring, Counts


def test_unknown_survey_is_one_line_with_the_known_ones():
    with pytest.raises(UsageError, match=r"^expected a survey among hits, or a .*; got 'ztf'$"):
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


def test_counts_rise_by_the_slope():
    counts = Counts(at_24=5.0, slope=0.33, bright=18.0, faint=25.5)
    assert counts.density(24) == 5
    assert counts.density(25) / counts.density(24) == pytest.approx(10**0.33)
    assert counts.density(22) == pytest.approx(5 * 10**-0.66)
    np.testing.assert_allclose(np.diff(np.log10(counts.density(np.arange(18.0, 26)))), 0.33)


def test_counts_of_hits_are_those_of_the_real_stamps():
    """10 of 256 real non-variables have a source brighter than 23.5 mag near them (hits.toml)."""
    counts = surveys.load("hits").counts
    assert counts.bright < counts.faint
    found = 256 * 0.007 * counts.density(23.5)
    assert found == pytest.approx(10, abs=2 * np.sqrt(10))
    # Deep galaxy counts in the blue rise by 0.3 to 0.5 dex/mag (Tyson 1988, AJ 96, 1: 0.45 in B_J).
    assert 0.25 < counts.slope < 0.5


def test_centring_is_none_unless_it_is_given():
    assert dataclasses.astuple(Centring()) == (0, 0, 0, 0)


def test_centring_of_hits_is_a_part_of_a_pixel():
    centring = surveys.load("hits").centring
    assert isinstance(centring, Centring)
    assert max(abs(centring.x), abs(centring.y)) < 0.25
    for scatter in (centring.scatter_x, centring.scatter_y):
        assert 0 <= scatter < 0.3


def test_settings_of_a_survey_are_varied_by_replacing():
    survey = surveys.load("hits")
    empty = dataclasses.replace(survey, counts=dataclasses.replace(survey.counts, at_24=0.0))
    assert empty.counts.density(24) == 0
    assert survey.counts.density(24) > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        survey.centring.x = 1.0

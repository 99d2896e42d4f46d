"""Surveys as files: written, read back to the last bit, and refused by the key that is wrong."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import surveys
from surveys import Survey, UsageError

HITS = surveys.load("hits")
POSITIVE = st.floats(1e-6, 1e9)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(POSITIVE, POSITIVE, st.floats(-1e3, 1e3), st.floats(0, 1), st.integers(5, 63))
def test_what_is_written_is_read_to_the_last_bit(tmp_path, gain, noise, offset, share, size):
    table = HITS.systematics
    mine = replace(
        HITS,
        name="mine",
        title='a "quoted" title with umlauts: ä',
        camera=replace(HITS.camera, gain=gain, read_noise=noise, stamp_size=size),
        systematics=replace(table, mean=table.mean + offset),
        magnitudes=replace(HITS.magnitudes, uniform_fraction=share),
    )
    found = Survey.from_toml(mine.to_toml(tmp_path))
    assert (found.camera.gain, found.camera.read_noise) == (gain, noise)
    np.testing.assert_array_equal(found.systematics.mean, mine.systematics.mean)
    for level, values in mine.systematics.covariance.items():
        np.testing.assert_array_equal(found.systematics.covariance[level], values)
    assert found.magnitudes == mine.magnitudes
    assert found.title == mine.title
    assert found.checksum == mine.checksum


def test_the_checksum_tells_surveys_apart():
    others = [
        replace(HITS, max_seeing=1.9),
        replace(HITS, camera=replace(HITS.camera, gain=4.0)),
        replace(HITS, camera=replace(HITS.camera, per_ccd=None)),
        replace(HITS, systematics=replace(HITS.systematics, mean=HITS.systematics.mean + 1e-9)),
    ]
    sums = {survey.checksum for survey in (HITS, *others)}
    assert len(sums) == 5
    assert surveys.load("hits").checksum == HITS.checksum


def test_a_survey_of_ones_own_is_loaded_by_its_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    replace(HITS, name="mine", max_seeing=1.5).to_toml("~")
    assert surveys.load("~/mine.toml").max_seeing == 1.5


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gain = 4.104\n", "", r"hits\.toml: camera\.gain: expected a value, got none"),
        ("gain = 4.104", "gain = -1", r"camera\.gain: expected a number above 0, got -1"),
        ("gain = 4.104", "gain = nan", r"camera\.gain: expected a number, got nan"),
        ("gain = 4.104", 'gain = "high"', r"camera\.gain: expected a number, got 'high'"),
        ("gain = 4.104", "gian = 4.1", r"camera\.gian: expected one of name, gain, .*; got 'gian'"),
        ("stamp_size = 21", "stamp_size = 21.5", r"camera\.stamp_size: expected a whole number"),
        ("stamp_size = 21", "stamp_size = 2", r"camera\.stamp_size: expected a number from 5 to"),
        ("latitude = -30.165", "latitude = 130.0", r"site\.latitude: expected a number from -90"),
        ("[psf]", "[pfs]", r"hits\.toml: expected no table \[pfs\]"),
        ('band = "g"', "band = 5", r"hits\.toml\.band: expected a text, got 5"),
        ('band = "g"', 'bond = "g"', r"hits\.toml\.bond: expected one of .*; got 'bond'"),
        ('"N1",', '"N1", "N1",', r"camera\.ccds: expected each name once, got 'N1' twice"),
        ('"N1",', '"N1", 5,', r"camera\.ccds: expected a list of names in quotes"),
        ('name = "hits"', 'name = "h/t"', r"hits\.toml\.name: expected letters"),
        ("rr_lyrae = 21.5", 'rr_lyrae = "x"', r"magnitudes\.cuts\.rr_lyrae: expected a number"),
        (
            "bright = 14.5",
            "bright = 24.5",
            r"magnitudes\.bright: .* brighter than .* 22\.8, got 24",
        ),
        ('"N1",', '"N1", "X9",', r"camera\.ccds: expected detectors of the table of CCDs, got X9"),
        ("[psf]", "[psf", r"hits\.toml: expected a TOML file, got .*line"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(tmp_path, old, new, told):
    file = HITS.to_toml(tmp_path)
    text = re.sub(r'ccds = \[\s*"N1",', 'ccds = ["N1",', file.read_text())
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(UsageError, match=told) as caught:
        Survey.from_toml(file)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml: expected the TOML file of a survey"):
        surveys.load(str(tmp_path / "none.toml"))
    file = HITS.to_toml(tmp_path)
    (tmp_path / "hits_ccds.csv").unlink()
    with pytest.raises(UsageError, match=r"hits_ccds\.csv: expected a table of the survey"):
        Survey.from_toml(file)


def test_a_table_without_a_column_is_named(tmp_path):
    file = HITS.to_toml(tmp_path)
    table = tmp_path / "hits_ccds.csv"
    table.write_text(table.read_text().replace("read_noise", "noise", 1))
    with pytest.raises(UsageError, match=r"hits_ccds\.csv: expected the columns .*; no read_noise"):
        Survey.from_toml(file)


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("ccds", r"^N1,[^,]*", "N1,many", r"ccds\.csv: gain: expected a number above 0 .* row 1"),
        ("ccds", r"^N2,[^,]*", "N2,-4", r"gain: expected a number above 0 in every row, got -4"),
        ("ccds", r"^N2,[^,]*", "N2,", r"gain: expected a number above 0 in every row, got  in"),
        ("ccds", r"^N2,", "N1,", r"expected each ccd once, got N1 twice"),
        ("ccds", r"\nN1(.|\n)*", "\n", r"ccds\.csv: expected a table .*, got one without rows"),
        ("fields", r"delay", "wait", r"fields\.csv: expected the columns .*; no delay"),
        (
            "visits",
            r"seeing_-2",
            "seeing_-3",
            r"visits\.csv: expected the columns .*; no seeing_-2",
        ),
        ("covariance", r"^sky", "skies", r"quantity seeing, sky, .* got seeing, skies"),
        ("covariance", r"^sky,[^,]*", "sky,0.7", r"expected a covariance in the matrix"),
        ("psf_systematics", r"^e1.*\n", "", r"component width, e1, .* got width, e2"),
        ("focal_plane", r"^0,x,", "0,q,", r"pattern 1, x, y, .* got 1, q, y"),
    ],
)
def test_what_is_wrong_in_a_table_is_named(tmp_path, table, old, new, told):
    file = HITS.to_toml(tmp_path)
    path = tmp_path / f"hits_{table}.csv"
    text = re.sub(old, new, path.read_text(), count=1, flags=re.MULTILINE)
    assert text != path.read_text()
    path.write_text(text)
    with pytest.raises(UsageError, match=told) as caught:
        Survey.from_toml(file)
    assert "\n" not in str(caught.value)


def test_detectors_may_have_any_names(tmp_path):
    camera = replace(HITS.camera, ccds=("01", "NA", "1"), per_ccd=None)
    found = Survey.from_toml(replace(HITS, camera=camera).to_toml(tmp_path))
    assert tuple(found.camera.ccds) == ("01", "NA", "1")
    assert found.camera.detectors.gain.tolist() == [HITS.camera.gain] * 3


def test_files_of_other_editors_are_read(tmp_path):
    file = HITS.to_toml(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Survey.from_toml(file).checksum == HITS.checksum


def test_a_name_that_is_no_file_name_is_refused():
    with pytest.raises(UsageError, match=r"name: expected letters"):
        replace(HITS, name="a/b").to_files()

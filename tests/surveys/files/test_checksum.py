"""A checksum is the same for the same description, in any process, and another for another."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surveys
from surveys.files.checksum import checksum

HITS = surveys.load("hits")
PROGRAM = (
    "import surveys; from surveys.files.checksum import checksum;"
    "print(checksum(surveys.load('hits')))"
)


def test_the_same_in_another_process():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == checksum(HITS)


def changed_visits():
    visits = HITS.conditions.visits.copy()
    visits.iloc[0, 0] += 1e-9 * visits.iloc[0, 0]
    return replace(HITS, conditions=replace(HITS.conditions, visits=visits))


@pytest.mark.parametrize(
    "other",
    [
        replace(HITS, camera=replace(HITS.camera, gain=1.01 * HITS.camera.gain)),
        replace(HITS, max_seeing=2.1),
        replace(HITS, magnitudes=replace(HITS.magnitudes, uniform_fraction=0.1)),
        HITS.with_log(HITS.exposures(1)),
        changed_visits(),
    ],
)
def test_every_change_counts(other):
    assert checksum(other) != checksum(HITS)


Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(Values, Values)
def test_values_differ_where_they_are_not_equal(a, b):
    if repr(a) != repr(b) and a != b:
        assert checksum(a) != checksum(b)
    assert checksum([a, b]) != checksum([[a], b])


def test_tables_arrays_and_functions():
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    assert checksum(table) == checksum(table.copy())
    assert checksum(table) != checksum(table.rename(columns={"b": "c"}))
    assert checksum(np.arange(4)) != checksum(np.arange(4).reshape(2, 2))
    assert checksum({"a": 1, "b": 2}) == checksum({"b": 2, "a": 1})
    assert checksum(partial(np.add, 1)) != checksum(partial(np.add, 2))


def test_what_has_no_lasting_description_is_refused():
    with pytest.raises(TypeError, match="plain values"):
        checksum(object())

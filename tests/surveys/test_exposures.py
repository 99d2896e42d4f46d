import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys import Exposures, UsageError
from surveys.exposures import NUMERIC, POSITIVE


def finite(least: float = -1e6) -> st.SearchStrategy[float]:
    return st.floats(least, 1e6)


rows = st.lists(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["a_1", "a_2", "b_10"]),
            "epoch": st.integers(0, 99),
            "band": st.sampled_from("ugrizY"),
            **{name: finite(1e-3 if name in POSITIVE else -1e6) for name in NUMERIC},
        }
    ),
    min_size=1,
    max_size=20,
)


@settings(deadline=None, max_examples=50)
@given(rows)
def test_from_frame_keeps_every_row_and_orders_by_field_then_time(content):
    frame = pd.DataFrame(content)
    exposures = Exposures.from_frame(frame)
    back = exposures.to_frame()
    keys = list(zip(back["field"], back["mjd"], strict=True))
    assert keys == sorted(keys)
    same = list(Exposures.columns())
    assert sorted(back.itertuples(index=False, name=None)) == sorted(
        frame[same].itertuples(index=False, name=None)
    )
    assert Exposures.from_frame(back).to_frame().equals(back)


@settings(deadline=None, max_examples=50)
@given(rows, st.data())
def test_from_frame_reads_numbers_written_as_text(content, data):
    frame = pd.DataFrame(content)
    name = data.draw(st.sampled_from([*NUMERIC, "epoch"]))
    text = frame.assign(**{name: frame[name].map(repr)})
    assert Exposures.from_frame(text).to_frame().equals(Exposures.from_frame(frame).to_frame())


@settings(deadline=None, max_examples=50)
@given(rows, st.data())
def test_from_frame_names_the_column_value_and_row_of_a_gap(content, data):
    frame = pd.DataFrame(content).astype(object)
    frame.index += 1
    row = data.draw(st.integers(1, len(frame)))
    name = data.draw(st.sampled_from(NUMERIC))
    frame.loc[row, name] = data.draw(st.sampled_from([np.nan, np.inf, "cloudy", None]))
    with pytest.raises(UsageError, match=rf"expected a finite {name} .* got .* in row {row};"):
        Exposures.from_frame(frame)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("seeing", 0.0, "a positive seeing"),
        ("exposure_time", -1.0, "a positive exposure_time"),
        ("epoch", 1.5, "a whole epoch"),
        ("epoch", 1e300, "a whole epoch"),
        ("epoch", np.nan, "a finite epoch"),
        ("band", None, "a band"),
        ("field", np.nan, "a field"),
    ],
)
def test_from_frame_rejects_what_cannot_be(exposures, name, value, expected):
    frame = exposures.to_frame().astype(object)
    frame.loc[2, name] = value
    frame.loc[4, name] = value
    message = f"log: expected {expected} in every row; got {value} in row 2 and 1 more"
    with pytest.raises(UsageError, match="^" + re.escape(message)):
        Exposures.from_frame(frame, source="log")


def test_from_frame_names_missing_columns(exposures):
    with pytest.raises(UsageError, match=r"sky, zero_point not among field, epoch"):
        Exposures.from_frame(exposures.to_frame().drop(columns=["sky", "zero_point"]))


def test_visits_are_rows_in_time_order_padded_with_minus_one(exposures):
    assert exposures.visits().tolist() == [[0, 1, 2], [3, 4, -1]]
    assert exposures.visits(["f_02"]).tolist() == [[3, 4]]
    assert exposures.select(np.array([2, 0, 1])).visits().tolist() == [[1, 2, 0]]


def test_select_takes_masks(exposures):
    assert exposures.select(exposures.band == "g").epoch.tolist() == [1, 2, 1, 2]
    assert exposures.fields == ["f_01", "f_02"]

"""Tables of observed light curves: what is read, and what is refused in one line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.light_curves import observed_table
from surveys.errors import SkymovieError, UsageError


def table(n: int = 6, name: str = "a", **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "object_id": name,
            "mjd": 57000.0 + 1.5 * np.arange(n),
            "magnitude": 20.0 + 0.1 * np.arange(n),
            "magnitude_error": 0.02,
        }
    )
    return frame.assign(**columns)


def write(folder, frame, ending="csv"):
    path = folder / f"stars.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    elif ending == "parquet":
        frame.to_parquet(path, index=False)
    else:
        from astropy.table import Table

        Table.from_pandas(frame).write(path, format="ascii.ecsv")
    return path


@pytest.mark.parametrize("ending", ["csv", "ecsv", "parquet"])
def test_all_formats_say_the_same(tmp_path, ending):
    frame = pd.concat([table(name="007", period=0.5), table(8, name="b", period=np.nan)])
    stars = observed_table.read(write(tmp_path, frame.sample(frac=1, random_state=1), ending))
    assert [star.name for star in stars] == ["007", "b"]  # names stay text: no 7
    np.testing.assert_array_equal(stars[1].mjd, table(8)["mjd"])
    np.testing.assert_array_equal(stars[1].magnitude, table(8)["magnitude"])
    assert stars[0].period == 0.5
    assert np.isnan(stars[1].period)


def test_units_are_converted(tmp_path):
    from astropy.table import Table

    columns = Table.from_pandas(table(period=36.0))
    columns["period"].unit = "h"
    columns.write(tmp_path / "stars.ecsv", format="ascii.ecsv")
    assert observed_table.read(tmp_path / "stars.ecsv")[0].period == 1.5
    columns["magnitude"].unit = "Jy"
    columns.write(tmp_path / "stars.ecsv", format="ascii.ecsv", overwrite=True)
    with pytest.raises(UsageError, match=r"stars.ecsv: expected magnitude in mag, got Jy"):
        observed_table.read(tmp_path / "stars.ecsv")


def test_further_columns_are_left_out_with_a_note(tmp_path, capsys):
    (star,) = observed_table.read(write(tmp_path, table(observer="Tycho")))
    assert len(star.mjd) == 6
    assert "columns left out: observer" in capsys.readouterr().err


def at(row: int, **values: object) -> pd.DataFrame:
    """A good table with one bad row, counted from 1."""
    frame = table(period=0.5).astype({"period": object, "magnitude": object})
    for column, value in values.items():
        frame[column] = frame[column].astype(object)
        frame.loc[row - 1, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (table().drop(columns="mjd"), r"missing mjd; got object_id, magnitude, magnitude_error"),
        (table().rename(columns={"magnitude": "magnitud"}), r"magnitude \(is that 'magnitud'\?\)"),
        (table()[:0], r"expected at least 5 measurements of a star, got an empty table"),
        (table(1), r"object a: expected at least 5 measurements, got 1; leave the object out"),
        (at(3, magnitude=np.nan), r"row 3: expected a number as magnitude, got nothing"),
        (at(3, magnitude="faint"), r"row 3: expected a number as magnitude, got 'faint'"),
        (at(4, mjd="inf"), r"row 4: expected a number as mjd, got 'inf'"),
        (table(magnitude=99.99), r"row 1: expected magnitudes from -5 to 29, got 99.99 .* fluxes"),
        (table(magnitude_error=0.0), r"row 1: expected errors above 0, got 0 \(and 5 rows more"),
        (table(period=-2.0), r"row 1: expected a period above 0 .* got -2 \(and 5 rows more\)"),
        (at(2, period=0.7), r"object a: expected one period in all its rows, got 0.5, 0.7"),
        (at(2, period=""), r"object a: expected one period in all its rows, got 0.5, nan"),
        (at(6, mjd=57000.0), r"row 6: expected one measurement of a at MJD 57000.0, .* row 1;"),
        (at(2, object_id=""), r"row 2: expected a name as object_id, got nothing"),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, frame, told):
    with pytest.raises(UsageError, match=told) as caught:
        observed_table.read(write(tmp_path, frame))
    assert str(caught.value).startswith(f"{tmp_path / 'stars.csv'}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "error", "told"),
    [
        ("stars.parquet", b"PAR1 and then nothing", SkymovieError, "expected a table in PARQUET"),
        ("stars.csv", b"\xff\xfe\x00", SkymovieError, "expected a table in CSV"),
        ("stars.csv", b"", UsageError, "got an empty table"),
        ("stars.ecsv", b"no header", SkymovieError, "expected a table in ECSV"),
        (
            "stars.fits",
            b"SIMPLE",
            UsageError,
            "expected a table of light curves named .csv",
        ),
    ],
)
def test_unreadable_files_are_refused_in_one_line(tmp_path, name, content, error, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=told) as caught:
        observed_table.read(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == (2 if error is UsageError else 1)


def test_no_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(UsageError, match="got no file"):
        observed_table.read(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="got a folder"):
        observed_table.read(tmp_path)


@given(
    names=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4, unique=True),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(tmp_path_factory, names, order):
    frame = pd.concat([table(7, name) for name in names], ignore_index=True)
    rows = list(frame.index)
    order.shuffle(rows)
    stars = observed_table.read(write(tmp_path_factory.mktemp("t"), frame.loc[rows]))
    assert [star.name for star in stars] == sorted(names)
    for star in stars:
        np.testing.assert_array_equal(star.magnitude, table(7)["magnitude"])

"""Tables in every format that users bring: columns of times, lists, dates and units."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.time import Time, TimeDelta

from surveys.errors import SkymovieError, UsageError
from surveys.files import table_files

MJD = np.array([58000.25, 58001.5])


def read(path):
    return table_files.read(path, "a table")


@pytest.mark.parametrize(
    ("scale", "offset"), [("utc", 0.0), ("tai", 37.0), ("tt", 69.184), ("tdb", 69.184)]
)
def test_a_time_column_is_mjd_in_utc(tmp_path, scale, offset):
    table = Table({"mjd": Time(MJD, format="mjd", scale=scale)})
    table.write(tmp_path / "t.ecsv")
    got = read(tmp_path / "t.ecsv")
    np.testing.assert_allclose(got.frame["mjd"], MJD - offset / 86400, rtol=0, atol=1e-7)
    assert got.units == {"mjd": table_files.DATE}
    named = ["mjd converted from " + scale.upper() + " to UTC"]
    assert got.notes == ([] if scale == "utc" else named)


def test_a_time_column_of_dates_is_mjd(tmp_path):
    Table({"mjd": Time(Time(MJD, format="mjd").isot)}).write(tmp_path / "t.ecsv")
    np.testing.assert_allclose(read(tmp_path / "t.ecsv").frame["mjd"], MJD, rtol=0, atol=1e-7)


def test_quantities_durations_and_coordinates(tmp_path):
    table = Table({"m": [20.0, 21.0]})
    table["period"] = [36.0, 12.0] * u.h
    table["exposure"] = TimeDelta([86400.0, 43200.0], format="sec")
    table["at"] = SkyCoord([1, 2], [3, 4], unit="deg")
    table.write(tmp_path / "t.ecsv")
    got = read(tmp_path / "t.ecsv")
    assert got.frame.columns.tolist() == ["m", "period", "exposure"]
    assert got.units == {"period": "h", "exposure": "d"}
    assert got.frame["exposure"].tolist() == [1.0, 0.5]
    assert got.notes == ["at left out: it holds SkyCoord"]


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
@pytest.mark.parametrize("resolution", ["ns", "us", "s"])
def test_timestamps_are_mjd_and_never_nanoseconds(tmp_path, zone, resolution):
    dates = pd.Series(pd.to_datetime(["2017-09-04 06:00", "2017-09-05 12:00"]))
    dates = dates.astype(f"datetime64[{resolution}]").dt.tz_localize("UTC")
    dates = dates.dt.tz_convert(zone)
    pd.DataFrame({"mjd": dates, "p": pd.Series([timedelta(days=2)] * 2)}).to_parquet(
        tmp_path / "t.parquet"
    )
    got = read(tmp_path / "t.parquet")
    assert got.frame["mjd"].tolist() == MJD.tolist()
    assert got.frame["p"].tolist() == [2.0, 2.0]
    assert got.units == {"mjd": table_files.DATE, "p": "d"}


@pytest.mark.parametrize("nested", [False, True])
def test_lists_become_rows(tmp_path, nested):
    lists = [
        {"mjd": [1.0, 2.0], "m": [20.0, 21.0]},
        {"mjd": [], "m": []},
        {"mjd": [3.0], "m": [22.0]},
    ]
    names = ["a", "b", "c"]
    columns = {"lc": lists} if nested else {k: [v[k] for v in lists] for k in ("mjd", "m")}
    pq.write_table(pa.table({"object_id": names} | columns), tmp_path / "t.parquet")
    frame = read(tmp_path / "t.parquet").frame
    assert frame["object_id"].tolist() == ["a", "a", "c"]
    assert frame["mjd"].tolist() == [1.0, 2.0, 3.0]
    assert frame["m"].tolist() == [20.0, 21.0, 22.0]
    assert frame.index.tolist() == [1, 2, 3]


def test_lists_of_unequal_length_are_refused(tmp_path):
    frame = pd.DataFrame({"mjd": [[1.0, 2.0], [1.0, 2.0]], "m": [[1.0, 2.0], [20.0]]})
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(
        UsageError, match="row 2: expected lists of one length, got 2 of mjd, 1 of m"
    ):
        read(tmp_path / "t.parquet")


def test_lists_at_single_dates_do_not_repeat_the_dates(tmp_path):
    pd.DataFrame({"mjd": MJD, "cutout": [[1, 2, 3]] * 2}).to_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").frame["mjd"].tolist() == MJD.tolist()


def test_an_index_with_a_name_is_a_column(tmp_path):
    frame = pd.DataFrame({"mjd": MJD}, index=pd.Index(["a", "b"], name="object_id"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").frame["object_id"].tolist() == ["a", "b"]


@pytest.mark.parametrize("writer", ["astropy", "pyarrow"])
def test_units_in_parquet_are_kept(tmp_path, writer):
    if writer == "astropy":
        Table({"m": [20.0] * u.mmag, "s": ["a"]}).write(tmp_path / "t.parquet")
    else:
        field = pa.field("m", pa.float64(), metadata={"unit": "mmag"})
        schema = pa.schema([field, pa.field("s", pa.string())])
        pq.write_table(pa.table([[20.0], ["a"]], schema=schema), tmp_path / "t.parquet")
    got = read(tmp_path / "t.parquet")
    assert got.units == {"m": "mmag"}
    assert got.frame["s"].tolist() == ["a"]


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv.xz", "t.ecsv", "t.parquet"])
def test_damaged_files_are_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"no table\x00\xff")
    with pytest.raises(SkymovieError, match="got a file that cannot be read") as error:
        read(tmp_path / name)
    assert "\n" not in str(error.value)

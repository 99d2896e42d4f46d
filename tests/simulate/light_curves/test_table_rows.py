"""Which rows of a table of light curves count."""

import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import observed_table
from surveys.errors import UsageError


def table(n=12, **columns):
    frame = pd.DataFrame(
        {
            "object_id": "a",
            "mjd": 57000.0 + 1.5 * np.arange(n),
            "magnitude": 20.0 + 0.1 * np.arange(n),
            "magnitude_error": 0.02,
        }
    )
    return frame.assign(**columns)


def read(folder, frame, band=None):
    frame.to_csv(folder / "stars.csv", index=False)
    return observed_table.read(folder / "stars.csv", band)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("band", ["g", "r"]),
        ("filter", ["ztfg", "ztfr"]),
        ("filtercode", ["zg", "zr"]),
        ("fid", [1, 2]),
        ("filterid", [1.0, 2.0]),
        ("Passband", ["lsst_g", "lsst_r"]),
    ],
)
def test_one_of_several_bands_must_be_chosen(tmp_path, capsys, name, values):
    frame = table(**{name: values * 6})
    with pytest.raises(UsageError, match=r"expected one band, got g \(6 rows\), r \(6 rows\)"):
        read(tmp_path, frame)
    (star,) = read(tmp_path, frame, "r")
    assert star.magnitude.tolist() == frame["magnitude"][1::2].tolist()
    assert "6 of 12 rows left out: measurements in other bands than r" in capsys.readouterr().err
    with pytest.raises(UsageError, match="expected rows of band z"):
        read(tmp_path, frame, "z")


def test_one_band_needs_no_choice(tmp_path):
    assert len(read(tmp_path, table(band="zg"))[0].mjd) == 12


def test_a_chosen_band_that_no_column_names_is_noted(tmp_path, capsys):
    assert len(read(tmp_path, table(), "g")[0].mjd) == 12
    assert "no column names the band" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ({"catflags": [32768, 0, 0, 0] * 3}, "3 of 12 rows left out: flagged .* .catflags"),
        ({"flag": [True, False, False, False] * 3}, "flagged measurements .flag"),
        ({"quality": [1, None, 0, 0] * 3}, "flagged measurements .quality"),
        ({"upper_limit": [1, 0, 0, 0] * 3}, "upper limits .upper_limit"),
        ({"limit": [">", "", "", ""] * 3}, "upper limits .limit"),
        ({"detected": [False, True, True, True] * 3}, "non-detections .detected"),
        ({"magnitude": [99.0, 20.0, 20.1, 20.2] * 3}, "placeholders"),
        ({"magnitude": [-99.0, 20.0, 20.1, 20.2] * 3}, "placeholders"),
        ({"magnitude": [30.0, 20.0, 20.1, 20.2] * 3}, "placeholders"),
        ({"magnitude_error": [-1.0, 0.1, 0.1, 0.1] * 3}, "placeholders"),
        ({"magnitude_error": [0.0, 0.1, 0.1, 0.1] * 3}, "placeholders"),
    ],
)
def test_rows_that_do_not_count_are_left_out_and_counted(tmp_path, capsys, columns, note):
    (star,) = read(tmp_path, table(**columns))
    assert star.mjd.tolist() == [57000.0 + 1.5 * k for k in range(12) if k % 4]
    said = " ".join(capsys.readouterr().err.split())
    assert "3 of 12 rows left out" in said
    assert note.split(".")[-1] in said


def test_a_limiting_magnitude_is_no_flag(tmp_path, capsys):
    assert len(read(tmp_path, table(limit=20.5))[0].mjd) == 12
    assert "columns left out: limit" in capsys.readouterr().err


def test_flags_that_mark_all_rows_are_refused(tmp_path):
    with pytest.raises(UsageError, match="expected flag to mark some rows as bad, got 12 of 12"):
        read(tmp_path, table(flag=3))
    with pytest.raises(UsageError, match="expected quality to mark some rows as bad, got 9 of 12"):
        read(tmp_path, table(quality=[1, 1, 1, 0] * 3))


def test_no_star_vanishes_with_its_rows(tmp_path):
    frame = pd.concat([table(), table(6, object_id="b", magnitude=99.0)])
    with pytest.raises(UsageError, match="object b: expected at least 5 measurements, got 0"):
        read(tmp_path, frame)

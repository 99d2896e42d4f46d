import re

import numpy as np
import pandas as pd
import pytest

import surveys
from surveys import Exposures, SkymovieError, UsageError
from surveys.logs import observing_log
from surveys.logs.observing_log import HITS_NAMES

OURS_TO_HITS = {ours: hits for hits, ours in HITS_NAMES.items()}
RECORD = {
    "FILTER": b"g",
    "EPOCH": b"02",
    "MJD": 57070.1,
    "EXP_TIME": 86.0,
    "SEEING": 1.2,
    "AIRMASS": 1.19,
    "BACK_LEVEL": 108.6,
    "LIMIT_MAG_EA5": 23.3,
    "ZP_PS": 25.11,
}


def write_record(folder, name="Blind15A_04_02_g", **changes):
    """A record as HiTS' own are written; a change to None leaves the column out."""
    row = {k: v for k, v in (RECORD | changes).items() if v is not None}
    kinds = [(k, "S2" if isinstance(v, bytes) else "<f8") for k, v in row.items()]
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{name}.npy", np.array(tuple(row.values()), kinds))


def one_line(error) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


# Records of HiTS


@pytest.mark.parametrize("below", [".", "Blind15A_info", "real_obs/Blind15A_info"])
def test_records_are_found_in_or_below_the_folder(tmp_path, below, capsys):
    write_record(tmp_path / below)
    write_record(tmp_path / below, "Blind15A_04_03_g", EPOCH=b"03", MJD=57070.2)
    write_record(tmp_path / below, "Blind15A_04_01_r", EPOCH=b"01", FILTER=b"r")
    exposures = observing_log.read(tmp_path, "g")
    assert exposures.field.tolist() == ["Blind15A_04"] * 2
    assert exposures.epoch.tolist() == [2, 3]
    assert exposures.zero_point.tolist() == [25.11] * 2
    assert len(observing_log.read(tmp_path)) == 3
    assert capsys.readouterr().err == ""


def test_incomplete_records_are_left_out_and_broken_ones_clipped_with_one_note(tmp_path, capsys):
    write_record(tmp_path)
    write_record(tmp_path, "Blind15A_25_07_g", ZP_PS=None, LIMIT_MAG_SNR5=23.7)
    write_record(tmp_path, "Blind15A_43_17_g", LIMIT_MAG_EA5=14.5, ZP_PS=22.6)
    exposures = observing_log.read(tmp_path)
    assert exposures.field.tolist() == ["Blind15A_04", "Blind15A_43"]
    assert exposures.limiting_magnitude.tolist() == [23.3, 20.0]
    assert exposures.zero_point.tolist() == [25.11, 23.0]
    note = capsys.readouterr().err.strip()
    assert "3 exposure records" in note
    assert "1 left out as incomplete, 2 impossible" in note
    assert "\n" not in note


def test_a_folder_of_none_but_incomplete_records_is_an_error(tmp_path):
    write_record(tmp_path, ZP_PS=None)
    with pytest.raises(UsageError, match="expected complete exposure records; got none of 1"):
        observing_log.read(tmp_path)


def test_a_folder_without_records_is_an_error(tmp_path):
    (tmp_path / "notes.npy").touch()
    with pytest.raises(UsageError) as error:
        observing_log.read(tmp_path)
    assert "records such as Blind15A_04_02_g.npy" in one_line(error)


@pytest.mark.parametrize("keep", [0, 20, -9])
def test_a_truncated_record_is_named(tmp_path, keep):
    write_record(tmp_path)
    file = tmp_path / "Blind15A_04_02_g.npy"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(SkymovieError, match="expected an exposure record") as error:
        observing_log.read(tmp_path)
    assert str(file) in one_line(error)


@pytest.mark.parametrize("content", [np.arange(3.0), np.array(None)])
def test_another_array_in_the_place_of_a_record_is_named(tmp_path, content):
    np.save(tmp_path / "Blind15A_04_02_g.npy", content)
    with pytest.raises(SkymovieError, match=r"expected (one structured|an exposure) record"):
        observing_log.read(tmp_path)


def test_the_real_records_are_read(hits_records):
    assert len(hits_records) == 1341  # 1,344 less the three without a zero point
    assert len(hits_records.fields) == 49
    visits = (hits_records.visits() >= 0).sum(axis=1)
    assert (visits.min(), visits.max()) == (25, 29)


# Tables


@pytest.mark.parametrize("names", ["ours", "hits"])
@pytest.mark.parametrize("suffix", [".csv", ".ecsv"])
def test_tables_come_back_as_they_were_written(tmp_path, exposures, suffix, names):
    frame = exposures.to_frame()
    if names == "hits":
        frame = frame.rename(columns=OURS_TO_HITS)
    write_table(frame, tmp_path / f"log{suffix}")
    back = observing_log.read(tmp_path / f"log{suffix}")
    assert back.to_frame().equals(exposures.to_frame())


def write_table(frame: pd.DataFrame, path, units=None):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
        return
    from astropy.table import Table

    table = Table({name: frame[name].to_numpy() for name in frame.columns})
    for name in frame.columns:
        if frame[name].dtype.kind not in "ifu":
            table[name] = frame[name].astype(str).to_numpy(dtype=np.str_)
    for name, unit in (units or {}).items():
        table[name].unit = unit
    table.write(path, format="ascii.ecsv", overwrite=True)


def test_units_of_an_ecsv_are_heeded(tmp_path, exposures):
    frame = exposures.to_frame().assign(exposure_time=2.0)
    write_table(frame, tmp_path / "log.ecsv", {"exposure_time": "min", "seeing": "arcsec"})
    assert observing_log.read(tmp_path / "log.ecsv").exposure_time == pytest.approx(120.0)
    write_table(frame, tmp_path / "log.ecsv", {"seeing": "pix"})
    with pytest.raises(UsageError, match="expected seeing in arcsec, got pix"):
        observing_log.read(tmp_path / "log.ecsv")


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("sky", "mag / arcsec2", "expected sky in ADU per pixel and exposure, got mag / arcsec2;"),
        ("sky", "electron / pix", "divide electrons by the gain"),
        ("sky", "adu / s", "multiply rates by exposure_time"),
        ("zero_point", "nJy", r"expected zero_point in mag \(of one ADU per second\), got nJy;"),
        ("limiting_magnitude", "Jy", "expected limiting_magnitude in mag, got Jy; convert fluxes"),
        ("limiting_magnitude", "mag(AB/arcsec2)", "expected limiting_magnitude in mag"),
        ("airmass", "mag", "expected airmass in a number without a unit, got mag"),
        ("seeing", "furlongs", "expected seeing in arcsec, got furlongs"),
    ],
)
def test_a_unit_that_cannot_be_converted_is_refused(tmp_path, exposures, name, unit, expected):
    write_table(exposures.to_frame(), tmp_path / "log.ecsv", {name: unit})
    with pytest.raises(UsageError, match=expected) as error:
        observing_log.read(tmp_path / "log.ecsv")
    one_line(error)


def test_units_that_say_the_same_in_other_words_are_taken(tmp_path, exposures):
    stated = {"sky": "DN / pix", "zero_point": "mag(AB)", "limiting_magnitude": "mag", "epoch": ""}
    write_table(exposures.to_frame(), tmp_path / "log.ecsv", stated)
    assert observing_log.read(tmp_path / "log.ecsv").to_frame().equals(exposures.to_frame())


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.xz", ".parquet"])
def test_compressed_tables_and_parquet_are_read(tmp_path, exposures, suffix):
    frame, path = exposures.to_frame(), tmp_path / f"log{suffix}"
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_csv(path, index=False)
    assert observing_log.read(path).to_frame().equals(frame)


def test_a_list_in_the_place_of_a_number_is_named(tmp_path, exposures):
    frame = exposures.to_frame().assign(seeing=[[1.0, 2.0]] * len(exposures))
    frame.to_parquet(tmp_path / "log.parquet")
    with pytest.raises(UsageError, match=r"expected a finite seeing .* row 1 and 4 more") as error:
        observing_log.read(tmp_path / "log.parquet")
    one_line(error)


def test_fields_keep_their_leading_zeros(tmp_path, exposures):
    exposures.to_frame().assign(field="007").to_csv(tmp_path / "log.csv", index=False)
    assert observing_log.read(tmp_path / "log.csv").fields == ["007"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("limiting_magnitude", 99.0, "from 5 to 40 in every row; got 99 in row 3;"),
        ("limiting_magnitude", -1.0, "got -1 in row 3; drop rows with placeholders"),
        ("airmass", 0.5, "expected airmass from 0.999 to 40 in every row; got 0.5 in row 3"),
        ("mjd", 2457070.6, "got 2457070.6 in row 3; subtract 2400000.5 from Julian dates"),
        ("zero_point", 99.0, "got 99 in row 3"),
    ],
)
def test_impossible_values_are_refused_by_row(tmp_path, exposures, name, value, expected):
    frame = exposures.to_frame()
    frame.loc[2, name] = value
    write_table(frame, tmp_path / "log.csv")
    with pytest.raises(UsageError, match=re.escape(expected)) as error:
        observing_log.read(tmp_path / "log.csv")
    one_line(error)


def test_contradictions_are_warned_of_in_one_line(tmp_path, exposures, capsys):
    camera = surveys.load("hits").camera
    frame = exposures.to_frame()
    write_table(frame, tmp_path / "log.csv")
    observing_log.read(tmp_path / "log.csv", camera=camera)
    assert capsys.readouterr().err == ""
    frame["zero_point"] += 2.5 * np.log10(frame["exposure_time"])
    write_table(frame, tmp_path / "log.csv")
    observing_log.read(tmp_path / "log.csv", camera=camera)
    warning = capsys.readouterr().err
    assert warning.startswith(f"warning: {tmp_path / 'log.csv'}: 5 of 5 visits")
    assert warning.count("\n") == 1


@pytest.mark.parametrize("suffix", [".csv", ".ecsv"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["seeing", "mjd", "zero_point"])
def test_a_gap_in_a_table_names_column_row_and_value(tmp_path, exposures, name, value, suffix):
    frame = exposures.to_frame()
    frame.loc[3, name] = value
    path = tmp_path / f"log{suffix}"
    write_table(frame, path)
    with pytest.raises(UsageError) as error:
        observing_log.read(path)
    assert one_line(error).startswith(
        f"{path}: expected a finite {name} in every row; got {value} in row 4;"
    )


def test_a_word_among_numbers_is_named(tmp_path, exposures):
    frame = exposures.to_frame().astype({"seeing": object})
    frame.loc[1, "seeing"] = "cloudy"
    write_table(frame, tmp_path / "log.csv")
    with pytest.raises(UsageError, match=r"expected a finite seeing .* got cloudy in row 2"):
        observing_log.read(tmp_path / "log.csv")


def test_missing_columns_are_named_with_what_may_have_been_meant(tmp_path, exposures):
    frame = exposures.to_frame().rename(columns={"seeing": "seing"}).drop(columns="sky")
    write_table(frame, tmp_path / "log.csv")
    with pytest.raises(UsageError) as error:
        observing_log.read(tmp_path / "log.csv")
    assert "missing seeing (is that 'seing'?), sky; got field, epoch" in one_line(error)


def test_a_column_under_two_names_is_an_error(tmp_path, exposures):
    write_table(exposures.to_frame().assign(SEEING=1.0), tmp_path / "log.csv")
    with pytest.raises(UsageError, match="expected each column once; got seeing twice"):
        observing_log.read(tmp_path / "log.csv")


def test_further_columns_are_left_out_with_a_note(tmp_path, exposures, capsys):
    write_table(exposures.to_frame().assign(observer="Tycho"), tmp_path / "log.csv")
    assert len(observing_log.read(tmp_path / "log.csv")) == len(exposures)
    assert capsys.readouterr().err.endswith("columns left out: observer\n")


def test_a_band_that_is_not_there_is_an_error(tmp_path, exposures):
    write_table(exposures.to_frame(), tmp_path / "log.csv")
    assert len(observing_log.read(tmp_path / "log.csv", "r")) == 1
    with pytest.raises(UsageError, match="expected exposures in band z; got bands g, r"):
        observing_log.read(tmp_path / "log.csv", "z")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("log.csv", b"", "expected the columns"),
        ("log.csv", ",".join(Exposures.columns()).encode(), "got an empty table"),
        ("log.csv", b"\x80\xff\x00\x01", "expected a table"),
        ("log.csv", b'a,b\n1,2\n"3,4,5\n6', "expected a table"),
        ("log.ecsv", b"", "expected a table in ECSV"),
        ("log.ecsv", b"field,mjd\na,1\n", "expected a table in ECSV"),
        ("log.ecsv", b"\x80\xff\x00\x01", "expected a table in ECSV"),
        ("log.fits", b"SIMPLE", "named .csv, .csv.gz, .ecsv or .parquet, got .fits"),
    ],
)
def test_what_is_no_table_is_one_line(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SkymovieError, match=re.escape(expected)) as error:
        observing_log.read(tmp_path / name)
    assert str(tmp_path / name) in one_line(error)


def test_no_file_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="got no file"):
        observing_log.read(tmp_path / "log.csv")

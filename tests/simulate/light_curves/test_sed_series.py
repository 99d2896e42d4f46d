"""Series of spectra: what is read, and what is refused in one line."""

import gzip

import numpy as np
import pytest

from simulate.light_curves import sed_series
from surveys.errors import SkymovieError, UsageError
from tests.simulate.light_curves import spectra

SHORT = np.arange(3000.0, 9000.0, 500.0)
DAYS = np.arange(0.0, 20.0, 4.0)


def short(path, **changes):
    return spectra.write(path, **{"phase": DAYS, "wave": SHORT, **changes})


def test_a_folder_a_zipped_file_and_a_table(tmp_path):
    short(tmp_path / "b.dat")
    plain = short(tmp_path / "a.SED").read_bytes()
    (tmp_path / "a.SED").unlink()
    (tmp_path / "a.SED.gz").write_bytes(gzip.compress(plain))
    (tmp_path / "notes.md").write_text("not a series")
    one, two = sed_series.read(tmp_path)
    assert (one.name, two.name) == ("a.SED.gz", "b.dat")
    np.testing.assert_array_equal(one.flux, two.flux)
    np.testing.assert_array_equal(one.phase, DAYS)
    np.testing.assert_array_equal(one.wave, SHORT)
    np.testing.assert_allclose(one.flux, spectra.flux(DAYS, SHORT), rtol=1e-6)
    assert (one.weight, one.subtype, one.farthest) == (1.0, "II", 0.7)
    assert np.isnan(one.peak_magnitude)

    (tmp_path / "models.csv").write_text(
        "file, peak_magnitude, band, peak_scatter, weight, subtype, farthest, colour\n"
        "b.dat, -19.1, bessell-B, 0.4, 3, Ia, , red\n"
        "a.SED.gz, , , , , II, 0.25, blue\n"
    )
    first, second = sed_series.read(tmp_path)
    assert (first.name, first.peak_magnitude, first.band) == ("b.dat", -19.1, "bessell-B")
    assert (first.peak_scatter, first.weight, first.subtype) == (0.4, 3.0, "Ia")
    assert first.farthest == 0.9  # as the built-in ones of its type
    assert (second.farthest, second.weight, second.band) == (0.25, 1.0, "")

    (alone,) = sed_series.read(tmp_path / "b.dat")
    assert alone.name == "b.dat"


def change(row, text):
    """A good file with another row, counted from 1 without the comment."""

    def write(path):
        lines = short(path).read_text().splitlines()
        lines[row] = text
        path.write_text("\n".join(lines))

    return write


def values(**changes):
    return lambda path: short(path, **changes)


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda path: path.write_text("# nothing\n"), r"expected rows of phase, .* got none"),
        (change(3, "0 4000"), r"row 3: expected a number as flux, got none; fix the row"),
        (change(3, "0 4000 nan"), r"row 3: expected a number as flux, got nan|got none"),
        (change(1, "phase wave flux"), r"row 1: expected a number as phase, got phase; fix"),
        (values(wave=SHORT[::-1]), r"row 2: expected wavelengths in ascending order, got 8000 af"),
        (values(wave=np.sort([*SHORT, 4000.0])), r"got 4000 after 4000 Å; sort the rows"),
        (values(phase=DAYS[::-1]), r"row 13: expected phases in ascending order.*got 12 after 16"),
        (
            change(14, "0 3500 1"),
            r"row 14: .* phases in ascending order, each once, got 0 after 4",
        ),
        (change(15, "4 4444 1"), r"row 13: expected the 12 wavelengths .* others at phase 4;"),
        (values(phase=DAYS[:1]), r"at least 2 phases and 4 wavelengths, got 1 and 12"),
        (values(wave=SHORT[:3]), r"at least 2 phases and 4 wavelengths, got 5 and 3"),
        (values(wave=SHORT - 3000, values=np.ones((5, 12))), r"got wavelengths from 0 Å"),
        (values(values=np.zeros((5, 12))), r"some light, got no flux above 0"),
    ],
)
def test_bad_series_are_refused_in_one_line(tmp_path, write, told):
    write(tmp_path / "x.dat")
    with pytest.raises(UsageError, match=told) as caught:
        sed_series.read(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'x.dat'}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", r"expected a column file and perhaps peak_magnitude.* got nothing and 0 rows"),
        ("name\nx.dat\n", r"expected a column file .* got name and 1 rows"),
        ("file\n", r"at least one row; got file and 0 rows"),
        ("file\ny.dat\n", r"row 1: expected the name of a spectral series .* got y.dat; correct"),
        ("file,weight\nx.dat,1\nx.dat,-1\n", r"row 2: expected weight from 1e-12 .* got -1"),
        ("file,weight\nx.dat,many\n", r"row 1: expected weight .* got many"),
        ("file,peak_scatter\nx.dat,-0.1\n", r"expected peak_scatter from 0 to 5, got -0.1"),
        ("file,farthest\nx.dat,9\n", r"expected farthest from 0.01 to 2, got 9"),
        ("file,subtype\nx.dat,Ib\n", r"row 1: expected Ia or II as subtype .*, got Ib"),
        ("file,peak_magnitude\nx.dat,-17\n", r"or neither, got only the magnitude"),
        ("file,band\nx.dat,bessell-B\n", r"or neither, got only the band"),
        (
            "file,peak_magnitude,band\nx.dat,17,bessell-B\n",
            r"peak_magnitude from -30 to 0, got 17",
        ),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, table, told):
    short(tmp_path / "x.dat")
    (tmp_path / "models.csv").write_text(table)
    with pytest.raises(UsageError, match=told) as caught:
        sed_series.read(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'models.csv'}: ")
    assert "\n" not in str(caught.value)


def test_nothing_and_empty_folders_are_told(tmp_path):
    with pytest.raises(UsageError, match="expected a folder of spectral series or one such file"):
        sed_series.read(tmp_path / "none")
    with pytest.raises(UsageError, match=r"expected spectral series \(files named .*, got none"):
        sed_series.read(tmp_path)


def test_damaged_files_are_told(tmp_path):
    (tmp_path / "x.sed.gz").write_bytes(b"no gzip at all")
    with pytest.raises(SkymovieError, match="got a file that cannot be read") as caught:
        sed_series.read(tmp_path)
    assert caught.value.exit_code == 1
    whole = gzip.compress(short(tmp_path / "y.dat").read_bytes())
    (tmp_path / "x.sed.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SkymovieError, match="got a file that cannot be read"):
        sed_series.read(tmp_path)


def test_numbers_as_fortran_writes_them(tmp_path):
    plain = short(tmp_path / "a.dat").read_text()
    (tmp_path / "b.dat").write_text(plain.replace("e-", "D-").replace("e+", "d+"))
    one, two = sed_series.read(tmp_path)
    assert "D-" in (tmp_path / "b.dat").read_text()
    np.testing.assert_array_equal(one.flux, two.flux)


def test_the_flux_scale_of_snana_is_read(tmp_path, capsys):
    short(tmp_path / "a.SED")
    (plain,) = sed_series.read(tmp_path)
    (tmp_path / "SED.INFO").write_text("FLUX_SCALE: 1.0E8  # of all\nNPAR: 1\nSED: a.SED 0.1\n")
    (scaled,) = sed_series.read(tmp_path)
    np.testing.assert_allclose(scaled.flux, 1e8 * plain.flux)
    assert "multiplied by FLUX_SCALE, 1e+08" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "SED.INFO").write_text("FLUX_SCALE: much\n")
    with pytest.raises(UsageError, match=r"SED\.INFO: expected a number above 0 as .*, got much"):
        sed_series.read(tmp_path)

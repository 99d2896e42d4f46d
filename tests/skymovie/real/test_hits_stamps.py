import numpy as np
import pytest

from skymovie.real import hits_stamps
from surveys.errors import SkymovieError
from tests.skymovie.conftest import constant_star, python2_npy

STAR = "real_obs/real_stamps/EB/Blind15A_04_N12_2_1704_g_stamp.npy"
SUPERNOVAE = "real_obs/real_stamps/SNstamps"


def read_all(folder):
    return list(hits_stamps.objects(hits_stamps.root(folder), 21))


def test_the_files_say_what_they_are(hits):
    star, *_, supernova, _ = read_all(hits)
    assert (star.object_id, star.label) == ("Blind15A_04_N12_0_1704", "non_variable")
    assert (star.field, star.ccd, star.position) == ("Blind15A_04", "N12", (0, 1704))
    assert (supernova.object_id, supernova.label) == ("SNHiTS15A", "supernova")
    assert (supernova.field, supernova.ccd, supernova.position) == ("Blind15A_04", "N16", (681, 88))
    assert star.light_curve is None
    assert supernova.light_curve is not None
    for stamps in (star, supernova):
        assert stamps.images.shape == (8, 21, 21)
        assert stamps.images.dtype == np.float32
        assert stamps.mjd.dtype == np.float64


def test_either_folder_will_do(hits):
    assert hits_stamps.root(hits) == hits_stamps.root(hits / "real_obs") == hits / "real_obs"
    assert hits_stamps.root(hits / "real_obs/real_stamps/EB") is None


def test_published_fluxes_of_one_band(hits):
    path = hits / SUPERNOVAE / "LC/SNHiTS15A.dat"
    fluxes = hits_stamps.difference_fluxes(path, "g")
    assert fluxes["flux"].tolist() == [10, 900, 20, 450, 700, 900]
    assert fluxes["mjd"].is_monotonic_increasing


def flat(n=8, size=21, **changes):
    return python2_npy(constant_star(8) | {"stamp": np.ones((n, size, size), "f4")} | changes)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (flat()[:900], "damaged"),
        (flat(size=20), r"shape \(epochs, 21, 21\), got float32 of shape \(8, 20, 20\)"),
        (flat(n=7), "one finite MJD for each of 7 images"),
        (flat(time=np.zeros(8)), "EPOCH and MJD"),
        (flat(stamp=np.array(["x"])), "expected images"),
        (python2_npy({"images": 1}), "stamp and time"),
        (python2_npy([1, 2]), "stamp and time"),
    ],
)
def test_a_bad_stamp_file_is_named(hits, content, expected):
    (hits / STAR).write_bytes(content)
    with pytest.raises(SkymovieError, match=f"Blind15A_04_N12_2_1704_g_stamp.npy: .*{expected}"):
        read_all(hits)


def test_a_name_without_a_field_is_told(hits):
    (hits / STAR).rename(hits / STAR.replace("Blind15A_04_N12", "mine"))
    with pytest.raises(SkymovieError, match=r"mine_2_1704_g_stamp\.npy: expected a name such as"):
        read_all(hits)


def test_a_supernova_without_its_times_is_told(hits):
    (hits / SUPERNOVAE / "npy/SNHiTS15A_MJDs.npy").unlink()
    with pytest.raises(SkymovieError, match=r"SNHiTS15A_MJDs\.npy"):
        read_all(hits)


def test_times_that_are_no_numbers_are_told(hits):
    np.save(hits / SUPERNOVAE / "npy/SNHiTS15A_MJDs.npy", np.array(["monday"] * 8, "S32"))
    with pytest.raises(SkymovieError, match=r"SNHiTS15A_stamps\.npy: expected times in MJD"):
        read_all(hits)


def test_a_supernova_that_the_table_lacks_is_told(hits):
    table = hits / SUPERNOVAE / "SNHiTS.txt"
    table.write_text("SNname field CCD i j\nSNHiTS15B 5 S21 1 2\n")
    with pytest.raises(SkymovieError, match=r"expected SNHiTS15A in SNHiTS\.txt"):
        read_all(hits)


@pytest.mark.parametrize(
    "text", ["", "SNname field\nSNHiTS15A 4\n", "SNname field CCD i j\nA x N1 2 3\n"]
)
def test_a_bad_table_is_told(hits, text):
    (hits / SUPERNOVAE / "SNHiTS.txt").write_text(text)
    with pytest.raises(SkymovieError, match=r"SNHiTS\.txt: expected a table"):
        read_all(hits)


@pytest.mark.parametrize("text", ["", "MJD ADU\n1 2\n", "MJD ADU e_ADU band\n1 x 3 g\n"])
def test_a_bad_light_curve_is_told(tmp_path, text):
    path = tmp_path / "SNHiTS15A.dat"
    path.write_text(text)
    with pytest.raises(SkymovieError, match=r"SNHiTS15A\.dat: expected a light curve"):
        hits_stamps.difference_fluxes(path, "g")

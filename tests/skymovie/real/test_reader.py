import shutil

import numpy as np
import pytest

import surveys
from skymovie.real import download
from skymovie.real.reader import open_real
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError, UsageError
from tests.skymovie.conftest import EPOCHS, USABLE, constant_star, python2_npy, write_supernova

BINARY = "Blind15A_04_N12_2_1704"
STAR = f"real_obs/real_stamps/EB/{BINARY}_g_stamp.npy"


def of(movies, name):
    """The row of one object, and its images."""
    i = movies.object_id.tolist().index(name)
    return movies.truth.iloc[i], movies.images[i], movies.exposure[i]


def test_a_folder_becomes_movies(hits):
    movies = open_real(hits)
    assert movies.truth["label"].value_counts().to_dict() == {
        "non_variable": 2,
        "rr_lyrae": 2,
        "eclipsing_binary": 2,
        "supernova": 2,
    }
    assert movies.images.dtype == np.float32
    assert movies.images.shape == (8, 6, 21, 21)
    assert movies.origin == (
        "8 real HiTS 2015A movies: 2 non-variable, 2 RR Lyrae, 2 eclipsing binary, 2 supernova"
    )
    assert not movies.stand_in


def test_images_follow_the_simulators_rule(hits):
    movies = open_real(hits)
    assert (movies.exposures.band == "g").all()
    assert (movies.exposures.seeing <= surveys.load("hits").max_seeing).all()
    np.testing.assert_allclose(movies.conditions("mjd"), np.tile(EPOCHS[USABLE], (8, 1)))
    assert (
        movies.exposures.field[movies.exposure] == movies.truth["field"].to_numpy()[:, None]
    ).all()
    assert (movies.truth["n_left_out"] == 2).all()


def test_movies_start_before_the_first_alert(hits):
    # The alerts at 57070.3 (bad seeing) and 57071.2 (r band) are not in the movie.
    truth, _, _ = of(open_real(hits), "SNHiTS15A")
    assert (truth["first_alert"], truth["start"]) == (4, 0)
    movies = open_real(hits)
    assert (movies.truth.loc[movies.truth["label"] != "supernova", "start"] == 0).all()


def test_without_published_fluxes_our_own_decide(hits):
    write_supernova(hits, "SNHiTS15A", np.array([0, 0, 0, 0, 0, 0, 9000, 9000.0]))
    (hits / "real_obs/real_stamps/SNstamps/LC/SNHiTS15A.dat").unlink()
    truth, _, _ = of(open_real(hits), "SNHiTS15A")
    assert truth["first_alert"] == 4


def test_a_supernova_without_alert_is_kept_and_told(hits, capsys):
    truth, _, exposure = of(open_real(hits), "SNHiTS15B")
    assert (truth["first_alert"], truth["start"], (exposure >= 0).sum()) == (-1, 0, 6)
    assert (
        "1 objects kept whole though they never reached an alert (SNHiTS15B)"
        in capsys.readouterr().err
    )


def test_images_come_in_the_order_of_time(hits):
    star = constant_star(8)
    star["stamp"] += np.arange(8, dtype=np.float32)[:, None, None]
    backwards = {k: np.asarray(v)[::-1] for k, v in star.items()}
    (hits / STAR).write_bytes(python2_npy(backwards))
    _, images, _ = of(open_real(hits), BINARY)
    np.testing.assert_array_equal(images[:, 0, 0], 120 + np.flatnonzero(USABLE))


def test_the_nearer_of_two_images_of_one_exposure_is_kept(hits, capsys):
    star = constant_star(8)
    star["time"]["MJD"][1] = EPOCHS[0] + 0.02
    star["stamp"][1] = 777
    (hits / STAR).write_bytes(python2_npy(star))
    _, images, _ = of(open_real(hits), BINARY)
    assert not (images == 777).any()
    assert "1 images of one exposure twice left out" in capsys.readouterr().err


def test_images_without_a_record_are_left_out(hits, capsys):
    star = constant_star(8)
    star["time"]["MJD"][0] -= 0.05
    (hits / STAR).write_bytes(python2_npy(star))
    truth, _, exposure = of(open_real(hits), BINARY)
    assert ((exposure >= 0).sum(), truth["n_left_out"]) == (5, 3)
    assert "1 images without a record left out" in capsys.readouterr().err


def test_objects_without_three_images_are_left_out(hits, capsys):
    (hits / STAR).write_bytes(python2_npy(constant_star(3)))
    for record in (hits / "real_obs/Blind15A_info").glob("Blind15A_05*"):
        record.unlink()
    movies = open_real(hits)
    assert set(movies.truth["field"]) == {"Blind15A_04"}
    assert "eclipsing_binary" not in set(movies.truth["label"])
    assert "5 objects left out with fewer than 3 such images" in capsys.readouterr().err


def test_masked_pixels_are_filled_and_counted(hits):
    star = constant_star(8)
    star["stamp"][0, 3, 3] = 9.998e7
    star["stamp"][1, 10, 10] = -9999
    star["stamp"][3] = -9999
    (hits / STAR).write_bytes(python2_npy(star))
    movies = open_real(hits)
    row = movies.object_id.tolist().index(BINARY)
    assert movies.truth["n_masked"].tolist() == [2 if i == row else 0 for i in range(8)]
    assert (movies.images[row, :, 3, 3] == np.array([120] * 5 + [0])).all()
    assert movies.images[row].min() >= 0
    assert movies.images[row].max() <= 2000
    assert movies.n_images[row] == 5


def test_one_star_in_two_classes_counts_once(hits, capsys):
    twin = (hits / STAR).with_name("Blind15A_04_N12_0_1704_g_stamp.npy")
    (hits / STAR).rename(twin)
    movies = open_real(hits)
    assert len(set(movies.object_id)) == len(movies) == 7
    assert "1 objects left out that are there already" in capsys.readouterr().err


def test_a_second_name_of_one_supernova_is_left_out(hits, capsys):
    write_supernova(hits, "SNHiTS15ba", np.zeros(8))
    assert "SNHiTS15ba" not in open_real(hits).object_id
    assert "SNHiTS15ba = SNHiTS15A" in capsys.readouterr().err


def test_any_part_of_the_layout_will_do(hits):
    shutil.rmtree(hits / "real_obs/real_stamps/SNstamps")
    shutil.rmtree(hits / "real_obs/real_stamps/RRLyrae")
    for path in (hits / "real_obs/real_stamps/EB").iterdir():
        path.unlink()
    movies = open_real(str(hits / "real_obs"))
    assert set(movies.truth["label"]) == {"non_variable"}


def test_a_folder_without_stamps_is_told(hits, tmp_path):
    shutil.rmtree(hits / "real_obs/real_stamps")
    with pytest.raises(UsageError, match=r"expected real movies .* got neither"):
        open_real(hits)
    with pytest.raises(UsageError, match="got no folder"):
        open_real(tmp_path / "absent")
    (hits / "real_obs/real_stamps").mkdir()
    with pytest.raises(UsageError, match="got none that can be used"):
        open_real(hits)


def test_stamps_without_records_are_told(hits):
    shutil.rmtree(hits / "real_obs/Blind15A_info")
    with pytest.raises(UsageError, match="expected exposure records"):
        open_real(hits)


def test_a_truncated_stamp_file_is_named(hits):
    (hits / STAR).write_bytes((hits / STAR).read_bytes()[:5000])
    with pytest.raises(SkymovieError, match=r"Blind15A_04_N12_2_1704_g_stamp\.npy: .* damaged"):
        open_real(hits)


def test_hits_is_where_the_environment_says(hits, monkeypatch, tmp_path):
    monkeypatch.setenv("SKYMOVIE_HITS", str(hits))
    assert len(open_real("hits")) == 8
    monkeypatch.setenv("SKYMOVIE_HITS", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="SKYMOVIE_HITS"):
        open_real("hits")


def test_hits_is_else_in_the_cache(hits, monkeypatch, tmp_path):
    monkeypatch.delenv("SKYMOVIE_HITS", raising=False)
    monkeypatch.setattr(download, "default_folder", lambda: hits)
    assert len(open_real("hits")) == 8
    monkeypatch.setattr(download, "default_folder", lambda: tmp_path / "absent")
    with pytest.raises(UsageError, match="run download-hits"):
        open_real("hits")


def test_a_movie_store_stands_in_with_its_test_part(movies, tmp_path):
    settings = {"survey": movies.survey, "exposures": movies.exposures, "settings": {}}
    store = MovieStore.create(tmp_path / "store", sizes={"test": 14}, stand_in=True, **settings)
    store.write_block("test", 0, movies.images, movies.exposure, movies.truth)
    got = open_real(tmp_path / "store")
    assert got.stand_in
    assert got.object_id.tolist() == movies.object_id.tolist()
    np.testing.assert_array_equal(got.images, movies.images)


def test_the_real_movies(real_hits):
    movies = open_real(real_hits)
    counts = movies.truth["label"].value_counts()
    assert set(counts.index) == {"non_variable", "rr_lyrae", "eclipsing_binary", "supernova"}
    assert (counts > 30).all()
    assert len(set(movies.object_id)) == len(movies)
    assert np.isfinite(movies.images).all()
    assert (np.abs(movies.images) < 1e5).all()
    assert movies.n_images.min() >= 14
    supernovae = movies.truth[movies.truth["label"] == "supernova"]
    assert (supernovae["first_alert"] >= 0).mean() > 0.9
    assert movies.sequences().n_images.min() >= 6


def test_our_own_first_alerts_are_near_the_published_ones(real_hits, tmp_path):
    published = open_real(real_hits).truth
    for folder in ("Blind15A_info", "real_stamps/SNstamps/npy"):
        target = tmp_path / "real_obs" / folder
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to((real_hits / "real_obs" / folder).resolve())
    table = "real_obs/real_stamps/SNstamps/SNHiTS.txt"
    (tmp_path / table).symlink_to((real_hits / table).resolve())
    ours = open_real(tmp_path).truth
    both = published.merge(ours, on="object_id", suffixes=("", "_ours"))
    both = both[(both["first_alert"] >= 0) & (both["first_alert_ours"] >= 0)]
    late = both["first_alert_ours"] - both["first_alert"]
    print(f"own less published first alert of {len(late)} supernovae, images: {late.describe()}")
    assert len(both) > 20
    assert late.abs().median() <= 1


def rewrite(hits, change):
    """Every star's stamps changed by a function; the supernovae are taken away."""
    shutil.rmtree(hits / "real_obs/real_stamps/SNstamps")
    for path in (hits / "real_obs/real_stamps").glob("*/*_g_stamp.npy"):
        content = constant_star(len(EPOCHS))
        change(content)
        path.write_bytes(python2_npy(content))


def noisy(content):
    return content["stamp"] + np.random.default_rng(1).normal(0, 6, content["stamp"].shape)


def sky_subtracted(content):
    content["stamp"] = (noisy(content) - 120).astype(np.float32)


def without_bzero(content):
    content["stamp"] = (np.rint(noisy(content)) - 32768).astype(np.int16)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (sky_subtracted, "6 objects left out without the sky of their exposures"),
        (without_bzero, "6 objects left out whose pixels lie under −1000 ADU"),
    ],
)
def test_stamps_that_are_not_adu_with_sky_are_refused(hits, change, said):
    rewrite(hits, change)
    with pytest.raises(UsageError, match=f"got none that can be used .*{said}"):
        open_real(hits)


def test_one_object_without_sky_is_left_out_by_name(hits, capsys):
    path = next((hits / "real_obs/real_stamps/RRLyrae").glob("*_04_*_g_stamp.npy"))
    content = constant_star(len(EPOCHS))
    sky_subtracted(content)
    path.write_bytes(python2_npy(content))
    movies = open_real(hits)
    assert path.name.removesuffix("_g_stamp.npy") not in movies.object_id
    notes = [line for line in capsys.readouterr().err.splitlines() if "without the sky" in line]
    assert len(notes) == 1
    assert "1 objects left out without the sky" in notes[0]
    assert path.name.removesuffix("_g_stamp.npy") in notes[0]


@pytest.mark.parametrize("mark", [-99, -999, np.nan, "mask"])
def test_bad_pixels_of_other_writers_are_filled(hits, mark):
    def spoil(content):
        if mark == "mask":
            hidden = np.zeros(content["stamp"].shape, bool)
            hidden[:, 3, 4] = True
            content["stamp"] = np.ma.array(content["stamp"].astype(np.int32), mask=hidden)
        else:
            content["stamp"][:, 3, 4] = mark

    rewrite(hits, spoil)
    movies = open_real(hits)
    there = movies.exposure >= 0
    assert (movies.images[there][:, 3, 4] == 120).all()
    assert (movies.truth["n_masked"] == movies.n_images).all()

"""The contact sheet: strips of the right shape, a picture that is one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import surveys
from skymovie.movies import Movies
from skymovie.plots import contact_sheet
from surveys.errors import UsageError
from tests.skymovie.store.test_movie_store import E, exposures


def movies(n: int) -> Movies:
    images = np.random.default_rng(1).integers(100, 140, (n, E, 21, 21), dtype=np.uint16)
    images[:, :, 10, 10] = 3000
    exposure = np.tile(np.arange(E, dtype=np.int32), (n, 1))
    exposure[0, 2:] = -1
    images[0, 2:] = 0
    truth = pd.DataFrame({"object_id": list("abc")[:n], "label": ["galaxy", "asteroid", "galaxy"]})
    return Movies(images, exposure, exposures(), truth, surveys.load("hits"), "three movies")


def test_strip_leaves_missing_images_blank():
    strip = contact_sheet.strip(movies(3), 0, 4)
    assert strip.shape == (21, 4 * 22)
    assert np.isfinite(strip[:, :21]).all()
    assert np.isnan(strip[:, 44:]).all()
    assert strip[10, 10] == strip[:, :21].max()


def test_the_first_alert_is_among_the_images_shown():
    some = movies(3)
    late = some.truth.assign(first_alert=[-1, 1, -1])
    assert contact_sheet.shown(replace(some, truth=late), 1, 2).tolist() == [1, E - 1]
    assert contact_sheet.shown(some, 1, 2).tolist() == [0, E - 1]
    assert contact_sheet.shown(some, 1, 99).tolist() == list(range(E))


def test_a_class_of_ones_own_is_shown_too(tmp_path):
    some = movies(3)
    named = replace(some, truth=some.truth.assign(label=["galaxy", "tidal_disruption", "blazar"]))
    contact_sheet.draw(named, tmp_path / "own.png")
    contact_sheet.draw(named, tmp_path / "again.png")
    contact_sheet.draw(named.select(np.array([0])), tmp_path / "galaxy.png")
    assert (tmp_path / "own.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert height(tmp_path / "own.png") > height(tmp_path / "galaxy.png")
    assert contact_sheet.title_of("tidal_disruption") == "tidal disruption"


def test_a_gallery_has_two_rows_a_pair(tmp_path):
    some = movies(3)
    contact_sheet.gallery(some, some, tmp_path / "three.png")
    contact_sheet.gallery(some, some, tmp_path / "two.png", per_class=1)
    rows = contact_sheet.ROW * 110
    assert 2 * rows < height(tmp_path / "three.png") - height(tmp_path / "two.png") < 3 * rows
    assert height(tmp_path / "two.png") > 4 * rows


def test_a_gallery_shows_twins_alone(tmp_path):
    some = movies(3)
    with pytest.raises(UsageError, match="expected a matched simulation of each of 3 movies"):
        contact_sheet.gallery(some, some.select(np.array([1, 0, 2])), tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def height(path) -> int:
    with Image.open(path) as picture:
        return picture.height


def test_draws_a_picture(tmp_path):
    contact_sheet.draw(movies(3), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.format == "PNG"
        assert picture.width == 1210
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]

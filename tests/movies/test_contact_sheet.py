"""The contact sheet: strips of the right shape, a picture that is one."""

import numpy as np
import pandas as pd
from PIL import Image

import surveys
from movies import contact_sheet
from movies.movie import Movies
from tests.movies.test_store import E, exposures


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


def test_draws_a_picture(tmp_path):
    contact_sheet.draw(movies(3), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.format == "PNG"
        assert picture.width == 1210
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]

"""The picture of objects: what it tells, and that it is one."""

import numpy as np
import pandas as pd
from PIL import Image

from skymovie.plots import object_picture


def test_a_picture_grows_with_its_objects(render, tmp_path):
    movies = render(np.full((3, 12), 20.0), np.random.default_rng(1))
    object_picture.draw(movies, tmp_path / "three.png")
    object_picture.draw(movies.select(np.array([1])), tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as one, Image.open(tmp_path / "three.png") as three:
        assert three.height - one.height == 2 * 100 * object_picture.BLOCK
        assert one.width == three.width == 100 * object_picture.WIDTH
    assert {p.name for p in tmp_path.iterdir()} == {"one.png", "three.png"}


def test_faint_short_and_alerted_movies_are_drawn(render, tmp_path):
    magnitude = np.full((2, 12), 35.0)
    magnitude[1, 3:] = 21.0
    movies = render(magnitude, np.random.default_rng(1), label=np.array(["asteroid", "own_class"]))
    movies.exposure[0, 3:] = -1
    movies.truth["first_alert"] = [0, 3]
    movies.truth["start"] = [0, 1]
    object_picture.draw(movies, tmp_path / "movies.png")
    assert (tmp_path / "movies.png").stat().st_size > 10_000
    assert [m[2] for m in object_picture._marks(movies, 0)] == ["first alert = start"]
    assert [m[0] for m in object_picture._marks(movies, 1)] == [1, 3]


def test_facts_are_rounded_and_have_units():
    entry = pd.Series(
        {
            "object_id": "a",
            "label": "supernova",
            "start": 3,
            "host": np.bool_(True),
            "redshift": 0.2123456,
            "explosion": 57071.56789,
            "mass": 14.0,
            "period": np.nan,
            "subtype": None,
            "template": "",
            "galaxy_disc_radius": 0.5,
            "n_masked": 4,
        }
    )
    assert object_picture.facts(entry) == [
        ("host", "yes"),
        ("redshift", "0.2123"),
        ("explosion", "57071.57 d"),
        ("mass", "14 M☉"),
        ("galaxy disc radius", "0.5 ″"),
        ("n masked", "4"),
    ]

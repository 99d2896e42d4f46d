"""Explanations: the maps peak at what decides the answer, and the pictures are there."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from rcnn import explain
from rcnn.explain import picture as explain_picture
from skymovie import CLASSES
from skymovie.plots.class_colours import COLOURS, MARKERS
from surveys.errors import UsageError

SUPERNOVA = CLASSES.index("supernova")


class Watches:
    """Answers "supernova" the surer the brighter one pixel is in one image, else "non-variable"."""

    def __init__(self, image, y, x):
        self.image, self.y, self.x = image, y, x

    def predict(self, movies):
        steps = movies.exposure.shape[1] - 2
        p = np.zeros((len(movies), steps, len(CLASSES)), np.float32)
        sky = movies.conditions("sky")[:, self.image]
        light = movies.images[:, self.image, self.y, self.x] - sky
        sure = 1 / (1 + np.exp(-light / 100))
        p[:, :, SUPERNOVA] = sure[:, None]
        p[:, :, 0] = 1 - sure[:, None]
        return p


@pytest.fixture(scope="module")
def movies(toy):
    made = toy(7)
    images = made.images.astype(np.float32)
    images[:, :, 4, 15] += 500  # something off the centre
    return replace(made, images=images, truth=made.truth.assign(start=2))


@pytest.fixture(scope="module")
def found(movies):
    return explain.explain(Watches(4, 4, 15), movies, 3, name="supernova")


def test_maps_peak_at_the_pixel_that_decides(found):
    E, S = int(found.movie.n_images[0]), 21
    assert found.probabilities.shape == (E - 2, len(CLASSES))
    assert found.whole.shape == (S, S)
    assert found.each.shape == (E, S, S)
    y, x = np.unravel_index(found.whole.argmax(), (S, S))
    assert (y, x) == (4, 15)
    image, y, x = np.unravel_index(found.each.argmax(), found.each.shape)
    assert image == 4
    assert max(abs(y - 4), abs(x - 15)) <= explain.STRIDE
    # Where no patch reaches the pixel nothing changes, nor in any other image.
    far = np.maximum(*np.abs(np.indices((S, S)) - [[[4]], [[15]]])) >= found.patch
    np.testing.assert_allclose(found.whole[far], 0, atol=1e-6)
    np.testing.assert_allclose(np.delete(found.each, 4, axis=0), 0, atol=1e-6)
    assert found.whole.max() > 1


def test_what_speaks_for_one_class_speaks_against_the_other(movies, found):
    against = explain.explain(Watches(4, 4, 15), movies, 3, name="non_variable")
    np.testing.assert_allclose(against.whole, -found.whole, atol=1e-3)


def test_without_a_class_the_one_that_is_named_is_explained(movies):
    assert explain.explain(Watches(4, 4, 15), movies, 3).name == "supernova"


def test_an_explanation_depends_on_the_object_alone(movies, found):
    again = explain.explain(Watches(4, 4, 15), movies.select(np.array([5, 3])), 1, name="supernova")
    np.testing.assert_array_equal(again.whole, found.whole)
    np.testing.assert_array_equal(again.each, found.each)


@pytest.mark.parametrize(
    ("size", "side", "stride"), [(21, 5, 1), (21, 5, 3), (20, 3, 3), (9, 7, 2)]
)
def test_patches_reach_every_pixel_and_one_is_centred(size, side, stride):
    masks = explain.patches(size, side, stride)
    assert masks.any(axis=0).all()
    assert masks.sum(axis=(1, 2)).max() == side**2
    c = size // 2
    centred = np.zeros((size, size), bool)
    centred[c - side // 2 : c + side // 2 + 1, c - side // 2 : c + side // 2 + 1] = True
    assert (masks == centred).all(axis=(1, 2)).any()
    np.testing.assert_allclose(explain.spread(np.ones(len(masks)), masks), 1)


def test_what_covers_is_sky_of_the_same_image(movies):
    movie = movies.select(np.array([0])).sequences()
    sky = explain._sky(movie)
    for image, drawn in zip(movie.images[0], sky, strict=True):
        frame = np.r_[
            image[:2].ravel(), image[-2:].ravel(), image[:, :2].ravel(), image[:, -2:].ravel()
        ]
        assert np.isin(drawn, frame).all()
    assert sky.dtype == movie.images.dtype


def test_wrong_questions_are_refused(movies):
    model = Watches(4, 4, 15)
    with pytest.raises(UsageError, match=r"class among non_variable, .*; got 'quasar'"):
        explain.explain(model, movies, name="quasar")
    for patch in (1, 4, 21):
        with pytest.raises(UsageError, match=f"odd number of pixels from 3 to 20, got {patch}"):
            explain.explain(model, movies, patch=patch)
    exposure = movies.exposure.copy()
    exposure[:, 4:] = -1
    short = replace(movies, exposure=exposure)
    with pytest.raises(UsageError, match="toy0: expected at least 3 images to classify, got 2"):
        explain.explain(model, short)


def test_a_picture_is_made_whole(found, tmp_path):
    explain_picture.draw(found, tmp_path / "toy.png")
    with Image.open(tmp_path / "toy.png") as picture:
        assert picture.width > picture.height > 600
    assert [p.name for p in tmp_path.iterdir()] == ["toy.png"]


def test_short_faint_and_unnamed_movies_are_drawn(movies, tmp_path):
    images = movies.images.copy()
    images[0] = 100  # no noise at all
    exposure = movies.exposure.copy()
    exposure[0, 5:] = -1
    truth = movies.truth.assign(label="own_class", first_alert=3, magnitude=22.0)
    made = explain.explain(
        Watches(1, 4, 15), replace(movies, images=images, exposure=exposure, truth=truth)
    )
    assert len(made.each) == 3
    explain_picture.draw(made, tmp_path / "short.png")
    assert (tmp_path / "short.png").stat().st_size > 20_000


def test_every_class_has_a_colour_and_a_marker_of_its_own():
    assert list(COLOURS) == list(MARKERS) == list(CLASSES)
    assert len(set(COLOURS.values())) == len(set(MARKERS.values())) == len(CLASSES)

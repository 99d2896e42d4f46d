"""What pictures of one movie image by image have in common."""

from dataclasses import replace

import numpy as np
import pytest

from skymovie import CLASSES
from skymovie.plots import image_by_image


@pytest.fixture
def movie(render):
    """A supernova of twelve images that is not there in the first five."""
    magnitude = np.where(np.arange(12) < 5, 40.0, 21.0)[None]
    made = render(magnitude, np.random.default_rng(1), "supernova")
    return replace(made, truth=made.truth.assign(first_alert=5))


@pytest.fixture
def axis():
    from matplotlib.figure import Figure

    return Figure().subplots()


def test_runs_of_one_answer():
    assert image_by_image.runs(np.array([4, 4, 2, 4])) == [(0, 2, 4), (2, 3, 2), (3, 4, 4)]
    assert image_by_image.runs(np.array([1])) == [(0, 1, 1)]


def test_stamps_of_a_constant_star_look_alike_whatever_the_zero_point(movie):
    pictures = image_by_image.calibrated(movie)
    dim = replace(
        movie, exposures=replace(movie.exposures, zero_point=movie.exposures.zero_point - 1.0)
    )
    np.testing.assert_allclose(image_by_image.calibrated(dim), pictures)
    assert pictures.shape == (12, 21, 21)


def test_nights_begin_where_images_are_hours_apart(movie):
    mjd = movie.conditions("mjd")[0]
    begins = [image for image, _ in image_by_image.nights(movie)]
    assert begins == [0, *(k for k in range(1, 12) if mjd[k] - mjd[k - 1] > 0.4)]
    assert image_by_image.nights(movie)[1][1] == f"+{mjd[begins[1]] - mjd[0]:.0f} d"


def test_images_before_the_explosion_are_drawn_hollow(movie, axis):
    image_by_image.light_curve(axis, movie)
    full, hollow = axis.containers
    assert set(full[0].get_xdata()) >= set(range(6, 13))
    assert set(hollow[0].get_xdata()) <= set(range(1, 6))
    assert axis.yaxis_inverted()


def test_every_class_has_its_curve_and_changes_are_ruled(axis):
    p = np.full((10, len(CLASSES)), 0.05)
    p[:4, 0], p[4:, 4] = 0.7, 0.7
    image_by_image.answers(axis, p, "supernova")
    curves = [line for line in axis.lines if len(line.get_xdata()) == 10]
    assert len(curves) == len(CLASSES)
    (change,) = (line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 2)
    assert change == 6.5


def test_the_band_names_each_stretch(axis):
    image_by_image.named_band(axis, np.array([0, 0, 4, 4, 4, 4, 4, 4]))
    spans = [(bar.get_x(), bar.get_width()) for bar in axis.patches]
    assert spans == [(2.5, 2), (4.5, 6)]

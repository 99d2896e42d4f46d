from dataclasses import replace

import numpy as np
import pytest

from surveys.psf.moffat import stamps
from surveys.psf.profile import WING_BETA, WING_SHARE, PsfShape


def profile(fwhm=4.0, beta=3.5, ellipticity=0.0, angle=0.0) -> PsfShape:
    return PsfShape(*(np.array([float(v)]) for v in (fwhm, beta, ellipticity, angle)))


def stamp(shape: PsfShape, x=0.0, y=0.0, size=21):
    return stamps(shape, np.array([x]), np.array([y]), size)[0].astype(float)


@pytest.mark.parametrize("ellipticity", [0.0, 0.4])
def test_flux_in_the_stamp_is_that_of_the_closed_form(ellipticity):
    # Of a round Moffat, 1 − (1 + r²/α²)^(1−β) lies within r; a 201-pixel square holds nearly all.
    shape = profile(ellipticity=ellipticity)
    core = (1 + (100.5 / shape.alpha[0]) ** 2) ** (1 - 3.5)
    wing = (1 + (100.5 / shape.wing_alpha[0]) ** 2) ** (1 - WING_BETA)
    outside = (1 - WING_SHARE) * core + WING_SHARE * wing
    assert 1 - stamp(shape, size=201).sum() == pytest.approx(0, abs=2 * outside + 1e-5)
    assert 1 - stamp(shape, size=201).sum() > 0.3 * outside


def test_x_is_the_column_and_y_the_row():
    image = stamp(profile(), x=2.0, y=-3.0, size=61)
    assert np.unravel_index(image.argmax(), image.shape) == (27, 32)
    rows, columns = np.indices(image.shape) - 30.0
    assert (columns * image).sum() / image.sum() == pytest.approx(2, abs=0.05)
    assert (rows * image).sum() / image.sum() == pytest.approx(-3, abs=0.05)


def test_the_long_axis_points_where_the_angle_says():
    image = stamp(profile(ellipticity=0.3, angle=np.pi / 4))
    rows, columns = np.indices(image.shape) - 10
    assert (rows * columns * image).sum() > 0
    along = stamp(profile(ellipticity=0.3))
    assert along[10, 14] > along[14, 10]
    assert stamp(profile(ellipticity=0.3, angle=np.pi / 2)) == pytest.approx(along.T, abs=1e-7)


def test_symmetries():
    image = stamp(profile(ellipticity=0.3, angle=0.4), x=0.3, y=-0.2)
    turned = stamp(profile(ellipticity=0.3, angle=0.4), x=-0.3, y=0.2)
    assert turned == pytest.approx(image[::-1, ::-1], abs=1e-7)
    mirrored = stamp(profile(ellipticity=0.3, angle=-0.4), x=0.3, y=0.2)
    assert mirrored == pytest.approx(image[::-1], abs=1e-7)


def test_a_whole_pixel_shift_moves_the_image():
    assert stamp(profile(), x=1.0)[:, 1:] == pytest.approx(stamp(profile())[:, :-1], abs=1e-7)


def test_coma_and_trefoil_move_the_light_and_not_its_centroid():
    plain = profile(ellipticity=0.2, angle=0.4)
    values = (2.0, -1.0, 0.5, 0.7)
    names = ("coma_x", "coma_y", "trefoil_x", "trefoil_y")
    optics = {name: np.array([v]) for name, v in zip(names, values, strict=True)}
    star = replace(plain, **optics)
    image, without = stamp(star, size=61), stamp(plain, size=61)
    assert image.sum() == pytest.approx(without.sum(), abs=2e-3)
    rows, columns = np.indices(image.shape) - 30.0
    inner = np.hypot(rows, columns) < 25
    assert (columns * image)[inner].sum() == pytest.approx(0, abs=0.04)
    assert (rows * image)[inner].sum() == pytest.approx(0, abs=0.04)
    spread = ((rows**2 + columns**2) * (image - without))[inner].sum()
    assert spread > 1.0  # pixels²

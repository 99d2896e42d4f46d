import numpy as np
import pytest

import surveys
from surveys.psf.profile import DEFOCUS, INNER, LOBES, STRETCH, WING_SHARE, WING_SHIFT, PsfShape

SEEING = np.array([1.06, 1.34, 1.90])


@pytest.fixture(scope="module")
def model():
    return surveys.load("hits").psf


def test_the_logged_seeing_is_not_the_fwhm(model):
    shape = model.expected(SEEING, 0.27)
    assert shape.fwhm * 0.27 == pytest.approx(0.944 * SEEING - 0.224)
    assert (shape.fwhm * 0.27 / SEEING < 0.9).all()
    assert (shape.ellipticity == 0).all()
    assert shape.beta == pytest.approx([4.9] * 3)


def test_half_the_maximum_lies_at_half_the_fwhm():
    shape = PsfShape(*map(np.array, (4.0, 3.0, 0.0, 0.0)))
    assert (1 + (2.0 / shape.alpha) ** 2) ** -3.0 == pytest.approx(0.5)


@pytest.fixture
def aberrated():
    rng = np.random.default_rng(2)
    coma_x, coma_y, trefoil_x, trefoil_y = rng.normal(0, 1, (4, 4, 3))
    one = np.ones((4, 3))
    ellipticity, angle = rng.uniform(0, 0.3, (4, 3)), rng.uniform(0, np.pi, (4, 3))
    optics = coma_x, coma_y, trefoil_x, trefoil_y
    return PsfShape(4 * one, 4 * one, ellipticity, angle, *optics)


def rays(shape):
    """Places x + iy of the rays alone, shape (..., 16), about their own mean."""
    _, x, y = shape.points
    at = (x + 1j * y)[..., : -1 - LOBES.shape[1]]
    return at - at.mean(axis=-1, keepdims=True)


def test_points_are_a_star_about_its_centroid(aberrated):
    shares, x, y = aberrated.points
    assert shares.sum() == pytest.approx(1)
    assert shares[-1] == WING_SHARE
    assert x.shape == y.shape == (4, 3, len(shares))
    np.testing.assert_allclose(x @ shares, 0, atol=1e-12)
    np.testing.assert_allclose(y @ shares, 0, atol=1e-12)


def test_lobes_and_wing_stand_beside_the_rays(aberrated):
    _, x, y = aberrated.points
    at = x + 1j * y
    centre = at[..., :16].mean(axis=-1)
    lobes = at[..., 16:-1] - centre[..., None]
    np.testing.assert_allclose(lobes, np.broadcast_to(LOBES[1] + 1j * LOBES[2], lobes.shape))
    shift = WING_SHIFT * (aberrated.coma_x + 1j * aberrated.coma_y)
    np.testing.assert_allclose(at[..., -1] - centre, shift)


def wavefront(pupil, shape):
    """Its height over the sphere, at points x + iy of the pupil; slopes are pixels."""
    g = shape.ellipticity / (2 - shape.ellipticity) * np.exp(2j * shape.angle)
    coma, trefoil = shape.coma_x + 1j * shape.coma_y, shape.trefoil_x + 1j * shape.trefoil_y
    back = np.conj(pupil)
    focus = np.abs(pupil) ** 2 + STRETCH * (g * back**2).real
    return (
        DEFOCUS / 2 * focus + np.abs(pupil) ** 2 * (coma * back).real + (trefoil * back**3 / 3).real
    )


def test_rays_fall_where_the_slopes_of_the_wavefront_send_them(aberrated):
    one = aberrated.select((1, 2))
    square = INNER**2 + (1 - INNER**2) * np.array([0.25, 0.75])
    pupil = np.sqrt(square)[:, None] * np.exp(2j * np.pi * (np.arange(8) + 0.5) / 8)
    h = 1e-5
    along_x, along_y = (
        (wavefront(pupil + step, one) - wavefront(pupil - step, one)) / (2 * h)
        for step in (h, 1j * h)
    )
    slopes = (along_x + 1j * along_y).ravel()
    np.testing.assert_allclose(rays(one), slopes - slopes.mean(), atol=1e-8)


def test_the_expected_profile_is_one_core_and_its_wing(model):
    shares, x, y = model.expected(SEEING, 0.27).points
    np.testing.assert_array_equal(shares, [1 - WING_SHARE, WING_SHARE])
    assert x.shape == y.shape == (3, 2)
    assert not x.any()
    assert not y.any()

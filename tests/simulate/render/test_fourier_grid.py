"""Nodes of the Fourier integral: what they must integrate, and when there must be more of them."""

import numpy as np
import pytest

from simulate.render import fourier_grid


@pytest.mark.parametrize(("box", "finest"), [(30.0, np.inf), (25.0, 0.02), (60.0, 0.001)])
def test_the_nodes_integrate_a_gaussian(box, finest):
    k, weight = fourier_grid._nodes(box, finest, 120)
    assert k[0] == 0
    assert (np.diff(k) > 0).all()
    np.testing.assert_allclose(fourier_grid._position(k, box, finest), np.arange(120), atol=1e-9)
    for x in (0.0, 3.0, 10.0):  # ∫ exp(−2 k²) cos(kx) dk from 0 to ∞
        exact = np.sqrt(np.pi / 8) * np.exp(-(x**2) / 8)
        ours = (weight * np.exp(-2 * k**2) * np.cos(k * x)).sum()
        assert ours == pytest.approx(exact, abs=1e-4)


def test_a_stamp_of_modes():
    shared = fourier_grid.modes(15, 19, 3, 12)
    x_squared, product, y_squared = shared.waves.reshape(3, 12, 2, 12)  # [ky, sign, kx]
    np.testing.assert_array_equal(product[:, 1], -product[:, 0])
    np.testing.assert_allclose(product**2, x_squared * y_squared, rtol=1e-5)
    np.testing.assert_array_equal(x_squared[0, 0], y_squared[:, 0, 0])
    along_x = shared.along_x.reshape(2, 2, 12, 15)  # [q, sign, kx, x]
    along_y = shared.along_y.reshape(15, 2, 2, 12)  # [y, q, a, ky]
    k, pixel = np.sqrt(x_squared[0, 0]), np.arange(15) - 7
    weight = along_x[0, 0, :, 7]  # the cosine in the middle is 1
    for sign, a in np.ndindex(2, 2):
        waves = np.einsum("yqi,qjx->yxij", along_y[:, :, a], along_x[:, sign])
        angle_x = (1 - 2 * sign) * k * pixel[:, None, None]
        angle = k[:, None] * pixel[:, None, None, None] + angle_x - a * np.pi / 2
        expected = np.outer(weight, weight) * np.cos(angle)
        np.testing.assert_allclose(waves, expected, atol=1e-5 * weight.max() ** 2)


def classes(fwhm=4.0, beta=3.8, q=1.0, reach=0.5, radius=None):
    one = np.ones(1)
    alpha = fwhm / (2 * np.sqrt(2 ** (1 / beta) - 1))
    size = None if radius is None else radius * one
    return fourier_grid.classes(21, alpha * one, beta * one, q * one, reach * one, size)[:, 0]


def test_who_needs_more_modes():
    box, finest, count = classes()
    assert finest == 0
    assert classes(fwhm=2.2)[2] > count  # sharp
    assert classes(fwhm=9.0)[0] > box  # wide
    assert classes(q=0.7)[2] > count  # elongated
    assert classes(reach=15.0)[0] > box  # at the edge
    small, large = classes(radius=0.5), classes(radius=40.0)
    assert large[1] > small[1] > 0
    assert large[2] > small[2] > count
    assert large[2] < 60

import numpy as np

from simulate.light_curves import contact_binaries

PHASE = np.linspace(0, 1, 401)


def curve(amplitude, contact, inequality):
    args = (np.array([v]) for v in (amplitude, contact, inequality))
    return contact_binaries.light_curve(2 * np.pi * PHASE[None], *args)[0]


def test_the_deeper_minimum_has_the_wanted_depth():
    for amplitude in (0.05, 0.3, 0.8):
        for contact in (0.01, 0.99):
            for inequality in (0.01, 0.99):
                m = curve(amplitude, contact, inequality)
                np.testing.assert_allclose(m[0], amplitude, rtol=1e-9)
                assert m.argmax() in (0, 400)
                assert abs(m[100]) < 1e-12  # zero at quadrature
                assert m.min() > -0.03


def test_minima_are_equal_only_without_inequality():
    np.testing.assert_allclose(curve(0.5, 0.5, 0.0)[200], 0.5)
    assert 0.3 < curve(0.5, 0.5, 1.0)[200] < 0.47


def test_light_never_stands_still():
    # Contact binaries vary all the time: some light is lost an eighth of a turn from mid-eclipse.
    assert curve(0.6, 0.5, 0.2)[50] > 0.1

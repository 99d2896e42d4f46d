"""What a rendered image must be whatever the PSF: of the right flux, place and symmetry."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate import fourier_renderer
from tests.simulate import scenes


def one_star(fwhm, beta, x, y, flux):
    scene = scenes.stars(np.random.default_rng(0), 1, 1)
    psf = replace(
        scene.psf,
        fwhm=np.array([[fwhm]]),
        beta=np.array([[beta]]),
        ellipticity=np.zeros((1, 1)),
    )
    return replace(
        scene,
        psf=psf,
        x=np.array([[x]]),
        y=np.array([[y]]),
        flux=np.array([[flux]]),
        sky=np.zeros((1, 1)),
    )


@settings(max_examples=40, deadline=None)
@given(
    fwhm=st.floats(2.5, 5.0),
    beta=st.floats(3.0, 6.0),
    x=st.floats(-0.5, 0.5),
    y=st.floats(-0.5, 0.5),
)
def test_flux_and_centroid(fwhm, beta, x, y):
    image = fourier_renderer.expected(one_star(fwhm, beta, x, y, 1e4), 41)[0, 0].astype(float)
    total = image.sum()
    offset = np.arange(41) - 20
    assert 0.96e4 < total < 1.002e4
    np.testing.assert_allclose((image.sum(axis=0) * offset).sum() / total, x, atol=0.06)
    np.testing.assert_allclose((image.sum(axis=1) * offset).sum() / total, y, atol=0.06)


def test_mirrored_source_gives_mirrored_image():
    right = fourier_renderer.expected(one_star(3.5, 3.5, 0.4, 0.1, 1e4), 21)[0, 0]
    left = fourier_renderer.expected(one_star(3.5, 3.5, -0.4, 0.1, 1e4), 21)[0, 0]
    np.testing.assert_allclose(right, left[:, ::-1], atol=0.05)


def test_no_image_stays_empty():
    scene = scenes.stars(np.random.default_rng(5), 2, 3)
    present = np.array([[True, True, False], [True, False, False]])
    out = fourier_renderer.expected(replace(scene, present=present), 21)
    assert (out[~present] == 0).all()
    assert (out[present].min(axis=(1, 2)) > 110).all()


def test_galaxies_add_to_their_own_object_alone():
    rng = np.random.default_rng(6)
    scene = scenes.stars(rng, 3, 2)
    hosted = replace(scene, galaxies=scenes.galaxies(rng, np.array([1]), 2))
    difference = fourier_renderer.expected(hosted, 21) - fourier_renderer.expected(scene, 21)
    assert np.abs(difference[[0, 2]]).max() == 0
    assert difference[1].sum(axis=(1, 2)).min() > 100

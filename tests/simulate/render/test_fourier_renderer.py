"""What a rendered image must be whatever the PSF: of the right flux, place and symmetry."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.render import fourier_renderer
from simulate.render.backends import NUMPY
from tests.simulate.render import scenes


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
    # Some of the wing is outside; the stars of the repeated boxes lend a level of 1e-4 of the peak.
    assert 0.96e4 < total < 1.006e4
    assert abs(image[[0, 0, -1, -1], [0, -1, 0, -1]]).max() < 5e-4 * image.max()
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


def same(a, b):
    np.testing.assert_array_equal(a, b)


def test_an_image_is_the_same_to_the_last_bit_whatever_is_drawn_with_it():
    scene = scenes.everything(np.random.default_rng(7), 30, 3)
    together = fourier_renderer.expected(scene, 21)
    for rows in ([17], [3, 4, 5], list(range(20, 30))):
        same(fourier_renderer.expected(some(scene, rows), 21), together[rows])


def some(scene, rows):
    """The objects of a scene that stand in these rows."""

    def custom_models(part):
        kept = np.flatnonzero(np.isin(part.row, rows))
        chosen = {name: getattr(part, name)[kept] for name in part.__annotations__}
        return type(part)(**chosen | {"row": np.searchsorted(rows, part.row[kept])})

    arrays = {name: getattr(scene, name)[rows] for name in ("present", "flux", "x", "y", "sky")}
    return replace(
        scene,
        **arrays,
        psf=scene.psf.select(rows),
        galaxies=custom_models(scene.galaxies),
        neighbours=custom_models(scene.neighbours),
    )


def test_small_batches_draw_the_same():
    scene = scenes.everything(np.random.default_rng(8), 10, 3)
    few = replace(NUMPY, batch=2000)
    same(fourier_renderer.expected(scene, 21, few), fourier_renderer.expected(scene, 21))


def test_neighbours_are_stars_like_any_other():
    rng = np.random.default_rng(9)
    scene = scenes.stars(rng, 2, 3)
    near = scenes.neighbours(rng, np.array([1, 1]), 3)
    sky = scene.sky[..., None, None]
    added = fourier_renderer.expected(replace(scene, neighbours=near), 21) - sky
    alone = fourier_renderer.expected(scene, 21) - sky
    same(added[0], alone[0])
    for m in range(2):
        moved = replace(
            scene, x=scene.x + near.dx[m], y=scene.y + near.dy[m], flux=near.flux[[m, m]]
        )
        alone[1] += (fourier_renderer.expected(moved, 21) - sky)[1]
    np.testing.assert_allclose(added[1], alone[1], atol=0.3)  # ADU, of peaks of 10,000


def test_coma_leaves_the_centroid_and_skews_the_image():
    round_star = one_star(4.0, 4.5, 0.0, 0.0, 1e5)
    coma = replace(round_star.psf, coma_x=np.array([[1.5]]), coma_y=np.array([[0.0]]))
    image = fourier_renderer.expected(replace(round_star, psf=coma), 61)[0, 0].astype(float)
    offset = np.arange(61) - 30.0
    along, across = image.sum(axis=0), image.sum(axis=1)
    plain = fourier_renderer.expected(round_star, 61)[0, 0].astype(float)
    for seen, without in ((along, plain.sum(axis=0)), (across, plain.sum(axis=1))):
        centroid, expected = ((v * offset).sum() / v.sum() for v in (seen, without))
        assert centroid == pytest.approx(expected, abs=0.01)
    inner = np.abs(offset) < 9
    skew_x, skew_y = ((offset**3 * light)[inner].sum() / image.sum() for light in (along, across))
    assert skew_x > 0.2
    assert abs(skew_y) < 0.2 * skew_x


def test_nothing_but_sky():
    scene = scenes.stars(np.random.default_rng(10), 2, 2)
    dark = replace(scene, flux=np.zeros((2, 2)))
    assert (fourier_renderer.expected(dark, 21) == 120).all()

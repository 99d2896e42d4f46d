"""Statistics of single stamps: of made-up skies and of stars whose shape is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve

from skymovie.measure import stamp_statistics
from skymovie.measure.stamp_statistics import BORDER, measure
from surveys.psf import moffat, profile
from surveys.psf.profile import FWHM_OF_SIGMA, PsfShape
from tests.skymovie.single_stamps import HITS, SKY, single_stamps

CAMERA = HITS.camera
SIZE = CAMERA.stamp_size
NOISE = np.sqrt(CAMERA.variance(SKY))


@pytest.fixture(autouse=True)
def no_lobe(monkeypatch):
    """Stars that are as symmetric as a test says: what is tested is the measure."""
    monkeypatch.setattr(profile, "LOBES", profile.LOBES * [[0], [1], [1]])


def star(coma=(0.0, 0.0), ellipticity=0.0, angle=0.0, place=(0.11, 0.07), fwhm=3.7, flux=1e5):
    """One star above the sky, without noise; shape (1, SIZE, SIZE)."""
    values = [np.array([v]) for v in (fwhm, 4.0, ellipticity, angle, *coma)]
    x, y = np.array(place)[:, None]
    return SKY + flux * moffat.stamps(PsfShape(*values), x, y, SIZE).astype(float)


def one(image, **logged):
    return measure(single_stamps(image, **logged)).iloc[0]


@pytest.mark.parametrize("ellipticity", [0.0, 0.25])
@pytest.mark.parametrize("place", [(0.0, 0.0), (0.4, -0.3)])
def test_symmetric_stars_have_no_skewness(ellipticity, place):
    found = one(star(ellipticity=ellipticity, angle=0.7, place=place))
    assert found["x"] == pytest.approx(place[0], abs=1e-3)
    assert found["y"] == pytest.approx(place[1], abs=1e-3)
    assert abs(found["skew_x"]) < 1e-4
    assert abs(found["skew_y"]) < 1e-4


@pytest.mark.parametrize("sign", [-1, 1])
def test_coma_skews_towards_the_displaced_light(sign):
    along_x, along_y = one(star(coma=(2.0 * sign, 0.0))), one(star(coma=(0.0, 2.0 * sign)))
    assert sign * along_x["skew_x"] > 0.01
    assert abs(along_x["skew_y"]) < 2e-4
    assert along_y["skew_y"] == pytest.approx(along_x["skew_x"], rel=0.01)
    assert abs(along_y["skew_x"]) < 2e-4


def test_more_coma_skews_more():
    skews = [one(star(coma=(reach, 0.0)))["skew_x"] for reach in (0.5, 1.0, 2.0, 3.0)]
    assert (np.diff(skews) > 0).all()


@pytest.mark.parametrize(
    ("angle", "e1", "e2"),
    [(0.0, 1, 0), (np.pi / 4, 0, 1), (np.pi / 2, -1, 0), (3 * np.pi / 4, 0, -1)],
)
def test_ellipticity_has_the_sign_of_its_axis(angle, e1, e2):
    found = one(star(ellipticity=0.2, angle=angle))
    assert found["ellipticity"] == pytest.approx(np.hypot(found["e1"], found["e2"]))
    size = found["ellipticity"]
    assert 0.1 < size < 0.25
    assert found["e1"] == pytest.approx(e1 * size, abs=2e-3)
    assert found["e2"] == pytest.approx(e2 * size, abs=2e-3)


def test_brightness_changes_no_moment():
    faint, bright = one(star(flux=1e4)), one(star(flux=1e5))
    shape = ["x", "y", "width", "e1", "e2", "kurtosis", "skew_x", "skew_y", "concentration"]
    np.testing.assert_allclose(
        faint[shape].to_numpy(float), bright[shape].to_numpy(float), atol=1e-5
    )


def test_signal_is_that_of_the_light_over_the_noise_under_the_weight():
    noise = np.random.default_rng(6).normal(0, 3 * NOISE, (1, SIZE, SIZE))
    faint, bright = one(star(flux=2e4) + noise), one(star(flux=4e4) + noise)
    assert bright["signal"] - faint["signal"] == pytest.approx(np.log10(2), abs=0.03)
    # Σ w² is the integral of exp(−r²/σ²), π σ².
    sigma = bright["width"] * HITS.psf.fwhm(1.3) / CAMERA.pixel_scale / FWHM_OF_SIGMA
    at = np.arange(SIZE) - (SIZE - 1) / 2
    X, Y = np.meshgrid(at - bright["x"], at - bright["y"])
    weight = np.exp(-0.5 * (X**2 + Y**2) / sigma**2)
    light = (weight * (star(flux=4e4)[0] - SKY)).sum()
    expected = np.log10(light / (3 * NOISE * np.sqrt(np.pi) * sigma))
    assert bright["signal"] == pytest.approx(expected, abs=0.05)


def test_width_is_over_that_of_the_logged_seeing():
    image = star()
    good, bad = one(image, seeing=1.1), one(image, seeing=1.6)
    assert good["width"] * HITS.psf.fwhm(1.1) == pytest.approx(
        bad["width"] * HITS.psf.fwhm(1.6), rel=1e-4
    )


def test_concentration_is_the_light_in_the_core():
    sharp, wide = one(star(fwhm=2.5)), one(star(fwhm=5.0))
    assert wide["concentration"] < sharp["concentration"] < 1
    at = np.arange(SIZE) - (SIZE - 1) / 2
    disc = SKY + 1000.0 * (np.hypot(*np.meshgrid(at, at)) < 7)
    disc += star(place=(0.11, 0.07), flux=1e5)[0] - SKY
    found = one(disc[None])
    radius = np.hypot(*np.meshgrid(at - found["x"], at - found["y"]))
    light = disc - np.median(np.r_[disc[:BORDER].ravel(), disc[-BORDER:].ravel()])
    core, halo = (light[radius < r].sum() for r in (stamp_statistics.CORE, stamp_statistics.HALO))
    assert found["concentration"] == pytest.approx(core / halo, rel=1e-2)


def test_skies_of_white_noise_are_as_expected():
    rng = np.random.default_rng(7)
    n = 600
    found = measure(single_stamps(rng.normal(SKY, NOISE, (n, SIZE, SIZE))))
    pixels = SIZE**2 - (SIZE - 2 * BORDER) ** 2
    of_median = np.sqrt(np.pi / 2 / pixels)
    assert found["background"].mean() == pytest.approx(0, abs=4 * of_median / np.sqrt(n))
    assert found["background"].std() == pytest.approx(of_median, rel=0.15)
    # The scatter of a median of absolute deviations is 1.17 / √n (Huber 1981, §5.1: 37 % efficient)
    assert found["noise"].mean() == pytest.approx(1, abs=0.02)
    assert found["noise"].std() == pytest.approx(1.17 / np.sqrt(pixels), rel=0.15)
    for axis in "xy":
        assert found[f"correlation_{axis}"].mean() == pytest.approx(0, abs=0.015)
    assert 2 < found["border_tail"].median() < 3.5
    assert found["signal"].median() < 0.5


@pytest.mark.parametrize("offset", [-40.0, 25.0])
def test_a_sky_off_the_log_shows_in_the_background(offset):
    rng = np.random.default_rng(8)
    found = measure(single_stamps(rng.normal(SKY + offset, NOISE, (200, SIZE, SIZE))))
    assert found["background"].mean() == pytest.approx(offset / NOISE, abs=0.04)


def test_noise_beyond_the_sky_shows():
    rng = np.random.default_rng(9)
    found = measure(single_stamps(rng.normal(SKY, 1.5 * NOISE, (200, SIZE, SIZE))))
    assert found["noise"].mean() == pytest.approx(1.5, rel=0.02)


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.0), (0.0, 0.3), (0.5, 0.2), (-0.4, 0.3)])
def test_correlation_is_that_of_the_kernel(a, b):
    rng = np.random.default_rng(10)
    kernel = np.array([[0, 0, 0], [0, 1, a], [0, b, 0]])
    white = rng.standard_normal((400, SIZE + 2, SIZE + 2))
    sky = convolve(white, kernel[None])[:, 1:-1, 1:-1] / np.sqrt((kernel**2).sum())
    found = measure(single_stamps(SKY + NOISE * sky))
    for axis, shift in (("x", (0, 1)), ("y", (1, 0))):
        # Autocorrelation of the kernel at that distance; a·b stands on one diagonal alone.
        moved = np.roll(kernel, shift, (0, 1))
        expected = (kernel * moved).sum() / (kernel**2).sum()
        # Values clipped at 3σ, about a median of 152 pixels: a little less correlated.
        assert found[f"correlation_{axis}"].mean() == pytest.approx(expected, abs=0.02)
    assert found["noise"].mean() == pytest.approx(1, abs=0.03)


def test_a_star_in_the_border_is_the_tail_and_not_the_sky():
    rng = np.random.default_rng(11)
    image = rng.normal(SKY, NOISE, (1, SIZE, SIZE))
    quiet = one(image)
    image[0, 0, 5] = SKY + 50 * NOISE
    found = one(image)
    assert found["border_tail"] == pytest.approx(50, rel=0.2)
    assert found["noise"] == pytest.approx(quiet["noise"], rel=0.05)
    assert abs(found["correlation_x"] - quiet["correlation_x"]) < 0.1


def finite(found, rows):
    assert len(found) == rows
    assert np.isfinite(found.to_numpy(float)).all()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, 1.0, SKY, CAMERA.saturation, 65535.0])
def test_constant_images_are_measured_without_a_warning(value, dtype):
    finite(measure(single_stamps(np.full((2, SIZE, SIZE), value, dtype))), 2)


@pytest.mark.parametrize("what", ["border", "core", "half", "negative", "one pixel"])
def test_saturated_parts_are_measured_without_a_warning(what):
    rng = np.random.default_rng(12)
    image = rng.normal(SKY, NOISE, (1, SIZE, SIZE))
    full = CAMERA.saturation
    if what == "border":
        image[:, :3], image[:, -3:], image[:, :, :3], image[:, :, -3:] = full, full, full, full
    elif what == "core":
        image[:, 5:16, 5:16] = full
    elif what == "half":
        image[:, :, :11] = full
    elif what == "negative":
        image[:, 5:16, 5:16] = -1e4
    else:
        image[0, 10, 10] = full
    finite(measure(single_stamps(image)), 1)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 1.0, 30.0, 3000.0]), st.floats(-1e5, 1e5))
def test_any_image_gives_finite_numbers(seed, noise, flux):
    rng = np.random.default_rng(seed)
    image = star(flux=flux, place=rng.uniform(-9, 9, 2), fwhm=rng.uniform(1.5, 9))
    image = np.clip(image + rng.normal(0, noise, image.shape), 0, CAMERA.saturation)
    finite(measure(single_stamps(image)), 1)


def test_padded_images_are_left_out():
    rng = np.random.default_rng(13)
    movies = single_stamps(rng.normal(SKY, NOISE, (3, SIZE, SIZE)))
    blank = np.zeros((3, 2, SIZE, SIZE))
    padded = replace(
        movies,
        images=np.concatenate([movies.images, blank], axis=1),
        exposure=np.pad(movies.exposure, [(0, 0), (0, 2)], constant_values=-1),
    )
    assert measure(padded).equals(measure(movies))


def test_movies_without_an_image_have_no_rows():
    movies = single_stamps(np.full((2, SIZE, SIZE), SKY))
    found = measure(replace(movies, exposure=np.full((2, 1), -1, np.int32)))
    assert len(found) == 0
    assert list(found.columns) == list(measure(movies).columns)


def test_rows_name_their_image():
    movies = single_stamps(np.concatenate([star(place=(k / 10, 0)) for k in range(4)]))
    several = replace(
        movies,
        images=movies.images.reshape(2, 2, SIZE, SIZE),
        exposure=movies.exposure.reshape(2, 2),
        truth=movies.truth[:2],
    )
    found = measure(several)
    assert found[["object", "image"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    np.testing.assert_allclose(found["x"], np.arange(4) / 10, atol=1e-3)


def test_a_stamp_does_not_depend_on_those_beside_it():
    rng = np.random.default_rng(14)
    images = star() + rng.normal(0, NOISE, (5, SIZE, SIZE))
    together = measure(single_stamps(images))
    alone = measure(single_stamps(images).select(np.array([3])))
    measures = together.columns.drop(["object", "image"])
    np.testing.assert_allclose(
        together.loc[3, measures].astype(float), alone.loc[0, measures].astype(float), rtol=1e-9
    )


def test_what_is_inside_the_border_does_not_tell_of_the_sky():
    rng = np.random.default_rng(15)
    images = rng.normal(SKY, NOISE, (3, SIZE, SIZE))
    of_sky = ["background", "noise", "correlation_x", "correlation_y", "border_tail"]
    quiet = measure(single_stamps(images))
    images[:, BORDER:-BORDER, BORDER:-BORDER] = rng.uniform(0, 3e4, (3, 1, 1))
    assert measure(single_stamps(images))[of_sky].equals(quiet[of_sky])

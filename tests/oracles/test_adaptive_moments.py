"""Our adaptive moments against those of GalSim's HSM (Hirata & Seljak 2003)."""

from dataclasses import replace

import galsim
import numpy as np
import pytest

from skymovie.measure import stamp_statistics
from surveys.psf import moffat
from surveys.psf.profile import FWHM_OF_SIGMA, PsfShape
from tests.skymovie.single_stamps import HITS, SKY, single_stamps

M, SIZE = 60, 21
SHARED = ["x", "y", "width", "e1", "e2", "kurtosis"]


def stars(flux: float, coma: float, rng: np.random.Generator) -> np.ndarray:
    """Mean images of Moffat stars off the centre of their stamps, shape (M, SIZE, SIZE)."""
    shape = PsfShape(
        fwhm=rng.uniform(2.8, 5.0, M),
        beta=rng.uniform(2.5, 6.0, M),
        ellipticity=rng.uniform(0.0, 0.3, M),
        angle=rng.uniform(0, np.pi, M),
    )
    if coma:
        coma_x, coma_y = rng.uniform(-coma, coma, (2, M))
        shape = replace(shape, coma_x=coma_x, coma_y=coma_y)
    x, y = rng.uniform(-0.6, 0.6, (2, M))
    return SKY + flux * moffat.stamps(shape, x, y, SIZE).astype(np.float64)


def theirs(image: np.ndarray, fwhm: float) -> list[float]:
    """The same of one stamp by GalSim, the sky being the median of the border as it is with us."""
    inside = slice(stamp_statistics.BORDER, -stamp_statistics.BORDER)
    edge = np.ones(image.shape, bool)
    edge[inside, inside] = False
    half = (SIZE - 1) // 2
    stamp = galsim.Image(image - np.median(image[edge]), xmin=-half, ymin=-half)
    found = galsim.hsm.FindAdaptiveMom(stamp)
    place, shape = found.moments_centroid, found.observed_shape
    width = FWHM_OF_SIGMA * found.moments_sigma / fwhm
    return [place.x, place.y, width, shape.e1, shape.e2, found.moments_rho4]


def compared(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    movies = single_stamps(images)
    fwhm = HITS.psf.fwhm(movies.exposures.seeing) / HITS.camera.pixel_scale
    ours = stamp_statistics.measure(movies)[SHARED].to_numpy()
    return ours, np.array([theirs(i, f) for i, f in zip(images, fwhm, strict=True)])


@pytest.mark.parametrize("coma", [0.0, 1.5])
def test_without_noise_they_agree(coma):
    ours, hsm = compared(stars(1e5, coma, np.random.default_rng(2)))
    np.testing.assert_allclose(ours, hsm, atol=2e-5)


@pytest.mark.parametrize("flux", [3e3, 1e5])
def test_in_noise_they_agree(flux):
    rng = np.random.default_rng(3)
    mean = stars(flux, 1.0, rng)
    images = np.rint(mean + rng.normal(0, np.sqrt(HITS.camera.variance(mean))))
    ours, hsm = compared(images)
    np.testing.assert_allclose(ours, hsm, atol=2e-3)
    # Not because there was nothing to see: noise moves all of them by more than that.
    quiet, _ = compared(mean)
    assert (np.abs(ours - quiet).max(axis=0) > 4e-3).all()


def test_a_gaussian_has_its_own_moments():
    at = np.arange(SIZE) - (SIZE - 1) / 2
    X, Y = np.meshgrid(at, at)
    a, b, angle = 2.2, 1.6, 0.4
    u = (X - 0.3) * np.cos(angle) + (Y + 0.2) * np.sin(angle)
    v = (Y + 0.2) * np.cos(angle) - (X - 0.3) * np.sin(angle)
    image = SKY + 1e4 * np.exp(-0.5 * ((u / a) ** 2 + (v / b) ** 2))
    movies = single_stamps(image[None])
    found = stamp_statistics.measure(movies).iloc[0]
    fwhm = HITS.psf.fwhm(movies.exposures.seeing[0]) / HITS.camera.pixel_scale
    size = (a**2 - b**2) / (a**2 + b**2)
    assert found["x"] == pytest.approx(0.3, abs=1e-4)
    assert found["y"] == pytest.approx(-0.2, abs=1e-4)
    assert found["width"] * fwhm == pytest.approx(FWHM_OF_SIGMA * np.sqrt(a * b), rel=1e-3)
    assert found["e1"] == pytest.approx(size * np.cos(2 * angle), abs=1e-3)
    assert found["e2"] == pytest.approx(size * np.sin(2 * angle), abs=1e-3)
    assert found["ellipticity"] == pytest.approx(size, abs=1e-3)
    assert found["kurtosis"] == pytest.approx(2, abs=1e-3)
    assert abs(found["skew_x"]) + abs(found["skew_y"]) < 1e-4

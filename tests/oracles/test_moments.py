"""Departures become profiles that have them: measured on noiseless stamps of the renderer."""

from dataclasses import fields, replace

import numpy as np
import pytest

from simulate.render import fourier_renderer
from skymovie.measure import stamp_statistics
from surveys.psf.moments import of_departures, psf_shape
from surveys.psf.profile import PsfShape
from surveys.psf.systematics import COMPONENTS
from tests.simulate.render import scenes
from tests.skymovie.single_stamps import HITS, SKY, single_stamps

N, K, SIZE = 500, len(COMPONENTS), 61
"""A stamp whose border lies beyond the wings: on 21 pixels the measured sky holds some of them."""

MOMENTS = COMPONENTS[:8]
TOLERANCE = {
    "width": 0.10,
    "e1": 0.07,
    "e2": 0.05,
    "kurtosis": 0.11,
    "skew_x": 0.10,
    "skew_y": 0.05,
    "trefoil_x": 0.10,
    "trefoil_y": 0.10,
}
"""Largest r.m.s. difference over the range of the component, from its 5th percentile to its 95th.

Profiles that depart in nothing are off by a third of that range; see below."""


def measured(shape: PsfShape, seeing: np.ndarray) -> np.ndarray:
    """Adaptive moments of stars of these profiles, shape (N, 8)."""
    drawn = scenes.stars(np.random.default_rng(4), len(seeing), 1)
    values = {f.name: getattr(shape, f.name) for f in fields(shape)}
    scene = replace(
        drawn,
        flux=np.full_like(drawn.flux, 1e6),
        sky=np.full_like(drawn.sky, SKY),
        psf=PsfShape(**{k: v[:, None] for k, v in values.items() if v is not None}),
    )
    movies = single_stamps(fourier_renderer.expected(scene, SIZE)[:, 0])
    movies = replace(movies, exposures=replace(movies.exposures, seeing=seeing))
    found = stamp_statistics.measure(movies)
    found["width"] = np.log(found["width"])
    return found[list(MOMENTS)].to_numpy()


@pytest.fixture(scope="module")
def drawn():
    """Moments as the survey has them under a FWHM of 3 to 6 pixels, the seeing that has it."""
    rng = np.random.default_rng(1)
    fwhm = rng.uniform(3, 6, N)
    seeing = (fwhm * HITS.camera.pixel_scale - HITS.psf.intercept) / HITS.psf.slope
    table = HITS.systematics
    # One detector each: the optics of a single one would shift all alike.
    places = np.resize([HITS.camera.detectors.x, HITS.camera.detectors.y], (2, N))
    common = table.common(rng, seeing, rng.uniform(1.0, 1.8, N), *places)
    common = common[np.arange(N), np.arange(N)]
    scores = rng.standard_normal((N, K)), rng.standard_normal((N, 1, K + 1))
    departure = common + table.own(*scores, seeing[:, None], np.hypot(*places))[:, 0]
    return of_departures(departure), fwhm, seeing


@pytest.fixture(scope="module")
def found(drawn):
    departure, fwhm, seeing = drawn
    return measured(psf_shape(departure, fwhm), seeing)


def differences(found: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and r.m.s. difference over the range of each component, and the slope between both."""
    apart = found - wanted
    extent = np.ptp(np.quantile(wanted, [0.05, 0.95], axis=0), axis=0)
    slope = [np.polyfit(w, f, 1)[0] for w, f in zip(wanted.T, found.T, strict=True)]
    return apart.mean(axis=0) / extent, np.sqrt((apart**2).mean(axis=0)) / extent, np.array(slope)


def test_profiles_have_the_moments_that_were_asked_for(drawn, found):
    mean, rms, slope = differences(found, drawn[0][:, :8])
    assert (rms < list(TOLERANCE.values())).all(), dict(zip(MOMENTS, rms.round(3), strict=True))
    assert (np.abs(mean) < 0.1).all(), dict(zip(MOMENTS, mean.round(3), strict=True))
    np.testing.assert_allclose(slope, 1, atol=0.2)


def test_profiles_that_depart_in_nothing_fail(drawn):
    departure, fwhm, seeing = drawn
    expected = HITS.psf.expected(seeing, HITS.camera.pixel_scale)
    np.testing.assert_allclose(expected.fwhm, fwhm)
    _, rms, slope = differences(measured(expected, seeing), departure[:, :8])
    assert (rms > 2 * np.array(list(TOLERANCE.values()))).all()
    assert (np.abs(slope) < 0.3).all()


@pytest.mark.parametrize("component", range(8))
def test_each_component_moves_its_own_moment(component):
    table = HITS.systematics
    total = sum(table.covariance.values())
    departure = np.tile(table.mean, (9, 1))
    steps = np.linspace(-1.2, 1.2, 9) * np.sqrt(total[component, component])
    departure[:, component] += steps
    fwhm = np.full(9, 4.0)
    seeing = (fwhm * HITS.camera.pixel_scale - HITS.psf.intercept) / HITS.psf.slope
    off = measured(psf_shape(departure, fwhm), seeing)
    slopes = np.polyfit(steps, off, 1)[0]
    scale = np.sqrt(np.diag(total)[:8])
    cross = slopes * scale[component] / scale
    assert cross[component] == pytest.approx(1, abs=0.22)
    assert (np.abs(np.delete(cross, component)) < 0.25).all()

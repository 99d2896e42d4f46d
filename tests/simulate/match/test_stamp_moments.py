"""What the stars of simulated originals tell of their exposures, beside what these were."""

from dataclasses import replace

import numpy as np
import pytest

import surveys
from simulate.match import matched
from simulate.match.stamp_moments import FAINTEST, ZERO_POINT, common_residuals, measure
from simulate.population.targets import detector
from simulate.run import run
from simulate.scenes.recipe import Recipe
from skymovie.movies import Movies
from surveys.psf.systematics import COMPONENTS

SEED = 11
STARS = ("non_variable",)


def small_survey():
    """Two fields of HiTS on four detectors, where bright stars are many."""
    survey = surveys.load("hits")
    log = survey.exposures(3)
    camera, few = survey.camera, np.arange(4)
    return replace(
        survey.with_log(log.select(np.isin(log.field, log.fields[:2]))),
        camera=replace(camera, ccds=camera.ccds[:4], per_ccd=camera.detectors.select(few)),
        magnitudes=replace(survey.magnitudes, cut=20.5),
    )


SURVEY = small_survey()


class Known:
    """Originals, what their exposures were, and matched simulations drawn without that
    knowledge."""

    def __init__(self) -> None:
        movies = run.movies(SURVEY, 80, SEED, STARS)
        # Those that stand on a galaxy by chance are no stars that tell of a PSF.
        self.movies = movies.select(~movies.truth["host"].to_numpy())
        recipe = Recipe.of(SURVEY, SEED, STARS, "fourier")
        self.here = self.movies.exposure >= 0
        true = recipe.departure.at(self.movies.exposure, detector(self.movies)[:, None])
        self.true = true.astype(float)
        E = self.movies.exposure.shape[1]
        self.drawn = matched.recipe(self.movies, 5, measured=False).matched.common[:, :E]
        self.matched = matched.movies(self.movies, 5, measured=False)
        self.found = self.common()

    def common(self, movies: Movies | None = None, seed: int = 5) -> np.ndarray:
        movies = movies or self.movies
        return common_residuals(movies, self.matched, self.drawn, SURVEY.systematics, seed)

    def off(self, values: np.ndarray, rows=slice(None)) -> np.ndarray:
        """Departures of the images of some movies from those expected, shape (M, K)."""
        here = self.here[rows]
        x = self.movies.exposure[rows][here]
        exposures = self.movies.exposures
        expected = SURVEY.systematics.expected(exposures.seeing[x], exposures.airmass[x])
        return values[rows][here] - expected


@pytest.fixture(scope="module")
def known():
    return Known()


def correlations(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(one.T, other.T, strict=True)])


def test_departures_of_exposures_are_recovered(known):
    true, found = known.off(known.true), known.off(known.found)
    together = dict(zip(COMPONENTS, correlations(true, found), strict=True))
    left = (found - true).std(axis=0) / true.std(axis=0)
    bias = np.abs((found - true).mean(axis=0)) / true.std(axis=0)
    for name in COMPONENTS:
        # These differ by less than what single stars show of them.
        faint = name in ("kurtosis", "trefoil_x", "trefoil_y", "zero_point")
        assert together[name] > (0.4 if faint else 0.65), together
    assert together["e2"] > 0.9
    assert together["sky"] > 0.7
    # Of four detectors alone, what optics do to the kurtosis is hardly told from exposures.
    kurtosis = COMPONENTS.index("kurtosis")
    assert (np.delete(left, [ZERO_POINT, kurtosis]) < 0.75).all(), left
    assert (bias < 0.9).all(), bias
    assert np.median(bias) < 0.3


def test_those_drawn_blindly_know_nothing(known):
    true, drawn = known.off(known.true), known.off(known.drawn)
    assert (correlations(true, drawn)[:6] < 0.4).all()
    found = known.off(known.found)
    assert ((drawn - true).std(axis=0) > (found - true).std(axis=0)).all()


def test_an_object_is_not_told_by_its_own_images(known):
    row, rng = 7, np.random.default_rng(0)
    images = known.movies.images.copy()
    blurred = sum(np.roll(images[row], (a, a), (-2, -1)).astype(float) for a in (-1, 0, 1)) / 3
    blurred += rng.normal(0, 5, blurred.shape)
    images[row] = np.where(known.here[row][:, None, None], np.rint(np.maximum(blurred, 0)), 0)
    changed = known.common(replace(known.movies, images=images))
    moved = np.abs(changed - known.found).max(axis=1)
    others = np.delete(np.arange(len(moved)), row)
    scatter = known.off(known.true).std(axis=0)
    # Beside what it lends to quantiles over all stamps, at which all are clipped.
    assert (moved[row] < 0.06 * scatter).all(), moved[row] / scatter
    # Blur tells the others of wider stars.
    assert (moved[others, 0] / scatter[0]).max() > 0.15
    assert np.median(moved[others, 0]) > 2.5 * moved[row, 0]


def test_exposures_that_no_star_tells_of_are_drawn(known):
    field = known.movies.truth["field"]
    elsewhere = (field == field.iloc[0]).to_numpy()
    label = np.where(elsewhere, "galaxy", "non_variable")
    blind = replace(known.movies, truth=known.movies.truth.assign(label=label))
    one, other = known.common(blind), known.common(blind, seed=6)
    spread = np.sqrt(np.diag(SURVEY.systematics.shared))
    for found in (one, other):
        scatter = known.off(found, elsewhere).std(axis=0)
        assert (scatter > 0.5 * spread).all(), scatter / spread
        assert (scatter < 2.5 * np.maximum(spread, known.off(known.drawn).std(axis=0))).all()
    # Draws differ; what stars tell does not.
    apart = [(known.off(one, r) - known.off(other, r)).std(axis=0) for r in (elsewhere, ~elsewhere)]
    assert (apart[0][:6] > 3 * apart[1][:6]).all(), apart[0] / apart[1]


def test_with_no_star_at_all_they_stay_as_drawn(known):
    truth = known.movies.truth.assign(label="supernova")
    found = known.common(replace(known.movies, truth=truth))
    np.testing.assert_array_equal(found[known.here], known.drawn[known.here])
    assert not found[~known.here].any()


def test_images_that_are_missing_have_none(known):
    assert (~known.here).any()
    assert not known.found[~known.here].any()
    assert np.isfinite(known.found).all()


def test_the_seed_decides(known):
    np.testing.assert_array_equal(known.common(), known.found)


def test_only_stars_are_measured(known):
    label = np.resize(["non_variable", "galaxy", "supernova", "asteroid", "rr_lyrae"], 25)
    some = known.movies.select(np.arange(25))
    seen = measure(replace(some, truth=some.truth.assign(label=label)))
    assert set(label[seen.object_index]) == {"non_variable", "rr_lyrae"}
    assert np.isnan(seen.values[:, ZERO_POINT]).all()
    assert np.isfinite(np.delete(seen.values, ZERO_POINT, axis=1)).all()
    assert seen.signal.min() > 10**FAINTEST
    np.testing.assert_array_equal(seen.exposure, some.exposure[seen.object_index, seen.image])
    np.testing.assert_array_equal(seen.ccd, detector(some)[seen.object_index])

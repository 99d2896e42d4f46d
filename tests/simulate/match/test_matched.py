"""Matched simulations of simulated originals: of the same kind, and nothing else alike."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import surveys
from simulate.match import matched
from simulate.population.targets import brightness
from simulate.run import run
from skymovie.measure import photometry
from skymovie.movies import Movies
from skymovie.store.movie_store import BLOCK
from surveys.errors import UsageError

HITS = surveys.load("hits")
SAME = ["label", "field", "ccd"]


@pytest.fixture(scope="module")
def originals() -> Movies:
    return run.movies(HITS, 42, seed=5)


@pytest.fixture(scope="module")
def made(originals) -> Movies:
    return matched.movies(originals, seed=1)


def middle(movies: Movies) -> np.ndarray:
    """Brightness of each movie as it is measured, mag."""
    label = movies.truth["label"].to_numpy(dtype=np.str_)
    return brightness(photometry.measure(movies).magnitude, label)


def test_twins_are_of_the_kind_of_their_originals(originals, made):
    assert len(made) == len(originals)
    assert made.truth[SAME].equals(originals.truth[SAME])
    assert_array_equal(made.exposure, originals.exposure)
    assert_array_equal(made.n_images, originals.n_images)
    assert made.images.shape == originals.images.shape
    assert made.images.dtype == np.uint16
    for column in ("mjd", "seeing", "sky", "zero_point"):
        assert_array_equal(made.conditions(column), originals.conditions(column))
    assert list(made.object_id) == [f"{name}-twin" for name in originals.object_id]
    assert not made.images[made.exposure < 0].any()


def test_nothing_else_is_alike(originals, made):
    there = originals.exposure >= 0
    same = made.images[there] == originals.images[there]
    assert same.mean() < 0.1


def test_transients_begin_at_alerts_of_their_own(originals, made):
    transient = made.truth["label"].isin(["supernova", "asteroid"])
    assert (made.truth["first_alert"][transient] >= -1).all()
    assert (made.truth["first_alert"][~transient] == -1).all()


def test_brightness_is_that_of_the_original():
    some = ("non_variable", "rr_lyrae", "eclipsing_binary")
    stars = run.movies(HITS, 150, seed=6, classes=some)
    theirs = matched.movies(stars, seed=2, measured=False)
    # Errors of both medians, √(π/2) those of means; and what PSFs and neighbours do to a magnitude.
    error = np.nanmedian(photometry.measure(stars).magnitude_error, axis=1)
    scatter = np.hypot(error * np.sqrt(np.pi / stars.n_images), 0.03)
    off = (middle(theirs) - middle(stars)) / scatter
    constant = (stars.truth["label"] == "non_variable").to_numpy()
    # The medians of variables also depend on the phases that were seen.
    for rows, most in ((constant, 4), (~constant, 8)):
        assert np.abs(np.median(off[rows])) < 0.8
        assert np.quantile(np.abs(off[rows]), 0.9) < most
    # A shuffled original would be far off.
    other = middle(theirs)[constant] - np.roll(middle(stars)[constant], 1)
    assert np.median(np.abs(other / scatter[constant])) > 10


def test_another_seed_makes_another_twin(originals, made):
    other = matched.movies(originals, seed=3)
    there = made.exposure >= 0
    assert (other.images[there] == made.images[there]).mean() < 0.1
    assert other.truth[SAME].equals(made.truth[SAME])


def test_twins_are_the_same_again(originals, made):
    again = matched.movies(originals, seed=1)
    assert_array_equal(again.images, made.images)
    assert again.truth.equals(made.truth)


def test_a_drawn_twin_does_not_depend_on_those_beside_it(originals):
    # With `measured` the other originals decide what the exposures were like.
    every = matched.movies(originals, seed=1, measured=False)
    few = matched.movies(originals.select(np.arange(9)), seed=1, measured=False)
    assert_array_equal(few.images, every.images[:9])


def test_measured_exposures_change_the_twins(originals, made):
    drawn = matched.movies(originals, seed=1, measured=False)
    assert_array_equal(drawn.exposure, made.exposure)
    there = made.exposure >= 0
    assert (drawn.images[there] == made.images[there]).mean() < 0.5


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(lambda label: np.arange(len(label)) == 4, id="one movie"),
        pytest.param(lambda label: label == "rr_lyrae", id="one class"),
        pytest.param(lambda label: label == "supernova", id="supernovae"),
        pytest.param(lambda label: label == "galaxy", id="galaxies"),
    ],
)
def test_few_originals_have_twins(originals, rows):
    some = originals.select(rows(originals.truth["label"].to_numpy(dtype=np.str_)))
    assert len(some)
    theirs = matched.movies(some, seed=1)
    assert theirs.truth[SAME].equals(some.truth[SAME])
    assert_array_equal(theirs.exposure, some.exposure)
    there = some.exposure >= 0
    level = np.median(theirs.images[there], axis=(1, 2)) / some.conditions("sky")[there]
    assert 0.8 < np.median(level) < 1.2


def test_exposures_of_originals_without_stars_are_drawn(originals):
    """Not all as the mean exposure, which no survey has."""
    rows = originals.truth["label"].to_numpy() == "supernova"
    some = originals.select(rows)
    common = matched.recipe(some, seed=1).matched.common[:, : some.exposure.shape[1]]
    there = some.exposure >= 0
    exposures, table = some.exposures, HITS.systematics
    x = some.exposure[there]
    off = common[there] - table.expected(exposures.seeing[x], exposures.airmass[x])
    spread = np.sqrt(np.diag(table.shared))
    assert (off[:, :6].std(axis=0) > 0.5 * spread[:6]).all()


def test_a_detector_that_the_camera_does_not_know_counts_as_its_first(originals):
    odd = originals.select(np.arange(5))
    odd = replace(odd, truth=odd.truth.assign(ccd=["N99", *odd.truth["ccd"][1:]]))
    theirs = matched.movies(odd, seed=1)
    assert list(theirs.truth["ccd"]) == [HITS.camera.ccds[0], *odd.truth["ccd"][1:]]


def test_both_renderers_draw_the_same_twins(originals):
    some = originals.select(np.arange(4))
    fourier, galsim = (
        matched.movies(some, 1, renderer, measured=False) for renderer in ("fourier", "galsim")
    )
    assert_array_equal(fourier.exposure, galsim.exposure)
    assert fourier.truth.equals(galsim.truth)
    there = some.exposure >= 0
    one, other = (m.images[there].astype(float) for m in (fourier, galsim))
    noise = np.sqrt(HITS.camera.variance(some.conditions("sky")[there]))[:, None, None]
    # The same draws of noise about means that differ by a thousandth of the peak.
    allowed = noise + 0.01 * (one.max(axis=(1, 2), keepdims=True) - one.min())
    assert (np.abs(one - other) < allowed).mean() > 0.99
    assert np.abs(one - other).mean() < 0.2 * noise.mean()


def test_exposures_that_the_survey_does_not_use_are_an_error(originals):
    """Else the rows that images name would be those of other exposures."""
    seeing = originals.exposures.seeing.copy()
    seeing[[3, 8]] = HITS.max_seeing + 0.5
    odd = replace(originals, exposures=replace(originals.exposures, seeing=seeing))
    with pytest.raises(UsageError, match=r"seeing up to 2.0″ alone, got 2 others"):
        matched.recipe(odd, seed=1)


def test_a_renderer_that_is_none_is_an_error(originals):
    with pytest.raises(UsageError, match="expected a renderer among fourier, galsim"):
        matched.movies(originals.select(np.arange(2)), 1, "pencil")


def test_store_equals_memory(tmp_path, originals, made):
    told = []
    store = matched.write(originals, tmp_path / "s", seed=1, workers=1, progress=told.append)
    assert store.sizes == {"test": len(originals)}
    assert sum(told) == len(originals)
    read = store.read("test")
    assert_array_equal(read.images, made.images)
    assert_array_equal(read.exposure, made.exposure)
    assert list(read.object_id) == list(made.object_id)
    assert list(read.truth["label"]) == list(made.truth["label"])


def test_a_recipe_that_is_known_already_is_taken(tmp_path, originals):
    some = originals.select(np.arange(6))
    recipe = matched.recipe(some, seed=4)
    store = matched.write(some, tmp_path / "s", seed=4, workers=1, made=recipe)
    assert_array_equal(store.read("test").images, matched.movies(some, seed=4).images)


@pytest.mark.slow
def test_a_run_of_twins_goes_on_where_it_stopped(tmp_path):
    originals = run.movies(HITS, BLOCK + 20, seed=8, classes=("non_variable",))
    made = matched.recipe(originals, seed=1, measured=False)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        matched.write(originals, tmp_path / "s", seed=1, workers=1, made=made, progress=stop)
    first = tmp_path / "s/truth/test/00000.parquet"
    before = first.stat().st_mtime_ns
    store = matched.write(originals, tmp_path / "s", seed=1, workers=1, made=made)
    assert first.stat().st_mtime_ns == before
    whole = matched.movies(originals, seed=1, measured=False)
    assert_array_equal(store.read("test").images, whole.images)


def brighter(movies: Movies) -> Movies:
    return replace(movies, images=movies.images + np.uint16(1))


def earlier(movies: Movies) -> Movies:
    return replace(movies, exposures=replace(movies.exposures, mjd=movies.exposures.mjd - 1))


@pytest.mark.parametrize("change", [brighter, earlier])
def test_a_store_of_twins_of_others_is_refused(tmp_path, originals, change):
    some = originals.select(np.arange(7))
    store = matched.write(some, tmp_path / "s", seed=1, workers=1)
    images = store.read("test").images
    with pytest.raises(UsageError):
        matched.write(change(some), tmp_path / "s", seed=1, workers=1)
    with pytest.raises(UsageError):
        matched.write(some, tmp_path / "s", seed=2, workers=1)
    with pytest.raises(UsageError):
        matched.write(originals.select(np.arange(8)), tmp_path / "s", seed=1, workers=1)
    assert_array_equal(
        matched.write(some, tmp_path / "s", seed=1, workers=1).read("test").images, images
    )

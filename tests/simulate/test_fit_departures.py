"""The table of departures is found again: from what is known of stamps, and from their images."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import surveys
from movies.movie import Movies
from simulate import fit_departures, run, twins
from simulate.fit_departures import FAINTEST, STEP, mean, moments, moved, varying
from surveys.departures import COMPONENTS, LEVELS, Departures
from surveys.focal_plane import patterns
from surveys.moments import of_departures

HITS = surveys.load("hits")
NONE = np.zeros((0, *HITS.departures.modes.shape[1:]))
TABLE = replace(HITS.departures, modes=NONE)
K, ZERO_POINT = len(COMPONENTS), COMPONENTS.index("zero_point")
TOTAL = sum(TABLE.covariance.values())
EVEN = replace(TABLE, covariance=dict.fromkeys(LEVELS, np.diag(np.diag(TOTAL)) / 4))
"""Like the survey's table, but no level is small beside the others, and components are apart."""


def factors(table: Departures, **of_level: float) -> Departures:
    """The table with the covariances of some levels multiplied."""
    covariance = {k: v * of_level.get(k, 1.0) for k, v in table.covariance.items()}
    return replace(table, covariance=covariance)


def deviations(table: Departures, level: str) -> np.ndarray:
    """Standard deviations of a part, shape (K,)."""
    return np.sqrt(np.maximum(np.diag(table.covariance[level]), 0))


@pytest.fixture
def exact(monkeypatch):
    """Moments of movies whose stamps are measured without an error, and whose table is given."""

    def given(table: Departures, n: int = 1000, seed: int = 1, of=moments) -> Departures:
        rng = np.random.default_rng(seed)
        exposures = HITS.exposures(2)
        visits = exposures.visits()
        exposure = visits[np.arange(n) % len(visits)]
        here = exposure >= 0
        D = len(HITS.camera.ccds)
        ccd = rng.integers(0, D, n)
        seeing = exposures.seeing[exposure]
        places = HITS.camera.detectors.x, HITS.camera.detectors.y
        values = table.common(rng, exposures.seeing, exposures.airmass, *places)
        values = values[exposure, ccd[:, None]]
        E = exposure.shape[1]
        values = values + table.own(
            rng.standard_normal((n, K)), rng.standard_normal((n, E, K)), seeing
        )
        values = of_departures(values)
        row, image = np.nonzero(here)
        found = pd.DataFrame(values[here], columns=list(COMPONENTS)).drop(columns="zero_point")
        found = found.rename(columns={"sky": "background"}).assign(
            object=row, image=image, width=np.exp(found["width"]), signal=FAINTEST + 1
        )
        magnitude = np.where(here, 20 + values[..., ZERO_POINT], np.nan)
        monkeypatch.setattr(fit_departures.stamp_statistics, "measure", lambda _: found)
        curves = SimpleNamespace(magnitude=magnitude)
        monkeypatch.setattr(fit_departures.photometry, "measure", lambda _: curves)
        names = np.array([HITS.camera.ccds[d] for d in ccd])
        truth = pd.DataFrame({"object_id": np.arange(n).astype(str), "ccd": names})
        return of(Movies(np.zeros((n, E, 1, 1)), exposure, exposures, truth, HITS))

    return given


def test_parts_are_told_apart(exact):
    found = exact(TABLE)
    others = np.delete(np.arange(K), ZERO_POINT)
    for level, rtol in zip(LEVELS, (0.12, 0.3, 0.25, 0.12), strict=True):
        some = np.setdiff1d(others, fit_departures.NONE.get(level, []))
        wanted = deviations(TABLE, level)
        total = np.sqrt(np.diag(TOTAL))
        apart = np.abs(deviations(found, level) - wanted)[some]
        # A part that is small beside the others cannot be told better than they let it.
        assert (apart < rtol * wanted[some] + 0.08 * total[some]).all(), level
    exposures, detectors = len(HITS.exposures(2)), len(HITS.camera.ccds)
    error = np.hypot(
        deviations(TABLE, "exposure") / np.sqrt(exposures),
        deviations(TABLE, "detector") / np.sqrt(detectors),
    )
    for name, reach in (("mean", 1.0), ("seeing", 0.15), ("airmass", 0.2)):
        apart = np.abs(getattr(found, name) - getattr(TABLE, name))[others]
        assert (apart < 4 / reach * error[others]).all(), name


def test_what_goes_together_is_found(exact):
    covariance = np.diag(np.diag(TABLE.covariance["exposure"]))
    a, b = COMPONENTS.index("width"), COMPONENTS.index("kurtosis")
    for sign in (-1, 1):
        tied = covariance.copy()
        tied[a, b] = tied[b, a] = sign * 0.8 * np.sqrt(tied[a, a] * tied[b, b])
        table = replace(TABLE, covariance={**TABLE.covariance, "exposure": tied})
        found = exact(table).covariance["exposure"]
        correlation = found[a, b] / np.sqrt(found[a, a] * found[b, b])
        assert correlation == pytest.approx(sign * 0.8, abs=0.1)


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_that_is_wider_is_found_wider_alone(exact, level):
    before, after = exact(EVEN), exact(factors(EVEN, **{level: 4.0}))
    of_profile = slice(0, 6)
    for name in LEVELS:
        ratio = deviations(after, name)[of_profile] / deviations(before, name)[of_profile]
        if name == level:
            np.testing.assert_allclose(ratio, 2, atol=0.45)
        else:
            assert np.median(np.abs(ratio - 1)) < 0.35, name


def distance(one: Departures, other: Departures) -> float:
    """Of the profiles' deviations, in shares of them, the mean over components and levels."""
    apart = [
        np.abs(deviations(one, k) / np.maximum(deviations(other, k), 1e-9) - 1)[:6] for k in LEVELS
    ]
    return float(np.mean(apart))


def test_a_step_brings_a_wrong_table_closer(exact):
    wrong = factors(EVEN, exposure=3.0, detector=0.2, object=2.0, image=0.3)
    wrong = replace(wrong, mean=EVEN.mean + 0.1, seeing=EVEN.seeing - 0.2)
    goal = exact(EVEN, seed=1)
    table = moved(wrong, goal, exact(wrong, seed=2))
    assert distance(table, EVEN) < 0.6 * distance(wrong, EVEN)
    some = np.delete(np.arange(K), ZERO_POINT)
    for name, share in (("mean", 0.6), ("seeing", 0.8)):
        before, after = (np.abs(getattr(t, name) - getattr(EVEN, name)) for t in (wrong, table))
        assert np.mean(after[some]) < share * np.mean(before[some])


def test_a_table_that_shows_what_real_stamps_show_stays(exact):
    seen = exact(TABLE)
    table = moved(TABLE, seen, seen)
    assert table.mean[ZERO_POINT] == TABLE.mean[ZERO_POINT]
    np.testing.assert_allclose(table.seeing, TABLE.seeing)
    some = np.delete(np.arange(K), ZERO_POINT)
    np.testing.assert_allclose(table.mean[some], TABLE.mean[some])
    for level in LEVELS:
        # But for rounding, which the table has and covariances that are none do not.
        np.testing.assert_allclose(table.covariance[level], TABLE.covariance[level], atol=2e-6)


def test_a_step_is_a_share_of_the_difference():
    real = replace(TABLE, mean=TABLE.mean + 1.0, airmass=TABLE.airmass - 2.0)
    real = factors(real, exposure=1.5)
    table = moved(TABLE, real, TABLE)
    some = np.delete(np.arange(K), ZERO_POINT)
    np.testing.assert_allclose(table.mean[some] - TABLE.mean[some], STEP)
    np.testing.assert_allclose(table.airmass - TABLE.airmass, -2 * STEP)
    wanted = (1 + 0.5 * STEP) * TABLE.covariance["exposure"]
    np.testing.assert_allclose(table.covariance["exposure"], wanted, atol=2e-6)


def test_covariances_stay_such_and_zero_points_belong_to_no_object():
    rng = np.random.default_rng(5)
    noise = {level: rng.normal(0, 0.01, (K, K)) for level in LEVELS}
    real = replace(TABLE, covariance={k: TABLE.covariance[k] + v for k, v in noise.items()})
    table = moved(TABLE, real, TABLE)
    for level in LEVELS:
        matrix = table.covariance[level]
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
        assert np.linalg.eigvalsh(matrix).min() > -1e-12
    for level in ("detector", "object"):
        assert np.abs(table.covariance[level][ZERO_POINT]).max() < 1e-12
    assert table.mean[ZERO_POINT] == TABLE.mean[ZERO_POINT]


def test_what_varies_over_the_focal_plane_is_found(exact):
    true, found = HITS.departures, exact(HITS.departures, of=varying)
    at = patterns(HITS.camera.detectors.x, HITS.camera.detectors.y)
    wanted, got = (
        np.sqrt((np.einsum("db,mbk->dmk", at, modes) ** 2).sum(axis=1).mean(axis=0))
        for modes in (true.modes, found)
    )
    of_profile = slice(0, ZERO_POINT)
    np.testing.assert_allclose(got[of_profile], wanted[of_profile], rtol=0.35)
    assert not got[ZERO_POINT:].any()
    none = exact(TABLE, of=varying)
    left = np.sqrt((np.einsum("db,mbk->dmk", at, none) ** 2).sum(axis=1).mean(axis=0))
    assert (left[of_profile] < 0.3 * got[of_profile]).all()


def test_tables_are_averaged():
    one, other = factors(TABLE, image=1.0), factors(TABLE, image=3.0)
    found = mean([one, replace(other, mean=TABLE.mean + 1)])
    np.testing.assert_allclose(found.covariance["image"], 2 * TABLE.covariance["image"])
    np.testing.assert_allclose(found.mean, TABLE.mean + 0.5)
    np.testing.assert_allclose(found.covariance["object"], TABLE.covariance["object"])


@pytest.fixture(scope="module")
def bright():
    """Originals that are bright stars on no galaxy."""
    survey = replace(HITS, magnitudes=replace(HITS.magnitudes, cut=20.0))
    movies = run.movies(survey, 400, seed=21, classes=("non_variable",))
    return movies.select(~movies.truth["host"].to_numpy())


@pytest.mark.slow
def test_images_show_the_table_that_they_were_drawn_with(bright):
    """Of the profile: backgrounds of bright stars hold their wings, magnitudes their losses."""
    # Kurtosis is less by the wings that the border takes for sky.
    some = [COMPONENTS.index(name) for name in ("width", "e1", "e2", "skew_x", "skew_y")]
    for found in (moments(bright), moments(twins.movies(bright, 3, measured=False))):
        for level, rtol in (("exposure", 0.3), ("detector", 0.4), ("object", 0.4)):
            wanted, got = (deviations(t, level)[some] for t in (TABLE, found))
            np.testing.assert_allclose(got, wanted, rtol=rtol, err_msg=level)
        # An image's own part holds the errors.
        assert (deviations(found, "image")[some] > 0.8 * deviations(TABLE, "image")[some]).all()
        np.testing.assert_allclose(found.mean[some], TABLE.mean[some], atol=0.03)


@pytest.mark.slow
def test_twins_bring_a_wrong_table_closer(bright):
    wrong = factors(TABLE, exposure=3.0, detector=0.2, object=2.5, image=0.3)
    wrong = replace(wrong, mean=TABLE.mean + np.array([0.15, 0.12, -0.12, 0, 0, 0, 0, 0, 0, 0.3]))
    survey = replace(bright.survey, departures=wrong)
    theirs = moments(twins.movies(replace(bright, survey=survey), 4, measured=False))
    table = moved(wrong, moments(bright), theirs)
    assert distance(table, TABLE) < 0.6 * distance(wrong, TABLE)
    for k in (0, 1, 2):
        assert abs(table.mean[k] - TABLE.mean[k]) < 0.5 * abs(wrong.mean[k] - TABLE.mean[k])


@pytest.mark.parametrize(
    ("name", "beside"),
    [("hits_departures.csv", "hits_focal_plane.csv"), ("mine.csv", "mine_focal_plane.csv")],
)
def test_the_command_writes_a_table_that_loads(tmp_path, monkeypatch, name, beside):
    movies = run.movies(HITS, 28, seed=2)
    monkeypatch.setattr(fit_departures, "open_real", lambda _: movies)
    monkeypatch.setattr(fit_departures, "moments", lambda _: TABLE)
    monkeypatch.setattr(fit_departures, "varying", lambda _: HITS.departures.modes)
    file = tmp_path / name
    fit_departures.fit_departures("hits", file, rounds=1, seed=0)
    across = tmp_path / beside
    table = Departures.from_frames(*(pd.read_csv(f, comment="#") for f in (file, across)))
    np.testing.assert_allclose(table.modes, HITS.departures.modes, atol=1e-8)
    for level in LEVELS:
        np.testing.assert_allclose(table.covariance[level], TABLE.covariance[level], atol=2e-6)

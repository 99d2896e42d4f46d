"""The table of departures is found again: from what is known of stamps, and from their images."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import surveys
from simulate.match import fit_focal_plane, fit_systematics, matched
from simulate.match.fit_systematics import FAINTEST, STEP, mean, moments, moved
from simulate.run import run
from skymovie.movies import Movies
from surveys.psf.focal_plane import PATTERNS
from surveys.psf.moments import of_departures
from surveys.psf.systematics import COMPONENTS, SEEING, VARIANCE_COMPONENTS, PsfSystematics

HITS = surveys.load("hits")
B = len(PATTERNS)
TABLE = replace(HITS.systematics, modes=HITS.systematics.modes * (np.arange(B) == 0)[:, None])
"""The survey's, but exposures do to all of their stamps alike."""

PARTS = ("exposure", *VARIANCE_COMPONENTS)
K, ZERO_POINT = len(COMPONENTS), COMPONENTS.index("zero_point")
TOTAL = np.diag(sum(TABLE.covariance.values()) + TABLE.shared)
EVEN = replace(
    TABLE,
    covariance=dict.fromkeys(VARIANCE_COMPONENTS, np.diag(TOTAL) / 4),
    modes=np.sqrt(TOTAL / 4)[:, None, None] * np.eye(K)[:, None] * (np.arange(B) == 0)[:, None],
)
"""Like it, but no part is small beside the others, and components are apart."""


def factors(table: PsfSystematics, exposure: float = 1.0, **of_level: float) -> PsfSystematics:
    """The table with the covariances of some parts multiplied."""
    covariance = {k: v * of_level.get(k, 1.0) for k, v in table.covariance.items()}
    return replace(table, covariance=covariance, modes=table.modes * np.sqrt(exposure))


def part(table: PsfSystematics, name: str) -> np.ndarray:
    """Covariance of a part, shape (K, K)."""
    return table.shared if name == "exposure" else table.covariance[name]


def deviations(table: PsfSystematics, name: str) -> np.ndarray:
    """Standard deviations of a part, shape (K,)."""
    return np.sqrt(np.maximum(np.diag(part(table, name)), 0))


@pytest.fixture
def exact(monkeypatch):
    """Moments of movies whose stamps are measured without an error, and whose table is given."""

    def given(
        table: PsfSystematics, n: int = 700, seed: int = 1, rounds: int = 15
    ) -> PsfSystematics:
        monkeypatch.setattr(fit_focal_plane, "ROUNDS", rounds)
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
        radius = np.hypot(*places)[ccd]
        values = values + table.own(
            rng.standard_normal((n, K)), rng.standard_normal((n, E, K + 1)), seeing, radius
        )
        values = of_departures(values)
        row, image = np.nonzero(here)
        found = pd.DataFrame(values[here], columns=list(COMPONENTS)).drop(columns="zero_point")
        found = found.rename(columns={"sky": "background"}).assign(
            object=row, image=image, width=np.exp(found["width"]), signal=FAINTEST + 1
        )
        magnitude = np.where(here, 20 + values[..., ZERO_POINT], np.nan)
        monkeypatch.setattr(fit_systematics.stamp_statistics, "measure", lambda _: found)
        curves = SimpleNamespace(magnitude=magnitude)
        monkeypatch.setattr(fit_systematics.photometry, "measure", lambda _: curves)
        names = np.array([HITS.camera.ccds[d] for d in ccd])
        truth = pd.DataFrame({"object_id": np.arange(n).astype(str), "ccd": names})
        return moments(Movies(np.zeros((n, E, 1, 1)), exposure, exposures, truth, HITS))

    return given


def test_parts_are_told_apart(exact):
    found = exact(TABLE)
    others = np.delete(np.arange(K), ZERO_POINT)
    for name, rtol in zip(PARTS, (0.12, 0.3, 0.25, 0.12), strict=True):
        some = np.setdiff1d(others, fit_systematics.NONE.get(name, []))
        wanted = deviations(TABLE, name)
        apart = np.abs(deviations(found, name) - wanted)[some]
        # A part that is small beside the others cannot be told better than they let it.
        assert (apart < rtol * wanted[some] + 0.08 * np.sqrt(TOTAL)[some]).all(), name
    exposures, detectors = len(HITS.exposures(2)), len(HITS.camera.ccds)
    error = np.hypot(
        deviations(TABLE, "exposure") / np.sqrt(exposures),
        deviations(TABLE, "detector") / np.sqrt(detectors),
    )
    for name, reach in (("mean", 1.0), ("seeing", 0.15), ("airmass", 0.2)):
        apart = np.abs(getattr(found, name) - getattr(TABLE, name))[others]
        assert (apart < 4 / reach * error[others]).all(), name


def test_what_goes_together_is_found(exact):
    a, b = COMPONENTS.index("width"), COMPONENTS.index("kurtosis")
    for sign in (-1, 1):
        modes = EVEN.modes.copy()
        modes[a, 0, b] = sign * 0.8 * modes[b, 0, b]
        modes[b, 0, b] *= 0.6
        found = exact(replace(TABLE, modes=modes)).shared
        correlation = found[a, b] / np.sqrt(found[a, a] * found[b, b])
        assert correlation == pytest.approx(sign * 0.8, abs=0.1)


@pytest.mark.parametrize("wider", PARTS)
def test_a_part_that_is_wider_is_found_wider_alone(exact, wider):
    before, after = exact(EVEN), exact(factors(EVEN, **{wider: 4.0}))
    of_profile = slice(0, 6)
    for name in PARTS:
        ratio = deviations(after, name)[of_profile] / deviations(before, name)[of_profile]
        if name == wider:
            np.testing.assert_allclose(ratio, 2, atol=0.45)
        else:
            assert np.median(np.abs(ratio - 1)) < 0.35, name


def distance(one: PsfSystematics, other: PsfSystematics) -> float:
    """Of the profiles' deviations, in shares of them, the mean over components and levels."""
    apart = [
        np.abs(deviations(one, k) / np.maximum(deviations(other, k), 1e-9) - 1)[:6] for k in PARTS
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
    for name in PARTS:
        # But for rounding, which the table has and covariances that are none do not.
        np.testing.assert_allclose(part(table, name), part(TABLE, name), atol=2e-6)


def test_a_step_is_a_share_of_the_difference():
    real = replace(TABLE, mean=TABLE.mean + 1.0, airmass=TABLE.airmass - 2.0)
    real = factors(real, exposure=1.5, image=1.5)
    table = moved(TABLE, real, TABLE)
    some = np.delete(np.arange(K), ZERO_POINT)
    np.testing.assert_allclose(table.mean[some] - TABLE.mean[some], STEP)
    np.testing.assert_allclose(table.airmass - TABLE.airmass, -2 * STEP)
    wanted = (1 + 0.5 * STEP) * TABLE.covariance["image"]
    np.testing.assert_allclose(table.covariance["image"], wanted, atol=2e-6)
    # Modes are moved by a share of the ratio.
    np.testing.assert_allclose(table.modes, TABLE.modes * 1.5 ** (STEP / 2), rtol=2e-3)


def test_covariances_stay_such_and_zero_points_belong_to_no_object():
    rng = np.random.default_rng(5)
    noise = {level: rng.normal(0, 0.01, (K, K)) for level in VARIANCE_COMPONENTS}
    real = replace(TABLE, covariance={k: TABLE.covariance[k] + v for k, v in noise.items()})
    table = moved(TABLE, real, TABLE)
    for level in VARIANCE_COMPONENTS:
        matrix = table.covariance[level]
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
        assert np.linalg.eigvalsh(matrix).min() > -1e-10
    for level in ("detector", "object"):
        assert np.abs(table.covariance[level][ZERO_POINT]).max() < 1e-12
    assert table.mean[ZERO_POINT] == TABLE.mean[ZERO_POINT]


def over_the_field(table: PsfSystematics) -> np.ndarray:
    """Deviations of what exposures do beyond what they do everywhere, shape (K,)."""
    modes = table.modes.copy()
    modes[:, 0] = 0
    detectors = HITS.camera.detectors
    at = replace(table, modes=modes).at(detectors.x, detectors.y, np.full(len(detectors), SEEING))
    return np.sqrt((at**2).sum(axis=1).mean(axis=0))


def test_what_varies_over_the_focal_plane_is_found(exact):
    found = exact(HITS.systematics), exact(TABLE, rounds=60)  # variances of none go slowly
    wanted, got, none = map(over_the_field, (HITS.systematics, *found))
    of_profile = slice(0, ZERO_POINT)
    np.testing.assert_allclose(got[of_profile], wanted[of_profile], rtol=0.35)
    assert (none[of_profile] < 0.4 * got[of_profile]).all()


def test_what_goes_along_at_the_rim_is_found(exact):
    """A mode that acts everywhere, and the more so at one edge."""
    k = COMPONENTS.index("e2")
    modes = np.zeros((1, B, K))
    modes[0, 0, k], modes[0, PATTERNS.index("x"), k] = 0.06, -0.02
    found = exact(replace(EVEN, modes=np.concatenate([EVEN.modes, modes]))).modes
    together = found[:, 0, k] @ found[:, PATTERNS.index("x"), k]
    assert together == pytest.approx(-0.06 * 0.02, rel=0.3)


def test_light_that_photometry_loses_is_no_zero_point_of_exposures():
    """What goes along with the profile is taken out, what does not is left."""
    modes = np.zeros((2, B, K))
    modes[0, 0, COMPONENTS.index("kurtosis")], modes[0, 0, ZERO_POINT] = 0.02, 0.03
    modes[1, 0, ZERO_POINT] = 0.01
    some = np.concatenate([modes, 1e-4 * np.eye(K)[:, None] * np.ones((1, B, 1))])
    flat = some.reshape(len(some), -1)
    left = fit_focal_plane.modes(flat.T @ flat)
    assert np.sqrt((left[:, 0, ZERO_POINT] ** 2).sum()) == pytest.approx(0.01, rel=0.03)
    kurtosis = left[:, 0, COMPONENTS.index("kurtosis")]
    assert np.sqrt((kurtosis**2).sum()) == pytest.approx(0.02, rel=0.01)


def test_tables_are_averaged():
    one, other = factors(TABLE, image=1.0), factors(TABLE, image=3.0)
    found = mean([one, replace(other, mean=TABLE.mean + 1)])
    np.testing.assert_allclose(found.covariance["image"], 2 * TABLE.covariance["image"])
    np.testing.assert_allclose(found.mean, TABLE.mean + 0.5)
    np.testing.assert_allclose(found.covariance["object"], TABLE.covariance["object"])


@pytest.fixture(scope="module")
def bright():
    """Originals that are bright stars on no galaxy."""
    survey = replace(HITS, systematics=TABLE, magnitudes=replace(HITS.magnitudes, cut=20.0))
    movies = run.movies(survey, 400, seed=21, classes=("non_variable",))
    return movies.select(~movies.truth["host"].to_numpy())


@pytest.mark.slow
def test_images_show_the_table_that_they_were_drawn_with(bright):
    """Of the profile: backgrounds of bright stars hold their wings, magnitudes their losses."""
    # Kurtosis is less by the wings that the border takes for sky.
    some = [COMPONENTS.index(name) for name in ("width", "e1", "e2", "skew_x", "skew_y")]
    theirs = [moments(matched.movies(bright, seed, measured=False)) for seed in (3, 4)]
    for found in ([moments(bright)], theirs):
        for name, rtol in (("exposure", 0.3), ("detector", 0.4), ("object", 0.4)):
            got = np.mean([deviations(table, name)[some] for table in found], axis=0)
            wanted = deviations(TABLE, name)[some]
            np.testing.assert_allclose(got, wanted, rtol=rtol, err_msg=name)
        # An image's own part holds the errors.
        for table in found:
            assert (deviations(table, "image")[some] > 0.8 * deviations(TABLE, "image")[some]).all()
            np.testing.assert_allclose(table.mean[some], TABLE.mean[some], atol=0.03)


@pytest.mark.slow
def test_twins_bring_a_wrong_table_closer(bright):
    wrong = factors(TABLE, exposure=3.0, detector=0.2, object=2.5, image=0.3)
    wrong = replace(wrong, mean=TABLE.mean + np.array([0.15, 0.12, -0.12, 0, 0, 0, 0, 0, 0, 0.3]))
    survey = replace(bright.survey, systematics=wrong)
    theirs = moments(matched.movies(replace(bright, survey=survey), 4, measured=False))
    table = moved(wrong, moments(bright), theirs)
    assert distance(table, TABLE) < 0.6 * distance(wrong, TABLE)
    for k in (0, 1, 2):
        assert abs(table.mean[k] - TABLE.mean[k]) < 0.5 * abs(wrong.mean[k] - TABLE.mean[k])


@pytest.mark.parametrize(
    ("name", "beside"),
    [("hits_psf_systematics.csv", "hits_focal_plane.csv"), ("mine.csv", "mine_focal_plane.csv")],
)
def test_the_command_writes_a_table_that_loads(tmp_path, monkeypatch, name, beside):
    movies = run.movies(HITS, 28, seed=2)
    monkeypatch.setattr(fit_systematics, "open_real", lambda _: movies)
    monkeypatch.setattr(fit_systematics, "moments", lambda _: HITS.systematics)
    file = tmp_path / name
    fit_systematics.fit_to_real("hits", file, rounds=1, seed=0)
    across = tmp_path / beside
    table = PsfSystematics.from_frames(*(pd.read_csv(f, comment="#") for f in (file, across)))
    assert table.modes.shape == HITS.systematics.modes.shape
    for level in VARIANCE_COMPONENTS:
        wanted = HITS.systematics.covariance[level]
        np.testing.assert_allclose(table.covariance[level], wanted, atol=2e-6)
    of_profile = slice(0, ZERO_POINT)
    wanted, got = (np.sqrt(np.diag(t.shared))[of_profile] for t in (HITS.systematics, table))
    np.testing.assert_allclose(got, wanted, rtol=1e-3)

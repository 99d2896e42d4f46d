"""Objects like observed stars: their shapes, their dates, their magnitudes."""

import pickle

import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import Visits, clean, observed, rr_lyrae
from simulate.population import magnitudes
from simulate.population.rngs import ObjectRNGs
from surveys.errors import UsageError


def star(name, mjd, curve, noise=0.02, period=np.nan):
    rng = np.random.default_rng(list(name.encode()))
    return pd.DataFrame(
        {
            "object_id": name,
            "mjd": mjd,
            "magnitude": curve + noise * rng.standard_normal(len(mjd)),
            "magnitude_error": noise,
            "period": period,
        }
    )


def dates(n, span):
    return 56000 + np.sort(np.random.default_rng(n).uniform(0, span, n))


def learn(folder, *stars):
    path = folder / "stars.csv"
    pd.concat(stars).to_csv(path, index=False)
    return observed.read(path)


def draw(generator, visits, survey, seed=1):
    return generator(ObjectRNGs.of(seed, "t", range(len(visits))), visits, survey)


def finely(n, first, last, step):
    mjd = np.broadcast_to(np.arange(first, last, step), (n, round((last - first) / step)))
    return Visits(mjd, np.full(mjd.shape, 23.5))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Three stars with a period, three without, and two that are constant."""
    stars = []
    for k, period in enumerate((0.61, 3.7, 11.0)):
        mjd = dates(60, 200)
        stars.append(
            star(
                f"p{k}", mjd, 18 + (0.1 + 0.2 * k) * np.sin(2 * np.pi * mjd / period), period=period
            )
        )
    for k, span in enumerate((8.0, 60.0, 200.0)):
        mjd = dates(80, span)
        stars.append(star(f"t{k}", mjd, 17 + 0.3 * np.sin(2 * np.pi * mjd / (span / 6))))
    mjd = dates(50, 100)
    stars += [star("c0", mjd, np.full(50, 16.0), period=2.0), star("c1", mjd, np.full(50, 16.0))]
    return learn(tmp_path_factory.mktemp("mixed"), *stars)


def test_an_object_does_not_depend_on_the_others(mixed, survey, make_visits):
    visits = make_visits(60)
    together = draw(mixed, visits, survey)
    assert np.array_equal(np.isfinite(together.magnitude), np.isfinite(visits.mjd))
    order = np.random.default_rng(0).permutation(60)
    shuffled = mixed(ObjectRNGs.of(1, "t", order), visits.select(order), survey)
    np.testing.assert_array_equal(shuffled.magnitude, together.magnitude[order])
    pd.testing.assert_frame_equal(
        shuffled.parameters, together.parameters.iloc[order].reset_index(drop=True)
    )


def test_a_worker_gets_the_same_and_reading_again_changes_nothing(
    tmp_path, mixed, survey, make_visits
):
    visits = make_visits(40)
    here = draw(mixed, visits, survey)
    there = draw(pickle.loads(pickle.dumps(mixed)), visits, survey)
    np.testing.assert_array_equal(here.magnitude, there.magnitude)
    stars = [star("a", dates(30, 50), 18 + np.sin(np.arange(30.0)), period=0.7)]
    one, two = (learn(tmp_path, *stars_) for stars_ in (stars, stars))
    np.testing.assert_array_equal(one.points, two.points)
    assert one.fingerprint != mixed.fingerprint


def test_magnitudes_follow_the_survey(mixed, survey):
    curves = draw(mixed, finely(6000, 57000, 57001, 0.5), survey)
    for q in (0.05, 0.5, 0.95):
        expected = magnitudes.draw(q, survey.magnitudes)
        assert (curves.parameters["magnitude"] < expected).mean() == pytest.approx(q, abs=0.02)


def test_a_class_with_its_own_cut_keeps_it(tmp_path, survey):
    stars = star("a", dates(30, 50), np.full(30, 18.0), period=0.7)
    visits = finely(2000, 57000, 57001, 0.5)
    generator = learn(tmp_path, stars).prepared("rr_lyrae", survey)
    m = draw(generator, visits, survey).parameters["magnitude"]
    expected = magnitudes.draw(0.5, survey.magnitudes, "rr_lyrae")
    assert (m < expected).mean() == pytest.approx(0.5, abs=0.03)


def test_supernovae_need_more_than_light_curves(mixed, survey):
    with pytest.raises(UsageError, match=r"other than supernova, whose host galaxies need redshif"):
        mixed.prepared("supernova", survey)


def test_truth_tells_the_curve(mixed, survey):
    curves = draw(mixed, finely(400, 57000, 57050, 0.05), survey)
    p = curves.parameters
    assert set(p["star"]) == {"p0", "p1", "p2", "t0", "t1", "t2", "c0", "c1"}
    np.testing.assert_array_equal(p["period"].notna(), p["phase"].notna())
    np.testing.assert_array_equal(p["period"].isna(), p["shift"].notna())
    folded = p["star"].str.startswith("p").to_numpy()
    m = curves.magnitude[folded]
    np.testing.assert_allclose(m.max(1) - m.min(1), p["amplitude"][folded], rtol=0.03, atol=5e-3)
    constant = p["star"].str.startswith("c").to_numpy()
    assert (p["amplitude"][constant] == 0).all()
    np.testing.assert_array_equal(
        curves.magnitude[constant],
        np.broadcast_to(
            p["magnitude"].to_numpy()[constant, None], curves.magnitude[constant].shape
        ),
    )


def test_objects_have_the_amplitudes_of_the_stars(tmp_path, survey):
    rng = np.random.default_rng(6)
    amplitude = rng.uniform(0.1, 0.9, 30)
    stars = []
    for k, a in enumerate(amplitude):
        mjd, period = dates(30, 100), rng.uniform(0.3, 20)
        stars.append(
            star(f"{k}", mjd, 18 + a / 2 * np.sin(2 * np.pi * mjd / period), period=period)
        )
    p = draw(learn(tmp_path, *stars), finely(4000, 57000, 57001, 0.5), survey).parameters
    assert p["amplitude"].mean() == pytest.approx(amplitude.mean(), abs=0.03)
    assert p["amplitude"].std() == pytest.approx(amplitude.std(), rel=0.06)


def test_an_rr_lyrae_is_recovered_in_shape(tmp_path, survey):
    templates = rr_lyrae.template_table()
    shape = templates[105].to_numpy()
    mjd, period = dates(120, 150), 0.57
    true = np.interp(mjd / period % 1, np.arange(len(shape)) / len(shape), shape, period=1)
    generator = learn(tmp_path, star("rr", mjd, 17 + true, 0.02, period))
    visits = finely(30, 57000, 57000 + period, period / 400)
    curves = draw(generator, visits, survey)
    phase = (visits.mjd / period + curves.parameters["phase"].to_numpy()[:, None]) % 1
    expected = np.interp(phase, np.arange(len(shape)) / len(shape), shape, period=1)
    rest = curves.magnitude - curves.parameters["magnitude"].to_numpy()[:, None]
    away = rest - (expected - shape.mean())
    assert np.sqrt(np.mean(away**2)) < 0.025
    assert curves.parameters["amplitude"].mean() == pytest.approx(1.0, abs=0.07)


def test_without_a_period_the_survey_falls_within_the_observations(tmp_path, survey, make_visits):
    mjd = dates(150, 200)
    true = 18 + 0.3 * np.sin(2 * np.pi * mjd / 37)
    generator = learn(tmp_path, star("t", mjd, true, 0.01))
    visits = make_visits(200)
    curves = draw(generator, visits, survey)
    p = curves.parameters
    seen = visits.mjd - np.nanmin(visits.mjd, axis=1)[:, None] + p["shift"].to_numpy()[:, None]
    assert np.nanmax(seen) <= np.ptp(mjd)
    assert p["shift"].min() < 20
    assert p["shift"].max() > 160
    then = 0.3 * np.sin(2 * np.pi * (mjd[0] + seen) / 37)
    rest = curves.magnitude - p["magnitude"].to_numpy()[:, None]
    away = rest - then
    away -= np.nanmean(away)  # the mean of the star is that over its observations
    assert np.sqrt(np.nanmean(away**2)) < 0.015


def test_beyond_the_observations_the_process_goes_on(tmp_path, survey):
    mjd = dates(60, 20)
    generator = learn(tmp_path, star("t", mjd, 18 + 0.3 * np.sin(2 * np.pi * mjd / 9), 0.01))
    curves = draw(generator, finely(600, 57000, 57200, 0.25), survey)
    p = curves.parameters
    assert p["shift"].between(0, np.ptp(mjd) / 2).all()
    rest = curves.magnitude - p["magnitude"].to_numpy()[:, None]
    assert np.abs(np.diff(rest, axis=1)).max() < 0.25  # no jump where the measurements end
    late = rest[:, 400:]  # long after: the process as it is without measurements
    # ... but for what a Gaussian process does and the star never did.
    sigma, centre = float(generator.sigma[0]), float(generator.centre.mean())
    low, high = float(generator.low.mean()), float(generator.high.mean())
    free = centre + sigma * np.random.default_rng(1).standard_normal(100_000)
    usual = clean.bounded(free, low, high, observed.GIVE * (high - low))
    assert late.std() == pytest.approx(usual.std(), rel=0.1)
    assert late.mean() == pytest.approx(usual.mean(), abs=sigma / 5)
    # And no two objects alike, though all are one star.
    assert np.abs(np.corrcoef(late[:20])[np.triu_indices(20, 1)]).mean() < 0.4


def test_many_measurements_are_folded_into_bins(tmp_path, survey):
    mjd, period = dates(3000, 400), 1.7
    generator = learn(
        tmp_path, star("p", mjd, 18 + 0.2 * np.sin(2 * np.pi * mjd / period), 0.05, period)
    )
    phase = np.arange(256) / 256
    for curve in generator.points.reshape(observed.DRAWS, 256):
        assert np.abs(curve - 0.2 * np.sin(2 * np.pi * phase)).max() < 0.02


def test_constant_stars_are_told(tmp_path, capsys):
    mjd = dates(30, 20)
    varying = star("v", mjd, 18 + 0.3 * np.sin(mjd), period=2 * np.pi)
    learn(tmp_path, star("c", mjd, np.full(30, 18.0)), varying)
    assert "1 of 2 stars do not vary beyond their errors (c)" in capsys.readouterr().err


def test_many_stars_show_how_far_the_fits_are(tmp_path, capsys):
    mjd = dates(8, 20)
    learn(tmp_path, *(star(f"{k:03d}", mjd, np.full(8, 18.0)) for k in range(observed.MANY)))
    assert f"stars fitted: {observed.MANY}/{observed.MANY}" in capsys.readouterr().out


def nightly_pairs(rng, n, every=3.0):
    first = 58000 + every * np.arange(n // 2) + rng.uniform(0, 0.05, n // 2)
    return np.sort(np.concatenate([first, first + 0.11]))


@pytest.mark.parametrize(
    ("period", "shape"),
    [
        (0.55, lambda phase: 0.42 * np.sin(2 * np.pi * phase)),
        (1.7, lambda phase: 0.75 * np.exp(-(((phase - 0.5) / 0.05) ** 2))),
    ],
    ids=["RR Lyrae", "eclipsing binary"],
)
@pytest.mark.parametrize("pairs", [True, False])
def test_fast_stars_without_a_period_vary_as_they_do(tmp_path, period, shape, pairs):
    rng = np.random.default_rng(4)
    mjd = nightly_pairs(rng, 200) if pairs else np.sort(58000 + rng.uniform(0, 300, 200))
    true = 17 + shape((mjd / period) % 1)
    generator = learn(tmp_path, star("t", mjd, true, 0.01))
    assert np.ptp(true) / 2 < np.median(generator.amplitude) < 1.25 * np.ptp(true)


@pytest.mark.parametrize("period", [None, 0.61])
@pytest.mark.parametrize("share", [0.01, 0.05])
@pytest.mark.parametrize("by", [-3.0, 3.0])
def test_bad_measurements_do_not_become_the_class(tmp_path, capsys, period, share, by):
    rng = np.random.default_rng(7)
    mjd = np.sort(58000 + rng.uniform(0, 200, 120))
    wave = 0.4 * np.sin(2 * np.pi * mjd / 0.61) if period else np.zeros(120)
    y = 17 + wave + 0.02 * rng.standard_normal(120)
    bad = rng.choice(120, max(1, round(share * 120)), replace=False)
    y[bad] += by
    generator = learn(tmp_path, star("s1", mjd, y, 0.02, period))
    wanted = 0.8 if period else 0.0
    assert np.median(generator.amplitude) == pytest.approx(wanted, abs=0.06)
    assert f"{len(bad)} of 120 of s1" in " ".join(capsys.readouterr().err.split())


def test_a_narrow_eclipse_is_no_bad_measurement(tmp_path, capsys):
    rng = np.random.default_rng(8)
    mjd = np.sort(58000 + rng.uniform(0, 200, 150))
    y = 17 + 0.9 * np.exp(-((((mjd / 2.3) % 1 - 0.5) / 0.03) ** 2))
    generator = learn(tmp_path, star("eb", mjd, y + 0.01 * rng.standard_normal(150), 0.01, 2.3))
    assert np.median(generator.amplitude) > 0.75
    assert "left out" not in capsys.readouterr().err


def test_a_star_of_two_mixed_levels_is_refused(tmp_path):
    rng = np.random.default_rng(9)
    mjd = np.sort(58000 + rng.uniform(0, 200, 60))
    y = 17 + 0.01 * rng.standard_normal(60)
    y[::4] += np.resize([2.0, -2.0], 15)
    with pytest.raises(UsageError, match=r"star mixed: expected measurements that agree .* of 60"):
        learn(tmp_path, star("mixed", mjd, y, 0.01))


def test_a_sector_of_short_exposures_takes_no_minutes(tmp_path):
    rng = np.random.default_rng(1)
    mjd = np.sort(58000 + rng.uniform(0, 27, 20_000))
    true = 10 + 0.3 * np.sin(2 * np.pi * mjd / 3.1)
    generator = learn(tmp_path, star("a", mjd, true + rng.normal(0, 0.001, 20_000), 0.001))
    assert np.median(generator.amplitude) == pytest.approx(0.6, abs=0.05)
    assert generator.count[0] <= 2048 + 1

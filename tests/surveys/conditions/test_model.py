"""The compact model of HiTS beside HiTS' real records (two-sample Kolmogorov–Smirnov tests)."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import ks_2samp, spearmanr

import surveys
from surveys import Exposures
from surveys.conditions.model import (
    QUANTITIES,
    SCORES,
    ConditionsModel,
    Site,
    airmass,
    sidereal_time,
)

QUANTITIES_AND_AIRMASS = (*QUANTITIES, "airmass")
LIMIT = 0.04
"""KS statistic of one season against many; chance alone gives 0.037 in one of twenty seasons."""


@pytest.fixture(scope="module")
def model() -> ConditionsModel:
    return surveys.load("hits").conditions


@pytest.fixture(scope="module")
def season(model) -> Exposures:
    """Ten times the fields of HiTS, so that what differs from the records is the model."""
    return model.draw(np.random.default_rng(11), 490, "g")


def gaps(exposures: Exposures) -> np.ndarray:
    """Log10 of the days between a field's successive visits."""
    order = [np.diff(exposures.mjd[row[row >= 0]]) for row in exposures.visits()]
    return np.log10(np.concatenate(order))


def column(exposures: Exposures, name: str) -> np.ndarray:
    if name == "time between visits":
        return gaps(exposures)
    if name == "hour of the night":
        return exposures.mjd % 1
    if name == "visits of a field":
        return (exposures.visits() >= 0).sum(axis=1)
    return np.asarray(getattr(exposures, name))


@pytest.mark.parametrize(
    "name", [*QUANTITIES_AND_AIRMASS, "mjd", "time between visits", "hour of the night"]
)
def test_marginal_distributions_are_those_of_the_records(hits_records, season, name, capsys):
    real, drawn = column(hits_records, name), column(season, name)
    statistic = ks_2samp(real, drawn).statistic
    with capsys.disabled():
        quantiles = (np.quantile(v, (0.05, 0.5, 0.95)).round(3).tolist() for v in (real, drawn))
        print(
            "\n{:>20}: KS {:.3f}; 5/50/95 %: real {}, drawn {}".format(name, statistic, *quantiles)
        )
    assert statistic < LIMIT


def test_visits_a_field_are_those_of_the_records(hits_records, season, capsys):
    real, drawn = (column(e, "visits of a field") for e in (hits_records, season))
    statistic = ks_2samp(real, drawn).statistic
    with capsys.disabled():
        print(f"\n   visits of a field: KS {statistic:.3f}; real {real.min()}–{real.max()}")
    assert statistic < 0.2  # 49 fields: chance alone gives 0.2 in one of twenty seasons
    assert drawn.mean() == pytest.approx(real.mean(), abs=0.3)


@pytest.mark.parametrize("factor", [0.96, 1.04])
def test_the_limit_would_catch_a_wrong_model(hits_records, season, factor):
    for name in ("seeing", "sky", "airmass"):
        assert ks_2samp(column(hits_records, name), factor * column(season, name))[0] > 1.5 * LIMIT


def test_quantities_depend_on_one_another_as_in_the_records(hits_records, season):
    real, drawn = (
        spearmanr(e.to_frame()[list(QUANTITIES_AND_AIRMASS)]).statistic
        for e in (hits_records, season)
    )
    assert np.abs(real - drawn).max() < 0.08


@pytest.mark.parametrize("name", QUANTITIES_AND_AIRMASS)
def test_fields_differ_from_each_other_as_in_the_records(hits_records, season, name):
    spread = [e.to_frame().groupby("field")[name].median().std() for e in (hits_records, season)]
    assert spread[1] == pytest.approx(spread[0], rel=0.35)


def test_a_season_is_ordered_numbered_and_drawn_from_the_seed(model):
    first, again = (model.draw(np.random.default_rng(4), 7, "r") for _ in range(2))
    assert first.to_frame().equals(again.to_frame())
    assert set(first.band) == {"r"}
    assert first.fields == [f"field_{i:02d}" for i in range(1, 8)]
    for row in first.visits():
        rows = row[row >= 0]
        assert first.epoch[rows].tolist() == list(range(1, len(rows) + 1))
        assert (np.diff(first.mjd[rows]) > 0.03).all()


def test_more_fields_than_the_tables_have(model):
    season = model.draw(np.random.default_rng(0), 120, "g")
    assert len(season.fields) == 120
    assert ((season.visits() >= 0).sum(axis=1) > 20).all()


def test_a_field_without_any_luck_has_one_visit(model):
    rare = dataclasses.replace(model, visits=model.visits.assign(share=1e-9))
    assert len(rare.draw(np.random.default_rng(0), 5, "g")) == 5


def test_airmass_is_the_secant_of_the_zenith_distance():
    site = Site(latitude=-30.165, longitude=-70.815)
    midnight = 57070.2
    meridian = sidereal_time(midnight, site)
    assert airmass(midnight, meridian, site.latitude, site) == pytest.approx(1)
    assert airmass(midnight, meridian, site.latitude + 60, site) == pytest.approx(2)
    assert airmass(midnight, meridian + 180, 0.0, site) == 10


def test_airmass_agrees_with_astropy():
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time
    from astropy.utils import iers

    site, mjd = Site(-30.165, -70.815), np.array([57070.1, 57075.3, 57095.2])
    place = EarthLocation.from_geodetic(site.longitude, site.latitude)
    with iers.conf.set_temp("auto_download", False):
        frame = AltAz(obstime=Time(mjd, format="mjd"), location=place)
        theirs = SkyCoord(150 * u.deg, 2 * u.deg).transform_to(frame).secz
    assert airmass(mjd, 150.0, 2.0, site) == pytest.approx(np.array(theirs), rel=0.01)


def test_tables_are_complete(model):
    assert (len(model.visits), len(model.fields)) == (30, 49)
    for name in QUANTITIES:
        steps = np.diff(model.visits[[f"{name}_{s}" for s in SCORES]].to_numpy())
        assert (steps >= 0).all()
    covariance = model.covariance.set_index("quantity").loc[list(QUANTITIES), list(QUANTITIES)]
    assert (np.linalg.eigvalsh(covariance) > 0).all()
    assert model.visits.notna().all(axis=None)
    assert model.fields.notna().all(axis=None)

import numpy as np
import pandas as pd
import pytest

import surveys
from surveys.conditions import fit
from surveys.conditions.model import QUANTITIES


@pytest.fixture(scope="module")
def model():
    return surveys.load("hits").conditions


@pytest.fixture(scope="module")
def log(model):
    """A season of all 49 fields, each once."""
    return model.draw(np.random.default_rng(2), 49, "g")


@pytest.fixture(scope="module")
def fitted(log, model):
    return fit.fit(log, model.site)


def test_sweeps_are_found_again(fitted, model):
    assert len(fitted.visits) == len(model.visits)
    assert fitted.visits["mjd"].to_numpy() == pytest.approx(model.visits["mjd"], abs=0.01)
    assert fitted.visits["share"].to_numpy() == pytest.approx(model.visits["share"], abs=0.2)
    assert np.ptp(fitted.fields["delay"]) == pytest.approx(np.ptp(model.fields["delay"]), abs=2e-3)


def test_fields_are_found_on_the_sky(fitted, model):
    for axis in ("ra", "dec"):
        assert fitted.fields[axis].to_numpy() == pytest.approx(model.fields[axis], abs=0.05)


def test_medians_and_correlations_come_back(fitted, model):
    for name in QUANTITIES:
        # How far a median of some fifty values wanders, in units of their standard deviation.
        sigma = (model.visits[f"{name}_1"] - model.visits[f"{name}_-1"]) / 2
        off = (fitted.visits[f"{name}_0"] - model.visits[f"{name}_0"]) / sigma
        assert off[model.visits["share"] > 0.9].abs().median() < 0.3
    names = list(QUANTITIES)
    assert fitted.covariance[names].to_numpy() == pytest.approx(
        model.covariance[names].to_numpy(), abs=0.12
    )


def test_position_from_airmass_alone(model):
    mjd = pd.Series(57070.05 + np.array([0.0, 0.1, 0.2, 1.05, 1.25]))
    logged = pd.Series(fit.airmass(mjd, 155.0, -4.0, model.site)).round(2)
    assert fit.position(mjd, logged, model.site) == pytest.approx((155, -4), abs=0.3)


def test_the_command_writes_tables_that_the_model_reads(tmp_path, log):
    log.to_frame().to_csv(tmp_path / "log.csv", index=False)
    place = ["--latitude", "-30.165", "--longitude", "-70.815"]
    fit.main([str(tmp_path / "log.csv"), *place, "--out", str(tmp_path / "mine")])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "log.csv",
        "mine_covariance.csv",
        "mine_fields.csv",
        "mine_visits.csv",
    ]
    for table in ("visits", "fields", "covariance"):
        embedded = pd.read_csv(f"{surveys.__path__[0]}/data/hits_{table}.csv", comment="#")
        mine = (tmp_path / f"mine_{table}.csv").read_text("utf-8")
        assert mine.startswith("# Made by surveys.conditions.fit from log.csv.\n")
        assert mine.splitlines()[1].split(",") == list(embedded.columns)


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        fit.main(
            [str(tmp_path), "--latitude", "0", "--longitude", "0", "--out", str(tmp_path / "x")]
        )
    assert stop.value.code == 2
    assert "expected exposure records" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_embedded_tables_are_those_of_the_records(hits_records, model):
    again = fit.fit(hits_records, model.site)
    for table in ("visits", "fields", "covariance"):
        ours, fresh = (getattr(m, table).select_dtypes("number") for m in (model, again))
        pd.testing.assert_frame_equal(ours, fresh, check_dtype=False, atol=6e-4, rtol=0)

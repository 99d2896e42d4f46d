"""Objects after a user's own series of spectra."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulate.light_curves import Visits, light_curves, sed_grid, sed_model, sn_ia, sn_ii
from simulate.light_curves.explosions import is_found
from simulate.light_curves.sed_model import Model
from simulate.population import cosmology
from simulate.population.rngs import ObjectRNGs
from surveys.errors import SkymovieError, UsageError
from tests.simulate.light_curves import spectra

N = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A bright and a faint model, and one of type Ia."""
    path = tmp_path_factory.mktemp("seds")
    spectra.write(path / "bright.dat")
    spectra.write(path / "faint.dat", values=spectra.flux(dimmer=2.0))
    spectra.write(path / "ia.dat", phase=spectra.PHASE + 40)  # from another zero of time
    (path / "models.csv").write_text(
        "file,weight,subtype,peak_magnitude,band,peak_scatter,farthest\n"
        "bright.dat,1,II,,,,\nfaint.dat,4,II,,,,0.3\nia.dat,1,Ia,-19.3,bessell-B,0.3,\n"
    )
    return path


@pytest.fixture(scope="module")
def generator(folder, survey):
    return sed_grid.read(folder).prepared("supernova", survey)


@pytest.fixture(scope="module")
def sample(generator, survey, make_visits):
    visits = make_visits(N)
    return visits, generator(ObjectRNGs.of(1, "t", range(N)), visits, survey)


def far_and_wide(n):
    """Visits so deep that the redshift limits are what ends the draw."""
    mjd = np.tile([57000.0, 57020.0], (n, 1))
    return Visits(mjd, np.full(mjd.shape, 40.0))


def test_all_are_found_and_known_to_their_hosts(sample):
    visits, curves = sample
    assert is_found(curves, visits).all()
    p = curves.parameters
    assert list(p) == [
        *("magnitude", "subtype", "model", "redshift", "explosion", "peak_offset", "a_v")
    ]
    np.testing.assert_array_equal(p["magnitude"], np.nanmin(curves.magnitude, axis=1))
    np.testing.assert_array_equal(p["subtype"] == "Ia", p["model"] == "ia.dat")
    assert set(p["model"]) == {"bright.dat", "faint.dat", "ia.dat"}
    assert (p["peak_offset"][p["subtype"] == "II"] == 0).all()
    assert p["peak_offset"][p["subtype"] == "Ia"].std() == pytest.approx(0.3, abs=0.1)


def test_an_object_does_not_depend_on_the_others_or_the_process(sample, generator, survey):
    visits, together = sample
    order = np.random.default_rng(0).permutation(N)[:40]
    worker = pickle.loads(pickle.dumps(generator))
    alone = worker(ObjectRNGs.of(1, "t", order), visits.select(order), survey)
    np.testing.assert_array_equal(alone.magnitude, together.magnitude[order])
    pd.testing.assert_frame_equal(
        alone.parameters, together.parameters.iloc[order].reset_index(drop=True)
    )
    assert len(pickle.dumps(generator)) < 5e6  # the spectra stay behind


def test_models_explode_by_weight_and_rate(generator, survey):
    p = generator.draw(
        ObjectRNGs.of(2, "t", range(20_000)), far_and_wide(20_000), survey
    ).parameters
    near = p["redshift"] < 0.1
    share = p["model"][near].value_counts(normalize=True)
    assert share["faint.dat"] == pytest.approx(4 / 6, abs=0.06)
    assert share["bright.dat"] == pytest.approx(1 / 6, abs=0.05)
    assert share["ia.dat"] == pytest.approx(1 / 6, abs=0.05)
    assert p.loc[p["model"] == "faint.dat", "redshift"].max() < 0.3
    for model, built_in in (("bright.dat", sn_ii), ("ia.dat", sn_ia)):
        cumulative, z = built_in.redshift_shares()
        of_model = p.loc[p["model"] == model, "redshift"]
        assert of_model.max() < built_in.FARTHEST
        for level in (0.1, 0.5, 0.9):
            at = np.interp(level, cumulative, z)
            assert (of_model < at).mean() == pytest.approx(level, abs=0.025)


def test_leaving_out_what_is_too_far_changes_nothing(generator, survey, make_visits, monkeypatch):
    visits = make_visits(4000).select(np.arange(4000))
    limit = np.where(np.isfinite(visits.mjd), 22.5, np.nan)
    visits = Visits(visits.mjd, limit)

    def found():
        curves = generator.draw(ObjectRNGs.of(3, "t", range(4000)), visits, survey)
        return curves.parameters[is_found(curves, visits)]

    near = found()
    monkeypatch.setattr(
        Model, "reach", lambda model, deepest: np.full(len(deepest), model.series.farthest)
    )
    far = found()
    assert len(near) > 5 * len(far) > 100
    assert near["redshift"].median() == pytest.approx(far["redshift"].median(), rel=0.15)
    assert (near["model"] == "ia.dat").mean() == pytest.approx(
        (far["model"] == "ia.dat").mean(), abs=0.12
    )


def test_distance_dust_and_time(generator, survey):
    """One object by hand: from its truth to its magnitudes."""
    n = 50
    mjd = np.broadcast_to(np.arange(57000.0, 57060.0, 3.0), (n, 20))
    visits = Visits(mjd, np.full(mjd.shape, 24.0))
    curves = generator.draw(ObjectRNGs.of(4, "t", range(n)), visits, survey)
    models = {model.series.name: model for model in generator.models(survey.bandpass)}
    for row, p in curves.parameters.iterrows():
        age = (mjd[row] - p["explosion"]) / (1 + p["redshift"])
        z, a_v = np.array([[p["redshift"]]]), np.array([[p["a_v"]]])
        m = models[p["model"]].absolute(age[None], z, a_v)[0]
        m += cosmology.distance_modulus(p["redshift"]) + p["peak_offset"]
        np.testing.assert_allclose(curves.magnitude[row], m, atol=1e-9)
        assert np.array_equal(np.isfinite(curves.magnitude[row]), age >= 0)


def test_the_peak_is_where_the_table_says(generator):
    model = generator.models("decam2014-g")[2]
    blue = replace(model.series, flux=spectra.flux(), peak_magnitude=-18.0, band="decam2014-g")
    peak = sed_model.see(blue, "decam2014-g").grid.magnitude[:, 0].min()
    assert peak == pytest.approx(-18.0, abs=0.01)


def test_after_its_last_spectrum_a_model_declines_further(generator):
    model = generator.models("decam2014-g")[0]
    zero = np.zeros((1, 1))
    age = model.span + np.array([[-10.0, 0.0, 10.0, 20.0, 500.0]])
    m = model.absolute(age, zero + 0.1, zero)[0]
    slope = m[1] - m[0]
    assert slope > 10 * sed_model.DECLINE
    np.testing.assert_allclose(np.diff(m[:4]), slope, rtol=0.02)
    assert m[4] > 10  # gone
    flat = replace(model, grid=replace(model.grid, magnitude=model.grid.magnitude * 0 - 17))
    np.testing.assert_allclose(
        flat.absolute(age, zero + 0.1, zero)[0, 2], -17 + 10 * sed_model.DECLINE, atol=1e-5
    )


def test_series_without_a_rise_are_noted(tmp_path, survey, capsys):
    late = spectra.PHASE[8:]
    spectra.write(tmp_path / "late.dat", phase=late)
    grid = sed_grid.read(tmp_path)
    for _ in range(2):
        grid.prepared("supernova", survey)
    said = capsys.readouterr().err
    assert said.count("1 of 1 spectral series begin less than 2.5 mag below their peak") == 1


def test_unevenly_spaced_spectra_do_not_ring(tmp_path, survey):
    phase = np.array([0.0, 3.0, 3.01, 6.0, 9.0, 9.01, 12.0, 15.0])
    values = spectra.flux(spectra.PHASE[:1] + 16) * (1 + 0.1 * (-1) ** np.arange(8))[:, None]
    spectra.write(tmp_path / "uneven.dat", phase=phase, values=values)
    model = sed_grid.read(tmp_path).models(survey.bandpass)[0]
    assert np.ptp(model.grid.magnitude[:, 0]) == pytest.approx(2.5 * np.log10(1.1 / 0.9), abs=0.01)


def test_few_phases_are_enough(tmp_path, survey):
    spectra.write(tmp_path / "two.dat", phase=[0.0, 10.0])
    model = sed_grid.read(tmp_path).models(survey.bandpass)[0]
    assert np.isfinite(model.grid.magnitude).all()


@pytest.mark.parametrize(
    ("wave", "table", "told"),
    [
        (
            np.arange(3000.0, 9000.0, 50.0),
            None,
            r"expected wavelengths from 23\d\d to 5\d\d\d Å \(decam2014-g out to redshift 0.7\), "
            r"got 3000 to 8950 Å; extend the spectra, or give farthest = 0.3\d in models.csv",
        ),
        (np.arange(1500.0, 5000.0, 50.0), None, r"got 1500 to 4950 Å; extend the spectra$"),
        (
            np.arange(1500.0, 6000.0, 50.0),
            "peak_magnitude,band\nx.dat,-17,decam2014-z",
            r"decam2014-z out to redshift 0\), got 1500 to 5950",
        ),
        (
            np.arange(1500.0, 9000.0, 50.0),
            "peak_magnitude,band\nx.dat,-17,desg",
            r"expected a band that speclite has, such as bessell-B .* got desg",
        ),
    ],
)
def test_filters_out_of_reach_are_refused_in_one_line(tmp_path, survey, wave, table, told):
    spectra.write(tmp_path / "x.dat", wave=wave)
    if table:
        (tmp_path / "models.csv").write_text(f"file,{table}\n")
    with pytest.raises(UsageError, match=told) as caught:
        sed_grid.read(tmp_path).prepared("supernova", survey)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "x.dat") in str(caught.value)


def test_what_it_says_of_farthest_helps(tmp_path, survey):
    spectra.write(tmp_path / "x.dat", wave=np.arange(3000.0, 9000.0, 50.0))
    (tmp_path / "models.csv").write_text("file,farthest\nx.dat,0.31\n")
    (model,) = sed_grid.read(tmp_path).models(survey.bandpass)
    assert model.grid.redshifts[-1] >= 0.31


def test_nothing_is_found_under_a_bright_limit(generator, survey, monkeypatch):
    monkeypatch.setattr(light_curves, "MAX_DRAWS", 50)
    visits = Visits(np.array([[57070.0, 57080.0]]), np.array([[9.0, 9.0]]))
    with pytest.raises(
        SkymovieError,
        match=r"magnitude of .* in decam2014-g; peak_magnitude in .* that the s",
    ):
        generator(ObjectRNGs.of(1, "t", [0]), visits, survey)


def test_many_series_show_how_far_they_are(tmp_path, survey, capsys, monkeypatch):
    monkeypatch.setattr(sed_grid, "MANY", 2)
    for name in "ab":
        spectra.write(tmp_path / f"{name}.dat", phase=[0.0, 10.0])
    assert len(sed_grid.read(tmp_path).models(survey.bandpass)) == 2
    assert "spectral series: 2/2" in capsys.readouterr().out


def test_other_files_other_fingerprint(folder, tmp_path):
    one = sed_grid.read(folder)
    assert one.fingerprint == sed_grid.read(folder).fingerprint
    assert one.fingerprint != sed_grid.read(folder / "faint.dat").fingerprint


def test_series_in_arbitrary_units_are_told_before_anything_is_simulated(tmp_path, survey, capsys):
    spectra.write(tmp_path / "odd.dat", values=1e-12 * spectra.flux())
    sed_grid.read(tmp_path).prepared("kn", survey)
    said = " ".join(capsys.readouterr().err.split())
    assert "1 of 1 spectral series peak where no explosion does: odd.dat" in said
    assert "peak_magnitude with its band in models.csv scales" in said

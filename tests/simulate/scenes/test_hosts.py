import dataclasses

import numpy as np
import pandas as pd
import pytest

import surveys
from simulate.population.rngs import ObjectRNGs
from simulate.scenes import hosts
from surveys.errors import UsageError

N = 4000


@pytest.fixture(scope="module")
def survey():
    return surveys.load("hits")


def sample(survey, label, n=N, redshift=0.25, subtype="Ia"):
    parameters = pd.DataFrame({"redshift": np.full(n, redshift), "subtype": [subtype] * n})
    return hosts.sample(ObjectRNGs.of(1, "t", range(n)), np.full(n, label), parameters, survey)


def test_how_many_stand_on_a_galaxy(survey):
    shares = {label: sample(survey, label).present.mean() for label in ("galaxy", "supernova")}
    assert shares["galaxy"] == 1
    assert shares["supernova"] == pytest.approx(0.85, abs=0.03)
    assert sample(survey, "rr_lyrae").present.mean() == pytest.approx(0.05, abs=0.012)


def test_all_is_nan_where_there_is_none_and_sound_elsewhere(survey):
    h = sample(survey, "supernova")
    for field in dataclasses.fields(h):
        np.testing.assert_array_equal(np.isfinite(getattr(h, field.name)), h.present)
    on = h.present
    assert (h.disc_radius[on] > 0).all()
    assert (h.bulge_radius[on] > 0).all()
    for share in (h.bulge_fraction, h.disc_axis_ratio, h.bulge_axis_ratio):
        assert (share[on] >= 0).all()
        assert (share[on] <= 1).all()
    assert np.unique(h.redshift[on]) == 0.25


def test_galaxies_are_centred_and_supernovae_follow_the_disc(survey):
    galaxies = sample(survey, "galaxy")
    assert not galaxies.offset_x.any()
    assert not galaxies.offset_y.any()
    h = sample(survey, "supernova")
    # Back to the disc's own axes; half of the light lies within the half-light ellipse.
    c, s = np.cos(h.angle), np.sin(h.angle)
    along, across = h.offset_x * c + h.offset_y * s, h.offset_y * c - h.offset_x * s
    q = h.disc_axis_ratio
    r = np.hypot(along * np.sqrt(q), across / np.sqrt(q)) / h.disc_radius
    r = r[h.present]
    assert (r < 1).mean() == pytest.approx(0.5, abs=0.03)
    assert (r < 2).mean() == pytest.approx(1 - 4.356 * np.exp(-3.356), abs=0.02)


def test_galaxies_have_plausible_redshifts_and_sizes(survey):
    h = sample(survey, "galaxy")
    faint = (h.magnitude > 21.5) & (h.magnitude < 23.2)
    # COSMOS galaxies with i < 22.5 (g about 22.8): median half-light radius 0.44″, redshift 0.51.
    assert 0.35 < np.median(h.disc_radius[faint]) < 0.8
    assert 0.25 < np.median(h.redshift[faint]) < 0.6
    bright = h.magnitude < 19
    assert np.median(h.redshift[bright]) < 0.15
    assert np.median(h.disc_radius[bright]) > 1.0


def test_hosts_of_supernovae(survey):
    near = sample(survey, "supernova", redshift=0.05).magnitude
    far = sample(survey, "supernova", redshift=0.4).magnitude
    assert 16 < np.nanmedian(near) < 19
    assert 21 < np.nanmedian(far) < 24
    ii = sample(survey, "supernova", subtype="II")
    assert np.nanmedian(ii.magnitude) > np.nanmedian(sample(survey, "supernova").magnitude) + 0.5
    assert (ii.bulge_fraction[ii.present] < 0.6).all()


def test_a_row_depends_on_its_object_alone(survey):
    labels = np.array(["supernova", "galaxy", "rr_lyrae", "supernova"] * 10)
    table = pd.DataFrame(
        {
            "redshift": np.where(labels == "supernova", 0.3, np.nan),
            "subtype": np.where(labels == "supernova", "II", "ab"),
        }
    )
    together = hosts.sample(ObjectRNGs.of(1, "t", range(40)), labels, table, survey)
    order = np.random.default_rng(0).permutation(40)
    shuffled = hosts.sample(
        ObjectRNGs.of(1, "t", order),
        labels[order],
        table.iloc[order].reset_index(drop=True),
        survey,
    )
    alone = hosts.sample(ObjectRNGs.of(1, "t", [7]), labels[7:8], table.iloc[[7]], survey)
    for field in dataclasses.fields(together):
        value = getattr(together, field.name)
        np.testing.assert_array_equal(getattr(shuffled, field.name), value[order])
        np.testing.assert_array_equal(getattr(alone, field.name), value[[7]])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"redshift": [0.1]}), "subtype missing"),
        (pd.DataFrame({"redshift": [np.nan], "subtype": ["Ia"]}), "finite redshifts"),
        (pd.DataFrame({"redshift": [0.1], "subtype": ["Ibc"]}), "Ia or II .* got Ibc"),
    ],
)
def test_supernovae_without_redshift_or_type_are_refused(survey, table, message):
    with pytest.raises(UsageError, match=message):
        hosts.sample(ObjectRNGs.of(1, "t", [0]), np.array(["supernova"]), table, survey)


def test_most_galaxies_need_one_component(survey):
    b = sample(survey, "galaxy").bulge_fraction
    assert 0.4 < (b == 0).mean() < 0.7
    assert (b > 0.6).mean() > 0.1

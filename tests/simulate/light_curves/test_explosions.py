import numpy as np
import pandas as pd
import pytest
from scipy.stats import truncnorm

from simulate.light_curves import LightCurves, Visits, explosions

U = (np.arange(2000) + 0.5) / 2000


def test_truncated_normal():
    x = explosions.truncated_normal(U, 1.0, 1.0, 0.5, 2.0)
    expected = truncnorm(-0.5, 1.0, loc=1.0, scale=1.0)
    np.testing.assert_allclose(x, expected.ppf(U), rtol=1e-9)


def test_dust_is_log_normal():
    a_v = np.log(explosions.host_extinction(U))
    assert a_v.mean() == pytest.approx(np.log(0.1), abs=1e-6)
    assert a_v.std() == pytest.approx(1.0, abs=0.01)


def test_dates_fill_the_window():
    mjd = np.broadcast_to(np.array([57070.0, 57080.0, np.nan]), (2000, 3))
    date = explosions.explosion_date(U, Visits(mjd, mjd), 20.0)
    assert date.min() == pytest.approx(57050, abs=0.1)
    assert date.max() == pytest.approx(57080, abs=0.1)


@pytest.mark.parametrize(
    ("magnitude", "found"),
    [
        ([np.nan, 22.0, 21.0, np.nan], True),  # not there at first
        ([23.5, 22.0, 21.0, np.nan], True),
        ([22.0, 21.5, 21.2, np.nan], False),  # rises by less than a magnitude
        ([21.0, 22.0, 23.0, np.nan], False),  # falls
        ([np.nan, np.nan, 23.2, np.nan], False),  # never over the limit
        ([np.nan, np.nan, np.nan, np.nan], False),
    ],
)
def test_what_is_found(magnitude, found):
    mjd = np.array([[1.0, 2.0, 3.0, np.nan]])
    visits = Visits(mjd, np.where(np.isfinite(mjd), 23.0, np.nan))
    curves = LightCurves(np.array([magnitude]), pd.DataFrame(index=[0]))
    assert explosions.is_found(curves, visits).tolist() == [found]

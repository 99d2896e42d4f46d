"""docs/reference/features.md lists what the code computes."""

from lightcurve_rf import features
from lightcurve_rf.features import autocorrelation, car, distribution, period, sequence, structure
from tests.oracles.features_table import rows

MODULES = (distribution, sequence, autocorrelation, structure, car, period)


def test_every_feature_stands_in_the_table_with_its_module():
    modules = {name: m.__name__.split(".")[-1] for m in MODULES for name in m.NAMES}
    assert {name: cells["module"] for name, cells in rows().items()} == modules
    assert set(rows()) == set(features.FEATURES)


def test_every_cell_says_something():
    assert all(all(cells.values()) for cells in rows().values())

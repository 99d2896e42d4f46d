import pytest
from hypothesis import given
from hypothesis import strategies as st

from movies import classes
from surveys.errors import UsageError


def test_every_class_has_a_title():
    assert len(classes.CLASSES) == 7
    assert tuple(classes.TITLES) == classes.CLASSES
    assert set(classes.TRANSIENTS) <= set(classes.CLASSES)


@given(st.lists(st.sampled_from(classes.CLASSES), min_size=1))
def test_names_come_once_and_in_order(names):
    checked = classes.check(names)
    assert set(checked) == set(names)
    assert list(checked) == sorted(checked, key=classes.CLASSES.index)
    assert len(checked) == len(set(checked))


@pytest.mark.parametrize(
    ("names", "came"), [(["supernova", "qso"], "came qso"), ([], "came none"), ("galaxy", "came a")]
)
def test_unknown_names_are_told(names, came):
    with pytest.raises(UsageError, match=f"expected classes among non_variable, .*{came}"):
        classes.check(names)

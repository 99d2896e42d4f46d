import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skymovie import classes
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
    ("names", "got"), [(["supernova", "qso"], "got qso"), ([], "got none"), ("galaxy", "got a")]
)
def test_unknown_names_are_told(names, got):
    with pytest.raises(UsageError, match=f"expected classes among non_variable, .*{got}"):
        classes.check(names)


@given(st.permutations([*classes.CLASSES, "blazar", "kilonova"]), st.booleans())
def test_own_names_follow_the_seven(names, turned):
    own = ["kilonova", "blazar", "cepheid"]
    checked = classes.check(names, own[::-1] if turned else own)
    assert checked == (*classes.CLASSES, "blazar", "kilonova")


@pytest.mark.parametrize(
    ("names", "own", "told"),
    [
        (["galaxy", "my star"], ["my star"], r"a class named in small letters.*got 'my star'"),
        (["galaxy", "7up"], ["7up"], r"got '7up'"),
        (["galaxy", "Mira"], ["Mira"], r"got 'Mira'"),
        (
            ["galaxy"],
            ["mira"],
            r"expected mira, .* among the classes to simulate; got galaxy; add",
        ),
        (["galaxy"], ["cepheid"], r"expected cepheid, of which there are own light curves"),
        (["galaxy", "mira", "qso"], ["mira"], r"galaxy, mira; got qso"),
    ],
)
def test_wrong_own_names_are_told(names, own, told):
    with pytest.raises(UsageError, match=told):
        classes.check(names, own)


def test_classifiers_refuse_classes_that_they_do_not_know():
    classes.check_known(classes.CLASSES, "here")
    with pytest.raises(UsageError, match=r"my/store: expected .* \(non_.*, galaxy\), got a, b;"):
        classes.check_known(["b", "galaxy", "a"], "my/store")


def test_own_classes_have_no_index(movies):
    movies.truth.loc[3, "label"] = "kilonova"
    np.testing.assert_array_equal(movies.label, [0, 1, 2, -1, *range(4, 7), *range(7)])

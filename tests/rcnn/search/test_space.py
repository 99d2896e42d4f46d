"""Search spaces: what is drawn lies in them, and what is wrong with one is said."""

import pytest

from rcnn.search import space as search_space
from rcnn.search.space import DEFAULT, parse
from rcnn.settings import TrainingSettings
from surveys.errors import UsageError

BASE = TrainingSettings()


def test_the_default_space_can_be_drawn_from():
    import optuna

    space = parse(DEFAULT, BASE)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    drawn = [study.ask(space.distributions()).params for _ in range(30)]
    made = [space.settings(BASE, params) for params in drawn]
    assert len({(s.learning_rate, s.batch, s.convolutions) for s in made}) == 30
    assert {type(s.memory) for s in made} == {int}
    for settings in made:
        assert 2e-4 <= settings.learning_rate <= 5e-3
    # Half of log-uniform draws lie under the geometric mean.
    assert 5 < sum(s.learning_rate < 1e-3 for s in made) < 25


def test_a_file_is_read_in_the_types_of_the_settings(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(
        "learning_rate = {low = 1e-4, high = 1, log = true}\n"
        "memory = {low = 64, high = 256, step = 64}\n"
        "augment = {choices = [true, false]}\n"
        "dropout = 0\n"
        'precision = "float32"\n'
    )
    space = search_space.read(path, BASE)
    assert space.drawn["learning_rate"] == {"low": 1e-4, "high": 1.0, "log": True, "step": None}
    assert space.drawn["augment"] == {"choices": [True, False]}
    assert space.held == {"dropout": 0.0, "precision": "float32"}
    assert space.distributions()["memory"].step == 64
    made = space.settings(BASE, {"learning_rate": 0.5, "memory": 128, "augment": False})
    assert (made.precision, made.memory, made.dropout, made.augment) == ("float32", 128, 0.0, False)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({}, "at least one setting with low and high, or choices; got none"),
        ({"batch": 32}, "at least one setting with low and high, or choices; got none"),
        ({"memry": 3}, r"got memry \(is that memory\?\)"),
        ({"minutes": 3.0}, "got minutes; give --minutes"),
        ({"start": "hits"}, "random weights"),
        ({"validation": {"low": 1, "high": 9}}, "expected one value of validation"),
        ({"dropout": {"low": 0.5, "high": 1.5}}, r"dropout in \[0, 1\)"),
        ({"dropout": {"low": 0.5, "high": 0.1}}, "low under high; got 0.5 and 0.1"),
        ({"dropout": {"low": 0, "high": 0.1, "log": True}}, "both above zero; got 0.0 and 0.1"),
        ({"dropout": {"low": 0, "hi": 0.1}}, "keys among low, high, .*; got hi"),
        ({"dropout": {"low": 0}}, "expected low and high, or choices"),
        ({"memory": {"low": 1.5, "high": 3}}, "memory: expected a whole number, got 1.5"),
        ({"memory": {"low": 2, "high": 8, "log": True, "step": 2}}, "not both"),
        ({"memory": {"low": 2, "high": 8, "step": 0}}, "a step above zero"),
        ({"memory": {"low": 0, "high": 8}}, "memory: expected a number above zero; got 0"),
        ({"stretch": {"low": "a", "high": "b"}}, "stretch: expected choices"),
        ({"stretch": {"choices": ["asinh", "sqrt"]}}, "one of linear, asinh, relative"),
        ({"stretch": {"choices": ["asinh"]}}, "at least two values"),
        ({"batch": {"choices": [8, 8]}}, "choices that differ"),
        ({"batch": {"choices": [8, 16], "log": True}}, "and no more"),
        ({"batch": {"choices": [8, 16]}, "augment": 1}, "augment: expected true or false, got 1"),
    ],
)
def test_what_is_wrong_is_said(entries, said):
    with pytest.raises(UsageError, match=said) as error:
        parse(entries, BASE, "mine.toml")
    assert str(error.value).startswith("mine.toml")


def test_files_that_are_none(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml: expected settings to search"):
        search_space.read(tmp_path / "none.toml", BASE)
    (tmp_path / "bad.toml").write_text("batch == 3")
    with pytest.raises(UsageError, match=r"bad\.toml: expected settings to search, as TOML"):
        search_space.read(tmp_path / "bad.toml", BASE)

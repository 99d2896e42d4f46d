from dataclasses import replace

import pytest

from rcnn import settings
from rcnn.settings import PRESETS, TrainingSettings, preset
from surveys.errors import SkymovieError, UsageError


def test_the_papers_values():
    paper = preset("paper")
    assert (paper.batch, paper.iterations, paper.learning_rate) == (256, 30_000, 5e-4)
    assert (paper.features, paper.memory) == (1024, 512)
    assert paper.channels == ((64, 64, 64), (64, 64, 64))
    assert (paper.stretch, paper.decay) == ("linear", "constant")


def test_what_is_not_given_stays():
    assert preset("paper", batch=8, seed=None) == replace(PRESETS["paper"], batch=8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stretch": "log"}, "stretch: expected one of linear, asinh, relative; got 'log'"),
        ({"decay": "step"}, "decay: expected one of"),
        ({"precision": "half"}, "precision: expected one of"),
        ({"batch": 0}, "batch: expected a number above zero; got 0"),
        ({"iterations": -1}, "iterations: expected a number above zero"),
        ({"learning_rate": float("nan")}, "learning_rate: expected a number above zero"),
        ({"convolutions": "64 x 3"}, "bars where to pool, such as .*; got '64 x 3'"),
        ({"convolutions": "64 | | 3"}, "got '64 | | 3'".replace("|", r"\|")),
        ({"convolutions": "0 64"}, "got '0 64'"),
        ({"dropout": 1.0}, r"dropout in \[0, 1\)"),
        ({"minutes": -1.0}, "minutes of at least 0"),
    ],
)
def test_a_wrong_value_is_named(change, message):
    with pytest.raises(UsageError, match=message):
        preset("default", **change)


def test_an_unknown_preset_is_named():
    with pytest.raises(
        UsageError, match="among default, deep, paper, or a file of settings; got 'mine'"
    ):
        preset("mine")


def test_precision_follows_the_processor(monkeypatch):
    for has, dtype in ((True, "mixed_bfloat16"), (False, "float32")):
        monkeypatch.setattr(settings, "_has_bfloat16", lambda has=has: has)
        assert TrainingSettings().dtype == dtype
        assert TrainingSettings(precision="float32").dtype == "float32"


def test_settings_survive_the_file(tmp_path):
    path = tmp_path / "settings.toml"
    mine = replace(PRESETS["paper"], learning_rate=1e-5, minutes=2.5)
    settings.write(path, mine, store='a "quoted" \\ path', stamp_size=21)
    assert settings.read(path) == (mine, {"store": 'a "quoted" \\ path', "stamp_size": 21})


def test_a_file_of_settings_stands_for_a_preset(tmp_path):
    mine = replace(PRESETS["paper"], learning_rate=1e-5)
    settings.write(tmp_path / "best.toml", mine)
    assert preset(str(tmp_path / "best.toml"), batch=8) == replace(mine, batch=8)


@pytest.mark.parametrize("text", ["", "batch = ", "batch = 3"])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SkymovieError, match=r"settings\.toml: expected the settings"):
        settings.read(tmp_path / "settings.toml")

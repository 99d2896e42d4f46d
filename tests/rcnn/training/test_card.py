import re
import shlex
from dataclasses import asdict, replace

import numpy as np
import pytest

import rcnn
from rcnn.settings import PRESETS, preset
from rcnn.training import card, command
from rcnn.training.checkpoint import Progress
from rcnn.training.training import tabulate
from skymovie import predictions


def test_the_card_tells_accuracy_errors_calibration_and_commands(store, tiny, tmp_path):
    model = rcnn.RCNN(tiny)
    model.temperature = 1.25
    table = tabulate(model, store.read("test"), classifier="rcnn", sample="simulated")
    progress = Progress(iteration=5, seconds=60, best_loss=3.21, best_iteration=4)
    card.write(model, store, progress, table, tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text()
    last = predictions.at_most(table, 22)
    right = predictions.predicted(last) == last["label"].to_numpy(dtype=str)
    error = np.sqrt(right.mean() * (1 - right.mean()) / len(right))
    assert f"**{right.mean():.3f} ± {error:.3f}**" in text
    assert "temperature 1.250" in text
    assert "simulate --survey hits --n 70 --seed 0" in text
    assert "None was looked at" in text
    assert str(store.path) not in text  # cards are shipped
    assert len(re.findall(r"^\| .* ± .* \|$", text, re.MULTILINE)) == 7


@pytest.mark.parametrize(
    "settings",
    [
        preset("default", minutes=45.0, seed=3),
        preset("paper", learning_rate=1e-4),
        preset("deep", minutes=5.9, validate_every=2000),
        preset("default", start="hits", batch=64, stretch="asinh"),
    ],
)
def test_the_command_that_is_told_makes_the_same_settings(settings, monkeypatch):
    words, unsaid = card.train_command(settings)
    assert not unsaid
    options = dict(zip(*[iter(shlex.split(words)[2:])] * 2, strict=True))
    name = options.pop("--preset", "default")
    assert options.pop("--out") == "run"
    kinds = asdict(PRESETS[name])
    given = {key[2:].replace("-", "_"): value for key, value in options.items()}
    assert preset(name, **{k: type(kinds[k])(v) for k, v in given.items()}) == settings


def test_settings_without_an_option_are_told_apart():
    _, unsaid = card.train_command(replace(PRESETS["default"], dropout=0.1))
    assert unsaid == {"dropout": 0.1}
    assert "dropout" not in command.train_rcnn.__annotations__


def test_movies_of_fewer_classes_are_told():
    attributes = {
        "sizes": {"train": 70},
        "settings": {"seed": 4, "even": 0.4, "classes": ["supernova"], "own": {"supernova": "x"}},
    }
    command, beside = card.simulate_command(attributes, "hits")
    assert command == (
        "simulate --survey hits --n 70 --seed 4 --even 0.4 --classes supernova --out movies"
    )
    assert beside == ["light curves of a user's own for supernova"]

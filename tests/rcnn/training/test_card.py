import re

import numpy as np
import pytest

import rcnn
from rcnn.settings import preset
from rcnn.training import card
from rcnn.training.checkpoint import Progress
from skymovie import predictions


def test_the_card_tells_accuracy_errors_calibration_and_commands(store, tiny, tmp_path):
    model = rcnn.RCNN(tiny)
    model.temperature = 1.25
    table = model.tabulate(store.read("test"), classifier="rcnn", sample="simulated")
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
        preset("default", start="hits", batch=64, dropout=0.1),
    ],
)
def test_the_call_that_is_told_makes_the_same_settings(settings, monkeypatch):
    call = card._in_python(settings)
    inside = call[call.index("rcnn.preset(") : call.index("), out)")] + ")"
    assert eval(inside, {"rcnn": rcnn}) == settings


def test_the_card_tells_the_command_line_as_it_was_typed(store, tiny, tmp_path):
    table = rcnn.RCNN(tiny).tabulate(store.read("test"), classifier="rcnn", sample="simulated")
    words = "train-rcnn hits-movies --out run --minutes 3"
    card.write(rcnn.RCNN(tiny), store, Progress(), table, tmp_path / "card.md", words)
    text = (tmp_path / "card.md").read_text()
    assert f"\n{words}\n" in text
    assert "In Python" not in text


def test_movies_of_fewer_classes_are_told():
    attributes = {
        "sizes": {"train": 70},
        "settings": {
            "seed": 4,
            "uniform_fraction": 0.4,
            "classes": ["supernova"],
            "custom_models": {"supernova": "x"},
        },
    }
    command, beside = card.simulate_command(attributes, "hits")
    assert command == (
        "simulate --survey hits --n 70 --seed 4 --uniform-magnitudes 0.4 --classes supernova "
        "--out hits-movies"
    )
    assert beside == ["light curves of a user's own for supernova"]

import json

import numpy as np
import pytest

import rcnn
from rcnn.evaluation.calibrate import calibrate
from rcnn.evaluation.tables import calibration_error
from rcnn.model import calibration
from skymovie import CLASSES, predictions


def test_a_network_whose_logits_are_scaled_gets_a_scaled_temperature(store, tiny, tmp_path):
    found = []
    for factor in (1.0, 3.0):
        model = rcnn.RCNN(tiny)
        kernel, bias = model.network.logits.weights
        kernel.assign(np.asarray(kernel) * factor)
        bias.assign(np.asarray(bias) * factor)
        found.append(calibrate(model, store, tmp_path))
        assert model.temperature == found[-1] == calibration.read(tmp_path)
    if found[0] < calibration.RANGE[1] / 3:
        assert found[1] == pytest.approx(3 * found[0], rel=1e-3)
    kept = json.loads((tmp_path / calibration.FILE).read_text())
    assert kept["movies"] == 14
    assert kept["loss_after"] <= kept["loss_before"]


def test_the_error_of_a_table_is_that_of_its_logits(made):
    rng = np.random.default_rng(0)
    label = rng.integers(7, size=300)
    named = np.where(rng.random(300) < 0.7, label, rng.integers(7, size=300))
    answers = made(label, named, temperature=1.8)
    weight = answers.class_weight()
    for table_temperature, t in ((1.0, 1.8), (1.8, 1.0)):
        p = calibration.softmax(answers.logits_after(), t)
        expected = calibration.reliability(p, answers.code, weight).error
        found = calibration_error(answers.table(), temperature=table_temperature)
        assert found == pytest.approx(expected, abs=1e-4)


def test_trials_are_averaged(made):
    a, b = made([0, 1, 2], [0, 1, 2]).table(), made([0, 1, 2], [1, 1, 2], seed=3).table()
    both = predictions.pd.concat([a, b.assign(trial=1)], ignore_index=True)
    expected = (calibration_error(a) + calibration_error(b)) / 2
    assert calibration_error(both) == pytest.approx(expected)
    assert set(both["label"]) <= set(CLASSES)

"""Temperatures are found again, and the calibration error is what theory says."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rcnn.model import calibration
from skymovie import CLASSES
from surveys.errors import SkymovieError


def _drawn(n, temperature, rng, spread=3.0):
    """Logits, and labels drawn from softmax(logits / temperature)."""
    logits = rng.normal(0, spread, (n, 7))
    p = calibration.softmax(logits, temperature).astype(float)
    label = (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, 6)
    return logits, label


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.3])
def test_labels_drawn_under_a_temperature_give_it_back(temperature):
    logits, label = _drawn(40_000, temperature, np.random.default_rng(1))
    assert calibration.fit(logits, label) == pytest.approx(temperature, rel=0.02)


def test_no_logits_have_no_temperature():
    with pytest.raises(ValueError, match="got none"):
        calibration.fit(np.zeros((0, 7)), np.zeros(0, int))


def test_the_error_of_calibrated_draws_goes_as_noise_does():
    """Each bin's |accuracy − confidence| is half-normal: E[ECE] = Σ_b w_b √(2 v_b / (π n_b))."""
    rng = np.random.default_rng(2)
    found = {}
    for n in (2_000, 200_000):
        logits, label = _drawn(n, 1.0, rng)
        p = calibration.softmax(logits)
        bins = calibration.reliability(p, label)
        there = bins.weight > 0
        c, w = bins.confidence[there], bins.weight[there]
        expected = np.sum(w * np.sqrt(2 * c * (1 - c) / (np.pi * n * w)))
        assert bins.error < 2 * expected
        found[n] = bins.error
    assert found[200_000] < found[2_000] / 4


def test_the_error_of_overconfidence_is_that_of_the_probabilities():
    """Closed form: where p is the truth and q ≥ p is said, ECE → E[q − p]."""
    logits, label = _drawn(200_000, 2.0, np.random.default_rng(3))
    said, true = calibration.softmax(logits), calibration.softmax(logits, 2.0)
    expected = np.mean(said.max(axis=1) - true.max(axis=1))
    assert calibration.reliability(said, label).error == pytest.approx(expected, abs=0.004)


@given(
    arrays(np.float64, (30, 7), elements=st.floats(-20, 20)),
    arrays(np.int64, 30, elements=st.integers(0, 6)),
)
def test_the_error_is_that_of_the_definition(logits, label):
    """Guo et al. (2017), Eq. 3, as a loop."""
    p = calibration.softmax(logits).astype(np.float64)
    total = 0.0
    for k in range(15):
        inside = [i for i in range(30) if k / 15 < p[i].max() <= (k + 1) / 15]
        if inside:
            accuracy = sum(p[i].argmax() == label[i] for i in inside) / len(inside)
            total += abs(accuracy * len(inside) - sum(p[i].max() for i in inside)) / 30
    assert calibration.reliability(p, label).error == pytest.approx(total, abs=1e-9)


def test_weights_count_as_repeated_answers():
    rng = np.random.default_rng(4)
    logits, label = _drawn(50, 3.0, rng)
    times = rng.integers(1, 5, 50)
    p = calibration.softmax(logits)
    repeated = calibration.reliability(np.repeat(p, times, axis=0), np.repeat(label, times))
    assert calibration.reliability(p, label, times).error == pytest.approx(repeated.error)


def test_dividing_logits_changes_no_answer_and_the_sum_stays_one():
    logits = np.random.default_rng(5).normal(0, 50, (5, 20, 7))
    p = calibration.softmax(logits, 4.0)
    assert (p.argmax(axis=-1) == logits.argmax(axis=-1)).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-5)


def test_a_temperature_is_kept_beside_the_weights(tmp_path):
    assert calibration.read(tmp_path) == 1.0
    calibration.write(tmp_path, 1.7, movies=3)
    assert calibration.read(tmp_path) == 1.7
    assert json.loads((tmp_path / calibration.FILE).read_text())["movies"] == 3


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"temperature": 0}', '{"temperature": NaN}'])
def test_what_is_no_temperature_is_refused(tmp_path, content):
    (tmp_path / calibration.FILE).write_text(content)
    with pytest.raises(SkymovieError, match=r"calibration\.json: expected a temperature"):
        calibration.read(tmp_path)


PRIOR = np.array([4, 4, 1, 4, 4, 1, 1]) / 19


def test_a_prior_is_bayes_rule_on_the_probabilities():
    """Saerens et al. (2002), Eq. 2.4, where training held all classes equally."""
    logits = np.random.default_rng(6).normal(0, 3, (5, 20, 7))
    p = calibration.softmax(logits, 1.7).astype(float)
    expected = p * PRIOR / (p * PRIOR).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(calibration.probabilities(logits, 1.7, PRIOR), expected, rtol=1e-5)


def test_without_a_prior_nothing_is_shifted():
    logits = np.random.default_rng(7).normal(0, 3, (50, 7))
    plain = calibration.softmax(logits, 0.7)
    np.testing.assert_array_equal(calibration.probabilities(logits, 0.7), plain)
    equal = calibration.probabilities(logits, 0.7, calibration.EQUAL)
    np.testing.assert_allclose(equal, plain, rtol=1e-6)


def test_a_temperature_is_found_again_under_a_prior():
    rng = np.random.default_rng(8)
    logits = rng.normal(0, 3, (40_000, 7))
    p = calibration.probabilities(logits, 1.6, PRIOR).astype(float)
    label = (rng.random((len(p), 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, 6)
    assert calibration.fit(logits, label, prior=PRIOR) == pytest.approx(1.6, rel=0.02)
    loss = -np.log(p[np.arange(len(p)), label]).mean()
    found = calibration.negative_log_likelihood(logits, label, 1.6, prior=PRIOR)
    assert found == pytest.approx(loss, rel=1e-5)


def test_a_prior_is_kept_to_the_bit_and_by_name(tmp_path):
    assert calibration.read_prior(tmp_path) is None  # before there was a file
    calibration.write(tmp_path, 1.7, movies=3)
    assert calibration.read_prior(tmp_path) is None  # before there were priors
    calibration.write(tmp_path, 1.7, PRIOR)
    np.testing.assert_array_equal(calibration.read_prior(tmp_path), PRIOR)
    assert calibration.read(tmp_path) == 1.7
    entries = json.loads((tmp_path / calibration.FILE).read_text())["prior"]
    assert entries == dict(zip(CLASSES, PRIOR, strict=True))


@pytest.mark.parametrize(
    "prior",
    [
        None,
        [1, 2],
        {},
        {"supernova": 1.0},
        dict.fromkeys(CLASSES, 1.0),
        dict.fromkeys(CLASSES, "x"),
        dict(zip(CLASSES, [0, 1, 0, 0, 0, 0, 0], strict=True)),
        dict.fromkeys(CLASSES, float("nan")),
    ],
)
def test_what_is_no_prior_is_refused(tmp_path, prior):
    entries = json.dumps({"temperature": 1.0, "prior": prior})
    (tmp_path / calibration.FILE).write_text(entries)
    with pytest.raises(SkymovieError, match=r"calibration\.json: expected as prior a share"):
        calibration.read_prior(tmp_path)

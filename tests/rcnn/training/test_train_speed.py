"""The benchmark of training speed compares two networks of one size, on the same batches."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rcnn import RCNN
from rcnn.data import loader
from rcnn.network.network import sequence_loss

FILE = Path(__file__).parents[3] / "benchmarks" / "train_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("train_speed", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small(tiny):
    return replace(tiny, conditions=False)  # as in the preset that is measured


def sizes(network):
    return sorted(int(np.prod(v.shape)) for v in network.trainable_variables)


def test_the_plain_network_is_ours_of_stock_layers(benchmark, small, store):
    arrays, target = next(loader.training_batches(store, 14, 0, False))
    plain = benchmark._stock(small, arrays)
    ours = RCNN(small).network
    assert sizes(plain) == sizes(ours)
    assert {layer.dtype_policy.name for layer in plain.layers} == {"float32"}
    assert plain(arrays).shape == ours(arrays).shape
    assert np.isfinite(np.asarray(sequence_loss(target, plain(arrays)))).all()


def test_both_train(benchmark, small, store):
    batches = list(zip(range(2), loader.training_batches(store, 14, 0, False), strict=False))
    benchmark._plain(small, [batch for _, batch in batches])()
    benchmark._ours(store, small, 2)()

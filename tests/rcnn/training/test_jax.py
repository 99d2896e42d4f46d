"""Runs the tests that need JAX as Keras' backend, which a process chooses once, in another one."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rcnn


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_holds_on_jax(store, tiny, tmp_path):
    pytest.importorskip("jax")
    rcnn.train(store, tiny, tmp_path / "run")
    logits = rcnn.load(tmp_path / "run").logits(store.read("test"))
    np.save(tmp_path / "logits.npy", logits)
    plain = replace(tiny, iterations=4, validate_every=1, dropout=0.0, start=str(tmp_path / "run"))
    rcnn.train(store, plain, tmp_path / "plain")
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "TRAINED_ON_TENSORFLOW": str(tmp_path),
        "STORE_OF_TENSORFLOW": str(store.path),
    }
    file = Path(__file__).with_name("test_on_jax.py")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", file]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout

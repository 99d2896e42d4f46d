"""Answers made up, so that what is said of them can be known."""

import numpy as np
import pytest

from rcnn.evaluation.predictions import Answers
from skymovie import CLASSES


@pytest.fixture(scope="session")
def made():
    """A function that makes answers: `named` and `label` are class numbers, after every image."""

    def make(label, named, sample="real", n_images=None, magnitude=None, temperature=1.0, seed=0):
        label, named = np.asarray(label), np.asarray(named)
        N = len(label)
        rng = np.random.default_rng(seed)
        logits = rng.normal(0, 0.3, (N, 20, len(CLASSES))).astype(np.float32)
        named = np.broadcast_to(named[:, None] if named.ndim == 1 else named, (N, 20))
        np.put_along_axis(logits, named[..., None], rng.uniform(2, 5, (N, 20, 1)), axis=2)
        return Answers(
            sample=sample,
            object_id=np.array([f"{sample}{k}" for k in range(N)]),
            label=np.asarray(CLASSES)[label],
            n_images=np.full(N, 22) if n_images is None else np.asarray(n_images),
            magnitude=rng.uniform(15, 25, N) if magnitude is None else np.asarray(magnitude, float),
            logits=logits,
            memory=rng.normal(label[:, None], 0.1, (N, 5)).astype(np.float32),
            temperature=temperature,
        )

    return make

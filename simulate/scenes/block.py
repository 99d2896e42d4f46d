"""A run of objects from first draw to recorded images: the unit of work of the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from simulate.render import noise
from simulate.render.render import renderer
from simulate.scenes import objects
from simulate.scenes.recipe import Recipe

BATCH_SIZE = 448
"""Objects drawn and rendered at once: what bounds the memory of a block."""


def simulate_objects(
    recipe: Recipe, part: str, numbers: Sequence[int]
) -> tuple[NDArray[np.uint16], NDArray[np.int32], pd.DataFrame]:
    """Simulate the objects of a part that bear these numbers.

    Returns
    -------
    images : uint16 array, shape (N, E, S, S)
        ADU.
    exposure : int32 array, shape (N, E)
        Rows of the recipe's exposures.
    truth : pandas.DataFrame, N rows
    """
    camera, expected = recipe.survey.camera, renderer(recipe.renderer, recipe.device)
    images, exposures, truths = [], [], []
    # Matrices here are small: threads would only wait, and get into other processes' way.
    with _threads().limit(limits=1, user_api="blas"):
        for begin in range(0, len(numbers), BATCH_SIZE):
            some = np.asarray(numbers[begin : begin + BATCH_SIZE], np.int64)
            drawn = objects.draw(recipe, part, some)
            mean = expected(drawn.scene, camera.stamp_size)
            images.append(
                noise.record(drawn.rngs.generators, mean, drawn.scene.present, drawn.detectors)
            )
            exposures.append(drawn.exposure)
            truths.append(drawn.truth)
    return np.concatenate(images), np.concatenate(exposures), pd.concat(truths, ignore_index=True)


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()

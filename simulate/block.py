"""A run of objects from first draw to recorded images: the unit of work of the simulator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate import noise, objects
from simulate.recipe import Recipe
from simulate.render import renderer

RENDERED = 64
"""Objects rendered at once: what bounds the memory of a block."""


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
    camera, expected = recipe.survey.camera, renderer(recipe.renderer)
    images, exposures, truths = [], [], []
    for begin in range(0, len(numbers), RENDERED):
        some = objects.draw(recipe, part, np.asarray(numbers[begin : begin + RENDERED], np.int64))
        mean = expected(some.scene, camera.stamp_size)
        images.append(
            noise.record(some.streams.generators, mean, some.scene.present, some.detectors)
        )
        exposures.append(some.exposure)
        truths.append(some.truth)
    return np.concatenate(images), np.concatenate(exposures), pd.concat(truths, ignore_index=True)

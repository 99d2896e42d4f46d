"""One light-curve generator a class: what the sky sends."""

from collections.abc import Callable

from simulate.light_curves import (
    asteroids,
    cepheids,
    eclipsing_binaries,
    galaxies,
    non_variables,
    rr_lyrae,
    supernovae,
)
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population.rngs import ObjectRNGs
from surveys.survey import Survey

Generator = Callable[[ObjectRNGs, Visits, Survey], LightCurves]

GENERATORS: dict[str, Generator] = {
    "non_variable": non_variables.sample,
    "rr_lyrae": rr_lyrae.sample,
    "cepheid": cepheids.sample,
    "eclipsing_binary": eclipsing_binaries.sample,
    "supernova": supernovae.sample,
    "asteroid": asteroids.sample,
    "galaxy": galaxies.sample,
}
"""The generator of each class of `skymovie.classes.CLASSES`."""

__all__ = ["GENERATORS", "Generator", "LightCurves", "Visits"]

"""How we look: cameras, exposures, observing logs, conditions and PSFs of each survey."""

from surveys.camera import Camera
from surveys.errors import SkymovieError, UsageError
from surveys.exposures import Exposures
from surveys.survey import Survey, load, names

__all__ = ["Camera", "Exposures", "SkymovieError", "Survey", "UsageError", "load", "names"]

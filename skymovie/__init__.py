"""Image sequences, called movies: the container, its store, readers of real ones, measurement.

``skymovie.open_store(folder)`` opens simulated movies, ``skymovie.open_real(folder)`` real ones;
both give `Movies`. What is listed here is imported when it is first used.
"""

from importlib.metadata import version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = version("skymovie")

"""The noun that everything speaks: movies, their store, real readers and prediction tables."""

from skymovie.classes import CLASSES, TITLES
from skymovie.movies import Movies

__all__ = ["CLASSES", "TITLES", "Movies"]

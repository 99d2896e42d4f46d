"""The noun that everything speaks: movies, their store, real readers and prediction tables."""

from movies.classes import CLASSES, TITLES
from movies.movie import Movies

__all__ = ["CLASSES", "TITLES", "Movies"]

"""Simulation of light curves and images: objects, light curves, hosts, rendering, noise → movies.

``simulate.movies(survey, n)`` makes movies in memory, ``simulate.write(survey, out, n)`` a store.
"""

import lazy_loader

# Not imported at once: `simulate --help` should not wait for the renderers.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

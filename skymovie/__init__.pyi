from .classes import CLASSES as CLASSES
from .classes import TITLES as TITLES
from .movies import Movies as Movies
from .movies import concatenate as concatenate
from .real.reader import open_real as open_real
from .store.dataset import open_dataset as open_dataset
from .store.movie_store import MovieStore as MovieStore
from .store.movie_store import open_store as open_store

__version__: str

from .run.run import movies as movies
from .run.run import write as write

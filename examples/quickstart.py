"""Simulate a few movies in memory, look at one, and draw them all.

python examples/quickstart.py movies.png
"""

import sys
from pathlib import Path

import simulate
import surveys
from skymovie import TITLES
from skymovie.plots import contact_sheet

survey = surveys.load("hits")
movies = simulate.movies(survey, n=14, seed=1)

print(f"{len(movies)} movies, images {movies.images.shape} in ADU")
for _, entry in movies.truth.iterrows():
    print(f"{entry.object_id:16s} {TITLES[entry.label]:17s} {entry.magnitude:5.1f} mag")

days = movies.conditions("mjd")[0] - movies.conditions("mjd")[0, 0]
print("the first was observed after", ", ".join(f"{d:.2f}" for d in days[:8]), "… days")
print("in seeing of", ", ".join(f"{s:.2f}″" for s in movies.conditions("seeing")[0][:8]), "…")

contact_sheet.draw(movies, Path(sys.argv[1]), per_class=2, title=movies.origin)

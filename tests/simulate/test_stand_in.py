"""Movies that stand in for real ones say so."""

import numpy as np

import surveys
from movies.real import open_real
from simulate import stand_in


def test_stand_in_opens_as_real_movies_and_says_what_it_is(tmp_path):
    stand_in.make(tmp_path / "s", per_class=1, workers=1)
    movies = open_real(str(tmp_path / "s"))
    assert movies.stand_in
    assert "not those of HiTS" in movies.origin
    assert list(movies.truth["label"]) == list(stand_in.CLASSES)


def test_conditions_are_unfamiliar():
    hits = surveys.load("hits")
    other = stand_in.unfamiliar(hits, 1)
    assert np.median(other.exposures(1).sky / hits.exposures(1).sky) == 1.25
    assert (other.departures.mean < hits.departures.mean).any()
    assert other.psf.slope > hits.psf.slope

"""Movies that stand in for real ones say so."""

import numpy as np

import surveys
from simulate.run import stand_in
from skymovie.real.reader import open_real
from surveys.psf.systematics import COMPONENTS


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
    kurtosis = COMPONENTS.index("kurtosis")
    assert other.systematics.mean[kurtosis] > hits.systematics.mean[kurtosis] + 0.01
    for level, matrix in hits.systematics.covariance.items():
        np.testing.assert_allclose(other.systematics.covariance[level], 2.25 * matrix)
    assert other.psf.slope > hits.psf.slope

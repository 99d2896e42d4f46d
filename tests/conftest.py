"""Movies of stars, rendered here so that the tests need no simulator."""

import numpy as np
import pandas as pd
import pytest

import surveys
from skymovie import Movies
from surveys.psf import moffat
from surveys.psf.moments import of_departures, psf_shape
from surveys.psf.systematics import COMPONENTS


@pytest.fixture(scope="session")
def survey():
    return surveys.load("hits")


@pytest.fixture(scope="session")
def render(survey):
    """Function (magnitude (N, E), rng, label, jitter, own_psf) → Movies of point sources.

    Every image has a PSF of its own or the expected one, a centre uniform within ±`jitter` pixels,
    Poisson and read noise. All objects lie in one field.
    """
    every = survey.exposures(seed=1)
    field = every.select(np.flatnonzero(every.field == every.fields[0]))

    def movies(magnitude, rng, label="non_variable", jitter=0.5, own_psf=True):
        camera = survey.camera
        N, E = magnitude.shape
        exposure = np.tile(np.arange(E, dtype=np.int32), (N, 1))
        zero, seconds, sky, seeing = (
            getattr(field, name)[exposure].ravel()
            for name in ("zero_point", "exposure_time", "sky", "seeing")
        )
        zero = zero - survey.systematics.mean[COMPONENTS.index("zero_point")]
        adu = seconds * 10 ** ((zero - magnitude.ravel()) / 2.5)
        psf = survey.psf.expected(seeing, camera.pixel_scale)
        if own_psf:
            airmass = field.airmass[exposure].ravel()
            middle = np.zeros((2, 1))
            departure = survey.systematics.common(rng, seeing, airmass, *middle)[:, 0]
            psf = psf_shape(of_departures(departure), psf.fwhm)
        x, y = rng.uniform(-jitter, jitter, (2, N * E))
        light = adu[:, None, None] * moffat.stamps(psf, x, y, camera.stamp_size)
        electrons = rng.poisson((light + sky[:, None, None]) * camera.gain)
        electrons = electrons + rng.normal(0, camera.read_noise, electrons.shape)
        images = np.clip(np.round(electrons / camera.gain), 0, camera.saturation)
        size = camera.stamp_size
        truth = pd.DataFrame(
            {
                "object_id": [f"{label}{n:04d}" for n in range(N)],
                "label": np.broadcast_to(label, N),
                "first_alert": -1,
                "start": 0,
            }
        )
        return Movies(
            images=images.reshape(N, E, size, size).astype(np.uint16),
            exposure=exposure,
            exposures=field,
            truth=truth,
            survey=survey,
        )

    return movies

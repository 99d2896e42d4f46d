"""Our pixel-integrated Moffat profiles against GalSim's, which are convolved by FFT."""

from dataclasses import replace

import galsim
import numpy as np
import pytest

from surveys.moffat import stamps
from surveys.psf import (
    COMA_SHARE,
    LOBE_SHARE,
    LOBE_X,
    LOBE_Y,
    WING_BETA,
    WING_SHARE,
    WING_WIDTH,
    PsfShape,
)

M = 40
TOLERANCE = 1e-3
"""Of the peak."""


@pytest.mark.parametrize("widest", [2.6, 4.0, 9.0])
@pytest.mark.parametrize("coma", [False, True])
def test_stamps_agree_with_galsim(widest, coma):
    rng = np.random.default_rng(7)
    shape = PsfShape(
        fwhm=rng.uniform(2.5, widest, M),
        beta=rng.uniform(2.2, 8.0, M),
        ellipticity=rng.uniform(0.0, 0.5, M),
        angle=rng.uniform(0, np.pi, M),
    )
    x, y = rng.uniform(-0.5, 0.5, (2, M))
    if coma:
        coma_x, coma_y = rng.normal(0, 1, (2, M))
        shape = replace(shape, coma_x=coma_x, coma_y=coma_y)
    for m, ours in enumerate(stamps(shape, x, y, 21)):
        core = galsim.Moffat(beta=shape.beta[m], fwhm=shape.fwhm[m], flux=1 - WING_SHARE)
        width = WING_WIDTH * shape.fwhm[m]
        wing = galsim.Moffat(beta=WING_BETA, fwhm=width, flux=WING_SHARE)
        star = (core + wing).shear(q=1 - shape.ellipticity[m], beta=shape.angle[m] * galsim.radians)
        if coma:
            moved, lobe = star.shift(coma_x[m], coma_y[m]), star.shift(LOBE_X, LOBE_Y)
            star = (1 - COMA_SHARE) * star + COMA_SHARE * moved
            star = star.shift(-COMA_SHARE * coma_x[m], -COMA_SHARE * coma_y[m])
            star = (1 - LOBE_SHARE) * star + LOBE_SHARE * lobe
            star = star.shift(-LOBE_SHARE * LOBE_X, -LOBE_SHARE * LOBE_Y)
        theirs = star.shift(x[m], y[m]).drawImage(nx=21, ny=21, scale=1).array
        assert np.abs(ours - theirs).max() < TOLERANCE * theirs.max()

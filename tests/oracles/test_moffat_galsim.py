"""Our pixel-integrated Moffat profiles against GalSim's, which are convolved by FFT."""

from dataclasses import replace

import galsim
import numpy as np
import pytest

from surveys.psf.moffat import stamps
from surveys.psf.profile import WING_BETA, WING_SHARE, WING_WIDTH, PsfShape

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
        names = ("coma_x", "coma_y", "trefoil_x", "trefoil_y")
        shape = replace(shape, **dict(zip(names, rng.normal(0, 0.7, (4, M)), strict=True)))
    shares, off_x, off_y = shape.points
    for m, ours in enumerate(stamps(shape, x, y, 21)):
        core = galsim.Moffat(beta=shape.beta[m], fwhm=shape.fwhm[m])
        core = core.shear(q=1 - shape.ellipticity[m], beta=shape.angle[m] * galsim.radians)
        wing = galsim.Moffat(beta=WING_BETA, fwhm=WING_WIDTH * shape.fwhm[m], flux=WING_SHARE)
        parts = [
            share * core.shift(dx, dy)
            for share, dx, dy in zip(shares[:-1], off_x[m], off_y[m], strict=False)
        ]
        star = galsim.Sum([*parts, wing.shift(off_x[m, -1], off_y[m, -1])])
        theirs = star.shift(x[m], y[m]).drawImage(nx=21, ny=21, scale=1).array
        assert np.abs(ours - theirs).max() < TOLERANCE * theirs.max()

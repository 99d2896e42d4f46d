"""The reference renderer: GalSim draws every stamp (Rowe et al. 2015). Slow, and the oracle."""

from __future__ import annotations

import galsim
import numpy as np
from numpy.typing import NDArray

from simulate.scene import Scene


def _sheared(profile: galsim.GSObject, axis_ratio: float, angle: float) -> galsim.GSObject:
    return profile.shear(q=float(axis_ratio), beta=float(angle) * galsim.radians)


def expected(scene: Scene, stamp: int) -> NDArray[np.float32]:
    """Mean image of every exposure of a scene, as `simulate.fourier_renderer.expected` gives it."""
    N, E = scene.flux.shape
    out = np.zeros((N, E, stamp, stamp), np.float32)
    psf, galaxies = scene.psf, scene.galaxies
    alpha = psf.alpha
    params = galsim.GSParams(folding_threshold=1e-4, maxk_threshold=1e-4, maximum_fft_size=16384)
    hosts = {int(n): g for g, n in enumerate(galaxies.row)}
    for n, e in np.argwhere(scene.present):
        moffat = galsim.Moffat(
            beta=float(psf.beta[n, e]), scale_radius=float(alpha[n, e]), gsparams=params
        )
        moffat = _sheared(moffat, 1 - psf.ellipticity[n, e], psf.angle[n, e])
        light = []
        if scene.flux[n, e]:
            light.append(moffat.withFlux(float(scene.flux[n, e])))
        if n in hosts:
            g = hosts[n]
            disc = _sheared(
                galsim.Exponential(half_light_radius=float(galaxies.disc_radius[g])),
                galaxies.disc_axis_ratio[g],
                galaxies.angle[g],
            )
            bulge = _sheared(
                galsim.DeVaucouleurs(half_light_radius=float(galaxies.bulge_radius[g])),
                galaxies.bulge_axis_ratio[g],
                galaxies.angle[g],
            )
            fraction, flux = float(galaxies.bulge_fraction[g]), float(galaxies.flux[g, e])
            both = disc.withFlux((1 - fraction) * flux) + bulge.withFlux(fraction * flux)
            both = galsim.Convolve(both, moffat, gsparams=params)
            light.append(both.shift(float(galaxies.dx[g]), float(galaxies.dy[g])))
        image = galsim.ImageF(stamp, stamp, scale=1.0, init_value=0.0)
        for profile in light:
            profile.drawImage(
                image,
                offset=(float(scene.x[n, e]), float(scene.y[n, e])),
                add_to_image=True,
                method="auto",
            )
        out[n, e] = image.array + scene.sky[n, e]
    return out

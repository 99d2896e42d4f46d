"""Objects of a run, drawn from their own streams: where, when, how bright, on what galaxy."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves.explosions import explodes
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population.rngs import ObjectRNGs
from simulate.population.targets import Targets, brightness
from simulate.render.scene import Galaxies, Scene
from simulate.scenes import detections, hosts, neighbours
from simulate.scenes.recipe import Recipe
from skymovie.classes import TRANSIENTS
from skymovie.measure.first_detection import start
from surveys.camera import Detectors
from surveys.psf import moments
from surveys.psf.systematics import COMPONENTS, SKY, ZERO_POINT
from surveys.survey import Survey


@dataclass(frozen=True)
class Objects:
    """N objects that are ready to be drawn.

    Attributes
    ----------
    streams : Streams
        Of the objects, where the draws below left them.
    exposure : int32 array, shape (N, E)
        Rows of the recipe's exposures; −1 where there is no image.
    detectors : Detectors
        That each object stands on.
    scene : Scene
    truth : pandas.DataFrame, N rows
    """

    rngs: ObjectRNGs
    exposure: NDArray[np.int32]
    detectors: Detectors
    scene: Scene
    truth: pd.DataFrame


def draw(recipe: Recipe, part: str, numbers: NDArray[np.int64]) -> Objects:
    """Draw the objects of a part that bear these numbers, shape (N,)."""
    survey = recipe.survey_of(part)
    rngs = ObjectRNGs.of(recipe.seed, part, numbers.tolist())
    u = rngs.random(4)
    targets = recipe.place(part, numbers, u[:, :2])
    label, exposure, ccd = targets.label, targets.exposure, targets.ccd
    camera, exposures = survey.camera, recipe.exposures
    E = exposure.shape[1]
    x, y = np.split(rngs.random(2 * E) - 0.5, 2, axis=1)
    off_x, off_y = np.split(rngs.normal(2 * E), 2, axis=1)
    centring = survey.centring
    present = exposure >= 0
    detectors = camera.detectors.select(ccd)
    seeing = exposures.seeing[exposure]
    radius = np.hypot(detectors.x, detectors.y)
    departure = targets.common + _own_departures(survey, rngs, seeing, radius)
    fwhm = survey.psf.fwhm(seeing) / camera.pixel_scale
    psf = moments.psf_shape(moments.of_departures(departure), fwhm)
    zero_point = exposures.zero_point[exposure] + 2.5 * np.log10(exposures.exposure_time[exposure])
    zero_point = zero_point + detectors.zero_point[:, None] - departure[..., ZERO_POINT]
    logged = exposures.sky[exposure]
    noise = np.sqrt(detectors.variance(logged))
    sky = np.maximum(logged + noise * departure[..., SKY], 1.0)

    visits = _visits(
        recipe, exposure, detections.limiting_magnitude(psf, sky, zero_point, detectors)
    )
    curves = _light_curves(recipe, survey, label, rngs, visits)
    curves = _brought_to(targets, curves)
    # The stars that real sets hold were picked as such: their matched simulations stand on no
    # bright galaxy.
    by_chance = 0.0 if recipe.matched else hosts.OTHER_SHARE
    host = hosts.sample(rngs, label, curves.parameters, survey, by_chance)
    scene = Scene(
        present=present,
        flux=np.nan_to_num(10 ** (-0.4 * (curves.magnitude - zero_point))),
        x=x + centring.x + centring.scatter_x * off_x,
        y=y + centring.y + centring.scatter_y * off_y,
        psf=psf,
        sky=sky,
        galaxies=_galaxies(host, zero_point, camera.pixel_scale),
        neighbours=neighbours.draw(rngs.random(neighbours.DRAWS), zero_point, survey),
    )
    exploding = explodes(label, curves.parameters)
    alert = detections.first_alert(scene, detectors, rngs.normal(E), exploding)
    # A matched simulation that has no alert begins where its original does.
    other = -1 if recipe.matched else detections.borrowed(u[:, 2:], present.sum(axis=1))
    transient = exploding | np.isin(label, TRANSIENTS)
    truth = pd.DataFrame(
        {
            "object_id": targets.name,
            "label": label,
            "first_alert": np.where(transient, alert, -1),
            "start": start(np.where(transient, alert, other)),
            "field": np.asarray(exposures.field[exposure[:, 0]], dtype=object),
            "ccd": np.asarray(camera.ccds, dtype=object)[ccd],
            "host": host.present & (label != "galaxy"),
        }
    )
    return Objects(rngs, exposure, detectors, scene, _with_parameters(truth, curves, host))


def _own_departures(
    survey: Survey, rngs: ObjectRNGs, seeing: NDArray[np.float64], radius: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What of its departures belongs to each object and its images, shape (N, E, K)."""
    (N, E), K = seeing.shape, len(COMPONENTS)
    of_object, of_images = np.split(rngs.normal(K + E * (K + 1)), [K], axis=1)
    return survey.systematics.own(of_object, of_images.reshape(N, E, K + 1), seeing, radius)


def _visits(recipe: Recipe, exposure: NDArray[np.int32], limit: NDArray[np.float64]) -> Visits:
    """When each object is looked at, and how deep."""
    present = exposure >= 0
    mjd = recipe.exposures.mjd[exposure]
    field = recipe.exposures.field[exposure[:, 0]]
    return Visits(np.where(present, mjd, np.nan), np.where(present, limit, np.nan), field)


def _light_curves(
    recipe: Recipe, survey: Survey, label: NDArray[np.str_], rngs: ObjectRNGs, visits: Visits
) -> LightCurves:
    """The light curves of objects of several classes, in their order."""
    magnitude = np.full(visits.mjd.shape, np.nan)
    frames = []
    for name in recipe.classes:
        rows = np.flatnonzero(label == name)
        if len(rows):
            generator = recipe.generators[name]
            some = generator(rngs.select(rows), visits.select(rows), survey)
            magnitude[rows] = some.magnitude
            frames.append(some.parameters.set_index(rows))
    return LightCurves(magnitude, pd.concat(frames).sort_index())


def _brought_to(targets: Targets, curves: LightCurves) -> LightCurves:
    """The light curves shifted to the brightness that their objects must have, where one is set."""
    if not np.isfinite(targets.magnitude).any():
        return curves
    shift = np.nan_to_num(targets.magnitude - brightness(curves.magnitude, targets.label))
    shifted = curves.parameters["magnitude"] + shift if "magnitude" in curves.parameters else shift
    return LightCurves(
        curves.magnitude + shift[:, None], curves.parameters.assign(magnitude=shifted)
    )


def _with_parameters(truth: pd.DataFrame, curves: LightCurves, host: hosts.Hosts) -> pd.DataFrame:
    """The truth with every drawn parameter; magnitude and redshift of a galaxy are its host's."""
    drawn = {f"galaxy_{f.name}": getattr(host, f.name) for f in fields(host)}
    truth = pd.concat([truth, curves.parameters, pd.DataFrame(drawn)], axis=1)
    is_galaxy = truth["label"] == "galaxy"
    for column in ("magnitude", "redshift"):
        custom_models = truth.get(column, np.nan)
        truth[column] = np.where(is_galaxy, truth[f"galaxy_{column}"], custom_models)
    return truth


def _galaxies(host: hosts.Hosts, zero_point: NDArray[np.float64], pixel_scale: float) -> Galaxies:
    """Drawn galaxies as the renderer takes them: in ADU and pixels, seen from the object."""
    row = np.flatnonzero(host.present)
    magnitude = host.magnitude[row, None]
    return Galaxies(
        row=row,
        flux=10 ** (-0.4 * (magnitude - zero_point[row])),
        dx=-host.offset_x[row] / pixel_scale,
        dy=-host.offset_y[row] / pixel_scale,
        disc_radius=host.disc_radius[row] / pixel_scale,
        bulge_radius=host.bulge_radius[row] / pixel_scale,
        bulge_fraction=host.bulge_fraction[row],
        disc_axis_ratio=host.disc_axis_ratio[row],
        bulge_axis_ratio=host.bulge_axis_ratio[row],
        angle=host.angle[row],
    )

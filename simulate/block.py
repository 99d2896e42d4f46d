"""A run of objects from first draw to recorded images: the unit of work of the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movies.classes import TRANSIENTS
from movies.first_alert import start
from simulate import alerts, hosts, noise
from simulate.light_curves import GENERATORS
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.recipe import Recipe
from simulate.render import renderer
from simulate.scene import Galaxies, Scene
from simulate.streams import Streams
from surveys import quantiles

RENDERED = 64
"""Objects rendered at once: what bounds the memory of a block."""


def simulate_objects(
    recipe: Recipe, part: str, objects: Sequence[int]
) -> tuple[NDArray[np.uint16], NDArray[np.int32], pd.DataFrame]:
    """Simulate some objects of a part.

    Returns
    -------
    images : uint16 array, shape (N, E, S, S)
        ADU.
    exposure : int32 array, shape (N, E)
        Rows of the recipe's exposures.
    truth : pandas.DataFrame, N rows
    """
    images, exposures, truths = [], [], []
    for begin in range(0, len(objects), RENDERED):
        some = np.asarray(objects[begin : begin + RENDERED], np.int64)
        image, exposure, truth = _simulate(recipe, part, some)
        images.append(image)
        exposures.append(exposure)
        truths.append(truth)
    return np.concatenate(images), np.concatenate(exposures), pd.concat(truths, ignore_index=True)


def _simulate(
    recipe: Recipe, part: str, objects: NDArray[np.int64]
) -> tuple[NDArray[np.uint16], NDArray[np.int32], pd.DataFrame]:
    survey, camera = recipe.survey, recipe.survey.camera
    E = recipe.visits.shape[1]
    streams = Streams.of(recipe.seed, part, objects.tolist())
    u = streams.random(4 + 3 * E)
    field = np.floor(u[:, 0] * len(recipe.visits)).astype(int)
    ccd = np.floor(u[:, 1] * len(camera.ccds)).astype(int)
    exposure = recipe.visits[field]
    present = exposure >= 0
    exposures = recipe.exposures

    zero_point = exposures.zero_point[exposure] + 2.5 * np.log10(exposures.exposure_time[exposure])
    psf = recipe.psf.select((exposure, ccd[:, None]))
    sky = exposures.sky[exposure]
    pixel_noise = np.sqrt(sky / camera.gain + (camera.read_noise / camera.gain) ** 2)
    sky = sky + pixel_noise * quantiles.at(u[:, 4 + 2 * E :], survey.sky_offset)
    sky = np.maximum(sky, 1.0)

    limit = alerts.limiting_magnitude(psf, sky, zero_point, camera)
    visits = Visits(
        np.where(present, exposures.mjd[exposure], np.nan), np.where(present, limit, np.nan)
    )
    label = recipe.label(objects)
    curves = _light_curves(recipe, label, streams, visits)
    host = hosts.sample(streams, label, curves.parameters, survey)
    scene = Scene(
        present=present,
        flux=np.nan_to_num(10 ** (-0.4 * (curves.magnitude - zero_point))),
        x=u[:, 4 : 4 + E] - 0.5,
        y=u[:, 4 + E : 4 + 2 * E] - 0.5,
        psf=psf,
        sky=sky,
        galaxies=_galaxies(host, zero_point, camera.pixel_scale),
    )
    images = noise.record(
        streams.generators, renderer(recipe.renderer)(scene, camera.stamp_size), present, camera
    )
    alert = alerts.first_alert(scene, camera, streams.normal(E), label == "supernova")
    other = alerts.borrowed(u[:, 2:4], present.sum(axis=1))
    transient = np.isin(label, TRANSIENTS)
    truth = pd.DataFrame(
        {
            "object_id": [f"{survey.name}-{recipe.seed}-{part}-{i}" for i in objects],
            "label": label,
            "first_alert": np.where(transient, alert, -1),
            "start": start(np.where(transient, alert, other)),
            "field": np.asarray(exposures.field[recipe.visits[field, 0]], dtype=object),
            "ccd": np.asarray(camera.ccds, dtype=object)[ccd],
            "host": host.present & (label != "galaxy"),
        }
    )
    drawn = {f"galaxy_{f.name}": getattr(host, f.name) for f in fields(host)}
    truth = pd.concat([truth, curves.parameters, pd.DataFrame(drawn)], axis=1)
    is_galaxy = (label == "galaxy") & host.present
    for column in ("magnitude", "redshift"):
        own = truth.get(column, np.nan)
        truth[column] = np.where(is_galaxy, drawn[f"galaxy_{column}"], own)
    return images, exposure, truth


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


def _light_curves(
    recipe: Recipe, label: NDArray[np.str_], streams: Streams, visits: Visits
) -> LightCurves:
    """The light curves of objects of several classes, in their order."""
    magnitude = np.full(visits.mjd.shape, np.nan)
    frames = []
    for name in recipe.classes:
        rows = np.flatnonzero(label == name)
        if len(rows):
            some = GENERATORS[name](streams.select(rows), visits.select(rows), recipe.survey)
            magnitude[rows] = some.magnitude
            frames.append(some.parameters.set_index(rows))
    return LightCurves(magnitude, pd.concat(frames).sort_index())

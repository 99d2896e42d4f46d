"""Real movies: the public HiTS stamps, matched to the exposures that took them.

Images follow the simulator's rule: those in the survey's band and under its seeing limit, whose
exposure is on record. The rest are left out, and a note says how many.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import surveys
from skymovie.classes import CLASSES, TITLES
from skymovie.cli import console
from skymovie.measure import first_detection
from skymovie.movie_length import long_enough
from skymovie.movies import Movies
from skymovie.real import download, hits_stamps, masked
from skymovie.real.hits_stamps import Stamps
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError
from surveys.exposures import MIN_VISITS, Exposures
from surveys.files.paths import local
from surveys.logs import observing_log
from surveys.survey import Survey

SAME_EXPOSURE = 0.03
"""Days within which an image, a record and a published flux are of one exposure. Visits of a field
are 0.06 d apart; times in stamps and light curves differ from the records by up to 0.01 d."""

LEAST_SKY = 0.5
"""Least median of a stamp, of the logged sky: HiTS has 0.98 to 2.4, stamps without their sky 0."""

OFFSET = 65536.0
"""ADU beyond which no pixel of 16 bits can lie, with or without its offset."""

ENVIRONMENT = "SKYMOVIE_HITS"
"""Environment variable that names the folder of the real HiTS movies."""


def open_real(where: str | Path, survey: Survey | None = None) -> Movies:
    """Open real movies, or those that stand in for them.

    Parameters
    ----------
    where : str or Path
        ``"hits"`` for the public HiTS movies, in the folder that the environment variable
        `ENVIRONMENT` names or where ``download-hits`` puts them; or a folder of the same layout
        (any part of it); or a movie store, of which the test part is taken.
    survey : Survey, optional
        ``surveys.load("hits")`` if not given. The records beside the stamps take the place of its
        log; a movie store has its own survey.

    Returns
    -------
    Movies
        float32 images, in ADU, with masked pixels filled. The truth table also has ``field``,
        ``ccd``, ``n_masked`` (pixels filled) and ``n_left_out`` (images not used). Transients start
        five images before their first alert; a supernova that never reached one is kept, from its
        first image on, because leaving out the hard ones would flatter the recall.

    Raises
    ------
    UsageError
        If there are no movies at `where`.
    SkymovieError
        If a file there is damaged.
    """
    folder = hits_folder() if where == "hits" else local(where)
    if MovieStore.exists(folder):
        return long_enough(MovieStore.open(folder).read("test"), str(folder))
    root = hits_stamps.root(folder)
    if root is None:
        raise UsageError(
            f"{folder}: expected real movies (a folder real_obs/real_stamps, as download-hits "
            f"makes it) or a movie store; got {'neither' if folder.is_dir() else 'no folder'}"
        )
    return _read(root, survey or surveys.load("hits"))


def hits_folder() -> Path:
    """Where the public HiTS movies are on this machine."""
    if named := os.environ.get(ENVIRONMENT):
        folder = local(named)
        if not folder.is_dir():
            raise UsageError(f"expected a folder in {ENVIRONMENT}, got {named}; fix or unset it")
        return folder
    cached = download.default_folder()
    if not cached.is_dir():
        raise UsageError(
            f"expected real HiTS movies in {cached} or where {ENVIRONMENT} says, got neither; "
            "run download-hits, or give a folder instead of 'hits'"
        )
    return cached


@dataclass
class _Tally:
    """What was left out or repaired, for the note."""

    images: Counter[str] = field(default_factory=Counter)
    objects: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, name: str, why: str) -> None:
        self.objects.setdefault(why, []).append(name)

    def said(self) -> str:
        parts = [f"{n:,} images {why}" for why, n in self.images.items() if n]
        parts += [
            f"{len(names)} objects {why} ({', '.join(names[:3])}{'…' if len(names) > 3 else ''})"
            for why, names in self.objects.items()
        ]
        return "; ".join(parts)


def _read(root: Path, survey: Survey) -> Movies:
    """All movies of a folder that holds ``real_stamps``."""
    log = observing_log.read(root)
    survey = survey.with_log(log)
    usable = survey.exposures()
    tally, seen = _Tally(), dict[tuple[object, ...], str]()
    rows, images, truth = [], [], []
    for stamps in hits_stamps.objects(root, survey.camera.stamp_size):
        place = (stamps.field, stamps.ccd, stamps.position)
        if place in seen:
            matched = f"{stamps.object_id} = {seen[place]}"
            tally.leave_out(matched, "left out that are there already")
            continue
        seen[place] = stamps.object_id
        if _is_offset(stamps.images):
            tally.leave_out(
                stamps.object_id, "left out whose pixels lie under −1000 ADU (add BZERO, 32768)"
            )
            continue
        exposure, order = _match(stamps, log, usable, tally.images)
        if len(exposure) < MIN_VISITS:
            tally.leave_out(stamps.object_id, f"left out with fewer than {MIN_VISITS} such images")
            continue
        kept = stamps.images[order]
        filled = masked.fill(kept)
        if _lacks_sky(filled, usable.sky[exposure]):
            tally.leave_out(
                stamps.object_id, "left out without the sky of their exposures (add it again)"
            )
            continue
        alert = -1
        if stamps.label == "supernova":
            alert = _first_alert(stamps, filled, usable.select(exposure), survey)
            if alert < 0:
                tally.leave_out(stamps.object_id, "kept whole though they never reached an alert")
        rows.append(exposure)
        images.append(filled)
        truth.append(
            {
                "object_id": stamps.object_id,
                "label": stamps.label,
                "first_alert": alert,
                "start": int(first_detection.start(alert)),
                "field": stamps.field,
                "ccd": stamps.ccd,
                "n_masked": int(masked.is_masked(kept).sum()),
                "n_left_out": len(stamps.images) - len(exposure),
            }
        )
    if rows and tally.said():
        console.note(f"real movies: {tally.said()}")
    if not rows:
        raise UsageError(
            f"{root / 'real_stamps'}: expected stamps in {', '.join(hits_stamps.FOLDERS)} or "
            f"SNstamps/npy, got none that can be used ({tally.said() or 'no files'}); "
            "run download-hits, or give another folder"
        )
    return _assemble(rows, images, pd.DataFrame(truth), usable, survey)


def _is_offset(images: NDArray[np.float32]) -> bool:
    """Whether most pixels are so negative that integers were read without their offset."""
    light = images[np.isfinite(images) & (np.abs(images) < OFFSET)]
    return 2 * (light <= masked.MASKED[0]).sum() > images.size and len(np.unique(light)) > 2


def _lacks_sky(images: NDArray[np.float32], sky: NDArray[np.float64]) -> bool:
    """Whether the images (E, S, S) are fainter than half of their logged sky (E,), ADU."""
    return bool(np.median(np.median(images, axis=(1, 2)) / sky) < LEAST_SKY)


def _match(
    stamps: Stamps, log: Exposures, usable: Exposures, tally: Counter[str]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Rows of `usable` that took an object's images, in time order, and which images those are."""
    logged, fit = np.flatnonzero(log.field == stamps.field), usable.field == stamps.field
    if not len(logged):
        tally["without a record left out"] += len(stamps.mjd)
        return np.empty(0, np.int32), np.empty(0, np.int64)
    apart = np.abs(log.mjd[logged] - stamps.mjd[:, None])
    nearest = logged[apart.argmin(axis=1)]
    chosen: dict[int, int] = {}
    for image in np.argsort(apart.min(axis=1), kind="stable"):
        row = np.flatnonzero(fit & (usable.mjd == log.mjd[nearest[image]]))
        if apart[image].min() > SAME_EXPOSURE:
            tally["without a record left out"] += 1
        elif not len(row):
            tally["in another band or under bad seeing left out"] += 1
        elif int(row[0]) in chosen:
            tally["of one exposure twice left out"] += 1
        elif masked.is_masked(stamps.images[image]).mean() > 0.5:
            tally["masked over more than half left out"] += 1
        else:
            chosen[int(row[0])] = int(image)
    exposure = np.array(sorted(chosen, key=lambda r: usable.mjd[r]), np.int32)
    return exposure, np.array([chosen[int(r)] for r in exposure], np.int64)


def _first_alert(
    stamps: Stamps, images: NDArray[np.float32], exposures: Exposures, survey: Survey
) -> int:
    """Index of a supernova's first alert among its images, by its published fluxes if any."""
    if stamps.light_curve is None:
        return int(
            first_detection.detect(*first_detection.difference_fluxes(images, exposures, survey))
        )
    published = hits_stamps.difference_fluxes(stamps.light_curve, survey.band)
    flux, error = np.full((2, len(images)), np.nan)
    if len(published):
        apart = np.abs(published["mjd"].to_numpy() - exposures.mjd[:, None])
        nearest, same = apart.argmin(axis=1), apart.min(axis=1) <= SAME_EXPOSURE
        flux[same] = published["flux"].to_numpy()[nearest[same]]
        error[same] = published["error"].to_numpy()[nearest[same]]
    return int(first_detection.detect(flux, error))


def _assemble(
    rows: list[NDArray[np.int32]],
    images: list[NDArray[np.float32]],
    truth: pd.DataFrame,
    usable: Exposures,
    survey: Survey,
) -> Movies:
    """Pad the movies to one length."""
    N, E, S = len(rows), max(map(len, rows)), survey.camera.stamp_size
    exposure = np.full((N, E), -1, np.int32)
    padded = np.zeros((N, E, S, S), np.float32)
    for i, (row, movie) in enumerate(zip(rows, images, strict=True)):
        exposure[i, : len(row)] = row
        padded[i, : len(row)] = movie
    counts = Counter(truth["label"])
    kinds = ", ".join(f"{counts[c]} {TITLES[c]}" for c in CLASSES if counts[c])
    return Movies(
        images=padded,
        exposure=exposure,
        exposures=usable,
        truth=truth,
        survey=survey,
        origin=f"{N} real HiTS 2015A movies: {kinds}",
    )

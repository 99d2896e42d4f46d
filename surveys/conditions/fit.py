"""Make the tables of `surveys.conditions.model` from an observing log, so that a survey can be
embedded.

    python -m surveys.conditions.fit LOG --latitude -30.17 --longitude -70.81 --out NAME

writes NAME_visits.csv, NAME_fields.csv and NAME_covariance.csv. The log must be that of a survey
that sweeps over its fields in about the same order every time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.special import ndtr, ndtri

from surveys.conditions.model import (
    QUANTITIES,
    SCORES,
    ConditionsModel,
    Site,
    airmass,
    sidereal_time,
)
from surveys.errors import SkymovieError
from surveys.exposures import Exposures
from surveys.files import atomic
from surveys.logs import observing_log

SWEEP_GAP = 0.5 / 24
"""Exposures further apart than this (days), each less its field's delay, are of two sweeps."""


def sweeps(exposures: Exposures, site: Site) -> pd.DataFrame:
    """The exposures as a frame with columns ``visit`` (from 0), ``delay`` and ``late`` (days).

    `delay` is the field's, after the middle of a sweep; `late` is what is left of the time.
    """
    frame = exposures.to_frame().sort_values("mjd")
    night = np.floor(frame["mjd"] + site.longitude / 360 + 0.5)  # from noon to noon
    first = frame.assign(night=night).groupby(["night", "field"])["mjd"].first().unstack()
    delay = first.sub(first.median(axis=1), axis=0).median()
    for _ in range(3):  # visits from delays, delays from visits; two turns are enough for HiTS
        centred = (frame["mjd"] - frame["field"].map(delay)).sort_values()
        frame["visit"] = (centred.diff() > SWEEP_GAP).cumsum()
        middle = centred.groupby(frame["visit"]).median()
        delay = (frame["mjd"] - frame["visit"].map(middle)).groupby(frame["field"]).median()
    frame["delay"] = frame["field"].map(delay)
    frame["late"] = frame["mjd"] - frame["visit"].map(middle) - frame["delay"]
    return frame


def position(mjd: pd.Series, logged: pd.Series, site: Site) -> tuple[float, float]:
    """Right ascension and declination (degrees) at which the logged airmass comes out.

    The fit is robust, because logs round to 0.01. Of the two declinations that the meridian
    allows, that nearer to the equator is found.
    """

    def residuals(place: np.ndarray) -> np.ndarray:
        return airmass(mjd, place[0], place[1], site) - logged

    # A field is highest when it crosses the meridian, where its right ascension is the time.
    meridian = sidereal_time(mjd.iloc[int(logged.argmin())], site)
    fit = least_squares(residuals, (float(meridian), 0.0), loss="soft_l1", f_scale=0.01)
    return float(fit.x[0] % 360), float(fit.x[1])


def fit(exposures: Exposures, site: Site) -> ConditionsModel:
    """The model whose visits and fields are those of the log."""
    frame = sweeps(exposures, site)
    n_fields = frame["field"].nunique()
    by_visit, by_field = frame.groupby("visit"), frame.groupby("field")

    visits = pd.DataFrame(
        {
            "mjd": (frame["mjd"] - frame["delay"]).groupby(frame["visit"]).median(),
            "share": by_visit["field"].nunique() / n_fields,
            "jitter": 1.4826 * frame["late"].abs().groupby(frame["visit"]).median(),
            "exposure_time": by_visit["exposure_time"].median(),
        }
    )
    for name in QUANTITIES:
        for score in SCORES:
            visits[f"{name}_{score}"] = by_visit[name].quantile(float(ndtr(score)))

    ranks = by_visit[list(QUANTITIES)].rank()
    size = by_visit["mjd"].transform("size")
    scores = ranks.sub(0.5).div(size, axis=0).apply(ndtri)
    offsets = scores.groupby(frame["field"]).mean()
    covariance = (scores - offsets.loc[frame["field"]].to_numpy()).cov()

    places = {f: position(rows["mjd"], rows["airmass"], site) for f, rows in by_field}
    fields = pd.DataFrame.from_dict(places, orient="index", columns=["ra", "dec"])
    fields["delay"] = by_field["delay"].first()
    fields = fields.join(offsets).sort_values("delay")
    return ConditionsModel(
        visits.reset_index(drop=True),
        fields.rename_axis("field").reset_index(),
        covariance.rename_axis("quantity").reset_index(),
        site,
    )


def write(model: ConditionsModel, prefix: Path, source: str) -> None:
    """Write the three tables beside each other, each with its source on top."""
    digits = {"mjd": 5, "delay": 5, "jitter": 5}
    for table in ("visits", "fields", "covariance"):
        frame: pd.DataFrame = getattr(model, table)
        frame = frame.round({c: digits.get(c, 3) for c in frame.columns})
        content = f"# {source}\n{frame.to_csv(index=False)}"
        atomic.put(prefix.with_name(f"{prefix.name}_{table}.csv"), content.encode())


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="fit_conditions", description=__doc__.splitlines()[0])
    parser.add_argument("log", type=Path, help="observing log: folder of records, CSV or ECSV")
    parser.add_argument("--out", type=Path, required=True, help="prefix of the tables")
    parser.add_argument("--latitude", type=float, required=True, help="degrees north")
    parser.add_argument("--longitude", type=float, required=True, help="degrees east")
    parser.add_argument("--band", default="g")
    parser.add_argument("--source", default="", help="where the log comes from, for the comment")
    options = parser.parse_args(arguments)
    try:
        exposures = observing_log.read(options.log, options.band)
        model = fit(exposures, Site(options.latitude, options.longitude))
        source = options.source or options.log.name
        write(model, options.out, f"Made by surveys.conditions.fit from {source}.")
    except SkymovieError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()

"""A survey: a camera, a band, its exposures and how its PSF and sky behave.

It is data: a TOML file and tables beside it, ``hits.toml``, ``hits_ccds.csv`` and so on, in the
package's folder ``data``, in a user's own, or in a movie store.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from surveys import survey_tables
from surveys.camera import Camera, Detectors
from surveys.conditions.model import ConditionsModel, Site
from surveys.errors import UsageError
from surveys.exposures import Exposures
from surveys.files import atomic
from surveys.files.entries import AT_LEAST_0, POSITIVE, build, table_text
from surveys.files.paths import local
from surveys.psf.profile import PsfModel
from surveys.psf.systematics import PsfSystematics
from surveys.survey_tables import DETECTORS


@dataclass(frozen=True)
class MagnitudeLimits:
    """p(m) ∝ m^power (1 − erf(m − cut)) / 2 for m > bright.

    Attributes
    ----------
    power, bright, cut : float
        Exponent, bright limit and faint cut, mag.
    cuts : mapping
        The faint cut of classes that have their own.
    uniform_fraction : float
        Fraction of the objects that are spread evenly over magnitudes instead, up to the same cut.
    """

    power: float
    bright: float
    cut: float
    cuts: Mapping[str, float] = field(default_factory=dict)
    uniform_fraction: float = 0.0


@dataclass(frozen=True)
class Centring:
    """Where an object stands from the centre of its stamp: uniform in the central pixel, and off.

    Attributes
    ----------
    x, y : float
        Mean offset, pixels.
    scatter_x, scatter_y : float
        Standard deviation of what the astrometry of single images adds, pixels.
    """

    x: float = 0.0
    y: float = 0.0
    scatter_x: float = 0.0
    scatter_y: float = 0.0


@dataclass(frozen=True)
class Counts:
    """How many sources the sky has: the density of those brighter than m is ∝ 10^(slope · m).

    Attributes
    ----------
    at_24 : float
        Sources brighter than 24 mag in a square arcminute.
    slope : float
        dex/mag.
    bright, faint : float
        Magnitudes beyond which none are drawn.
    """

    at_24: float
    slope: float
    bright: float
    faint: float

    def density(self, magnitude: float) -> float:
        """Sources brighter than `magnitude` in a square arcminute."""
        return self.at_24 * 10.0 ** (self.slope * (magnitude - 24))


@dataclass(frozen=True)
class Survey:
    """All that the simulator and the classifiers must know of a survey.

    Attributes
    ----------
    name, title, band, bandpass : str
        `bandpass` is the filter's name in speclite.
    camera : Camera
    psf : PsfModel
    systematics : PsfSystematics
        How PSF, zero point and background of single stamps depart from the log.
    centring : Centring
    counts : Counts
        Of other sources along the line of sight.
    magnitudes : MagnitudeLimits
    conditions : ConditionsModel
        Gives exposures where there is no log.
    n_fields : int
    max_seeing : float
        Visits with a worse logged seeing (arcsec) are not used.
    log : Exposures or None
        Real exposures, which then take the place of `conditions`.
    """

    name: str
    title: str
    band: str
    bandpass: str
    camera: Camera
    psf: PsfModel
    systematics: PsfSystematics
    centring: Centring
    counts: Counts
    magnitudes: MagnitudeLimits
    conditions: ConditionsModel
    n_fields: int
    max_seeing: float
    log: Exposures | None = None

    def exposures(self, seed: int = 0) -> Exposures:
        """The survey's usable visits: of the log if there is one, else drawn from the model.

        Raises
        ------
        UsageError
            If no visit of the log is in the survey's band and under its seeing limit.
        """
        every = self.log
        if every is None:
            rng = np.random.default_rng([seed, 0x5EE])
            every = self.conditions.draw(rng, self.n_fields, self.band)
        usable = (every.band == self.band) & (every.seeing <= self.max_seeing)
        if not usable.any():
            raise UsageError(
                f"expected visits in band {self.band} with seeing up to {self.max_seeing}″, "
                f"got none among {len(every)}; give another observing log"
            )
        return every if usable.all() else every.select(usable)

    def with_log(self, log: Exposures) -> Survey:
        """The same survey under real exposures."""
        return replace(self, log=log)

    @classmethod
    def from_toml(cls, path: Any) -> Survey:
        """Read a survey from its TOML file and the tables beside it.

        Parameters
        ----------
        path : str or path
            Such as ``my.toml``; its tables are ``my_ccds.csv`` and so on, see
            `surveys.survey_tables.TABLES`.

        Raises
        ------
        UsageError
            If a file is missing, or a value is missing, unknown or impossible: named by its key.
        """
        if isinstance(path, str | PathLike) or hasattr(path, "protocol"):
            path = atomic.place(path)
        try:
            entry = tomllib.loads(path.read_text("utf-8-sig"))
        except OSError as error:
            raise UsageError(f"{path}: expected the TOML file of a survey, got none") from error
        except ValueError as error:
            raise UsageError(f"{path}: expected a TOML file, got {error}") from error
        return cls._of(entry, path.parent, path.name.removesuffix(".toml"))

    @classmethod
    def _of(cls, entry: dict[str, Any], folder: Any, stem: str) -> Survey:
        where = f"{stem}.toml"
        tables = survey_tables.read(folder, stem)
        simple = {k: v for k, v in entry.items() if not isinstance(v, Mapping)}
        if unknown := sorted(set(entry) - set(simple) - set(SECTIONS) - {"site"}):
            raise UsageError(f"{where}: expected no table [{unknown[0]}]; got one")
        sections: dict[str, Any] = {}
        for name, (kind, bounds) in SECTIONS.items():
            given = {"per_ccd": None} if kind is Camera else {}
            sections[name] = build(kind, entry.get(name), f"{where}: {name}", bounds, **given)
        camera = sections["camera"]
        detectors = _detectors(tables["ccds"], camera.ccds, f"{where}: camera.ccds")
        sections["camera"] = replace(camera, per_ccd=detectors)
        systematics = PsfSystematics.from_frames(tables["psf_systematics"], tables["focal_plane"])
        site = build(Site, entry.get("site"), f"{where}: site", SITE)
        visits, fields, covariance = (tables[n] for n in ("visits", "fields", "covariance"))
        survey = build(
            cls,
            {"n_fields" if key == "fields" else key: value for key, value in simple.items()},
            where,
            {"n_fields": (1, np.inf), "max_seeing": (0.1, np.inf)},
            systematics=systematics,
            conditions=ConditionsModel(visits, fields, covariance, site),
            log=None,
            **sections,
        )
        _check_name(survey.name, f"{where}.name")
        for key in ("magnitudes", "counts"):
            limits = sections[key]
            faint = limits.cut if key == "magnitudes" else limits.faint
            if limits.bright >= faint:
                raise UsageError(
                    f"{where}: {key}.bright: expected a magnitude brighter than the faint limit "
                    f"{faint:g}, got {limits.bright:g}"
                )
        return survey

    def to_files(self) -> dict[str, str]:
        """The survey as `from_toml` reads it: contents by the names of the files.

        The log is left out: a movie store has a table of its own for it.
        """
        _check_name(self.name, "name")
        camera = asdict(replace(self.camera, per_ccd=None))
        del camera["per_ccd"]
        entry: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "band": self.band,
            "bandpass": self.bandpass,
            "fields": self.n_fields,
            "max_seeing": self.max_seeing,
            "site": asdict(self.conditions.site),
            "camera": camera | {"ccds": list(self.camera.ccds)},
            "psf": asdict(self.psf),
            "centring": asdict(self.centring),
            "counts": asdict(self.counts),
            "magnitudes": asdict(self.magnitudes),
        }
        detectors = {name: getattr(self.camera.detectors, name) for name in DETECTORS}
        tables = {
            "ccds": pd.DataFrame({"ccd": list(self.camera.ccds), **detectors}),
            "psf_systematics": self.systematics.to_frame(),
            "focal_plane": self.systematics.modes_to_frame(),
            "visits": self.conditions.visits,
            "fields": self.conditions.fields,
            "covariance": self.conditions.covariance,
        }
        return {
            f"{self.name}.toml": tomli_w.dumps(entry),
            **{f"{self.name}_{name}.csv": table_text(table) for name, table in tables.items()},
        }

    def to_toml(self, folder: str | PathLike[str]) -> Path:
        """Write the survey into a folder; returns the TOML file, which `from_toml` reads."""
        files = self.to_files()
        for name, text in files.items():
            atomic.put(local(folder) / name, text.encode())
        return local(folder) / f"{self.name}.toml"

    @property
    def checksum(self) -> str:
        """SHA-256, in hex, of the content of its files: of what it says, not of how it is coded."""
        total = hashlib.sha256()
        for name, text in self.to_files().items():
            total.update(f"{name} {len(text)}\n{text}".encode())
        return total.hexdigest()


def _check_name(name: str, where: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise UsageError(
            f"{where}: expected letters, digits, - and _, since files bear it; got {name!r}"
        )


SITE = {"latitude": (-90.0, 90.0), "longitude": (-360.0, 360.0)}
SECTIONS: dict[str, tuple[Any, dict[str, tuple[float, float]]]] = {
    "camera": (
        Camera,
        {
            "gain": POSITIVE,
            "read_noise": AT_LEAST_0,
            "saturation": POSITIVE,
            "pixel_scale": POSITIVE,
            "stamp_size": (5, 255),
        },
    ),
    "psf": (PsfModel, {"slope": AT_LEAST_0, "beta": (1.0, 100.0)}),
    "centring": (Centring, {"scatter_x": AT_LEAST_0, "scatter_y": AT_LEAST_0}),
    "counts": (Counts, {"at_24": AT_LEAST_0}),
    "magnitudes": (MagnitudeLimits, {"uniform_fraction": (0.0, 1.0)}),
}
"""Tables of the TOML file: what each becomes, and the bounds of its numbers."""


def names() -> list[str]:
    """The surveys that `load` knows."""
    folder = resources.files("surveys") / "data"
    return sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml"))


def load(name: str | PathLike[str]) -> Survey:
    """Load an embedded survey, such as ``"hits"``, or one of your own by the name of its TOML file.

    Raises
    ------
    UsageError
        If there is no survey of that name, or its file is wrong.
    """
    name = os.fspath(name)
    if name.endswith(".toml"):
        return Survey.from_toml(name)
    if name not in names():
        raise UsageError(
            f"expected a survey among {', '.join(names())}, or a file such as my.toml; got {name!r}"
        )
    return Survey.from_toml(resources.files("surveys") / "data" / f"{name}.toml")


def _detectors(table: pd.DataFrame, ccds: Sequence[str], where: str) -> Detectors:
    """The table of a survey's detectors, in the order of the camera's names."""
    table = table.set_index("ccd")
    if missing := [name for name in ccds if name not in table.index]:
        raise UsageError(f"{where}: expected detectors of the table of CCDs, got {missing[0]}")
    table = table.loc[list(ccds)]
    return Detectors(**{key: table[key].to_numpy(float) for key in DETECTORS})

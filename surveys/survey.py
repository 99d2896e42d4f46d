"""A survey: a camera, a band, its exposures and how its PSF and sky behave."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources

import numpy as np
import pandas as pd

from surveys.camera import Camera, Detectors
from surveys.conditions.model import ConditionsModel
from surveys.errors import UsageError
from surveys.exposures import Exposures
from surveys.psf.profile import PsfModel
from surveys.psf.systematics import Departures


@dataclass(frozen=True)
class MagnitudeLimits:
    """p(m) ∝ m^power (1 − erf(m − cut)) / 2 for m > bright.

    Attributes
    ----------
    power, bright, cut : float
        Exponent, bright limit and faint cut, mag.
    cuts : mapping
        The faint cut of classes that have their own.
    even : float
        Share of the objects that are spread evenly over magnitudes instead, up to the same cut.
    """

    power: float
    bright: float
    cut: float
    cuts: Mapping[str, float] = field(default_factory=dict)
    even: float = 0.0


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
    departures : Departures
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
    departures: Departures
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
        return every.select(usable)

    def with_log(self, log: Exposures) -> Survey:
        """The same survey under real exposures."""
        return replace(self, log=log)


def names() -> list[str]:
    """The surveys that `load` knows."""
    folder = resources.files("surveys") / "data"
    return sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml"))


def load(name: str) -> Survey:
    """Load an embedded survey, such as ``"hits"``.

    Raises
    ------
    UsageError
        If there is no survey of that name.
    """
    if name not in names():
        raise UsageError(f"expected a survey among {', '.join(names())}; got {name!r}")
    text = (resources.files("surveys") / "data" / f"{name}.toml").read_text("utf-8")
    entry = tomllib.loads(text)
    return Survey(
        name=entry["name"],
        title=entry["title"],
        band=entry["band"],
        bandpass=entry["bandpass"],
        camera=Camera(**entry["camera"], own=_detectors(name, entry["camera"]["ccds"])),
        psf=PsfModel(**entry["psf"]),
        departures=Departures.load(name),
        centring=Centring(**entry["centring"]),
        counts=Counts(**entry["counts"]),
        magnitudes=MagnitudeLimits(**entry["magnitudes"]),
        conditions=ConditionsModel.load(name),
        n_fields=entry["fields"],
        max_seeing=entry["max_seeing"],
    )


def _detectors(name: str, ccds: Sequence[str]) -> Detectors:
    """The embedded table of a survey's detectors, in the order of their names."""
    file = resources.files("surveys") / "data" / f"{name}_ccds.csv"
    table = pd.read_csv(io.StringIO(file.read_text("utf-8")), comment="#").set_index("ccd")
    table = table.loc[list(ccds)]
    return Detectors(**{key: table[key].to_numpy(float) for key in Detectors.__annotations__})

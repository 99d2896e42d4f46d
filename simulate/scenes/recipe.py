"""What decides the objects of a run, and what they share: visits and departures from their log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from simulate.light_curves import GENERATORS, Generator
from simulate.light_curves.custom_models import prepared
from simulate.population.targets import Targets
from simulate.render.render import renderer as find_renderer
from skymovie.classes import check
from skymovie.cli import console
from surveys.errors import UsageError
from surveys.exposures import MIN_VISITS, Exposures
from surveys.psf.systematics import SharedDepartures
from surveys.survey import Survey


@dataclass(frozen=True)
class Recipe:
    """A run, without its size: object i depends on this and on i alone.

    Attributes
    ----------
    survey : Survey
    exposures : Exposures, X rows
    visits : int array, shape (F, E)
        Rows of the exposures of each field that objects may lie in, −1 where there are no more.
    departure : SharedDepartures
        Of every exposure on each detector: what all objects in one image share.
    seed : int
    classes : tuple of str
    renderer : str
    even : float
        Share of the objects spread evenly over magnitudes in the parts that are learnt from. The
        test part always has the survey's own magnitudes.
    generators : mapping
        What draws the light curves of each class.
    device : str
        ``cpu`` or ``gpu``: where the images are rendered.
    matched simulations : Placement or None
        Where the objects are placed that have an original each; else they are drawn.
    """

    survey: Survey
    exposures: Exposures
    visits: NDArray[np.int32]
    departure: SharedDepartures
    seed: int
    classes: tuple[str, ...]
    renderer: str
    uniform_fraction: float = 0.0
    generators: Mapping[str, Generator] = field(default_factory=lambda: GENERATORS)
    device: str = "cpu"
    matched: Targets | None = None

    @classmethod
    def of(
        cls,
        survey: Survey,
        seed: int,
        classes: Sequence[str],
        renderer: str,
        uniform_fraction: float = 0.0,
        custom_models: Mapping[str, Generator] | None = None,
        device: str = "cpu",
        *,
        placed: bool = False,
        source: str = "observing log",
    ) -> Recipe:
        """Draw what the objects of a run share.

        Parameters
        ----------
        own : mapping, optional
            Generators that take the place of those of `GENERATORS`, or make further classes.
        placed : bool
            Whether the objects have their exposures already, so that no field is drawn for them
            and none is left out.
        source : str
            What errors call the survey's log, such as its file.

        Raises
        ------
        UsageError
            If a class, the renderer, the seed or the share is none, or the survey has no usable
            visit, or (unless `placed`) no field with `surveys.exposures.MIN_VISITS` of them.
        """
        if seed < 0:
            raise UsageError(f"expected a seed of at least 0, got {seed}")
        if not 0 <= uniform_fraction <= 1:
            raise UsageError(
                f"expected a fraction of uniform magnitudes from 0 to 1, got {uniform_fraction}"
            )
        names = check(classes, custom_models or ())
        ready = {
            name: prepared(generator, name, survey)
            for name, generator in (custom_models or {}).items()
        }
        find_renderer(renderer, device)
        exposures = survey.exposures(seed)
        visits = exposures.visits()
        if not placed:
            visits = _long_fields(survey, exposures, visits, source)
        detectors = survey.camera.detectors
        rng = np.random.default_rng([seed, 0x95F])
        departure = survey.systematics.draw_shared(
            rng, exposures.seeing, exposures.airmass, detectors.x, detectors.y
        )
        return cls(
            survey,
            exposures,
            visits,
            departure,
            seed,
            names,
            renderer,
            uniform_fraction,
            {**GENERATORS, **ready},
            device,
        )

    @property
    def fields_left_out(self) -> bool:
        """Whether there are exposures of fields that no object lies in."""
        return len(self.visits) < len(self.exposures.fields)

    def survey_of(self, part: str) -> Survey:
        """The survey as the objects of a part are drawn for it."""
        if part == "test" or not self.uniform_fraction:
            return self.survey
        return replace(
            self.survey,
            magnitudes=replace(self.survey.magnitudes, uniform_fraction=self.uniform_fraction),
        )

    def place(self, part: str, numbers: NDArray[np.int64], u: NDArray[np.float64]) -> Targets:
        """Where and when the objects of a part that bear these numbers are looked at.

        Classes take turns, so that every part is balanced; field and CCD are drawn.

        Parameters
        ----------
        numbers : int array, shape (N,)
        u : array, shape (N, 2)
            Uniform draws.
        """
        if self.matched is not None:
            return self.matched.select(numbers)
        exposure = self.visits[np.floor(u[:, 0] * len(self.visits)).astype(np.int64)]
        ccd = np.floor(u[:, 1] * len(self.survey.camera.ccds)).astype(np.int64)
        return Targets(
            name=np.array([f"{self.survey.name}-{self.seed}-{part}-{i}" for i in numbers]),
            label=np.asarray(self.classes)[numbers % len(self.classes)],
            exposure=exposure,
            ccd=ccd,
            magnitude=np.full(len(numbers), np.nan),
            common=self.departure.at(exposure, ccd[:, None]).astype(np.float32),
        )


def _long_fields(
    survey: Survey, exposures: Exposures, visits: NDArray[np.int32], source: str
) -> NDArray[np.int32]:
    """The visits of those fields alone whose movies can be classified; a note counts the others.

    Their exposures stay in the table, so that its rows and what is drawn for them are the same.
    """
    count = (visits >= 0).sum(axis=1)
    chosen = count >= MIN_VISITS
    if not chosen.any():
        raise UsageError(
            f"{source}: expected a field with at least {MIN_VISITS} visits in band {survey.band} "
            f"with seeing up to {survey.max_seeing}″, got at most {count.max()} in "
            f"any of {len(count):,}; give an observing log with more visits of a field"
        )
    # Fields without a single usable visit are not in the table of exposures.
    every = len(exposures.fields if survey.log is None else survey.log.fields)
    short = every - int(chosen.sum())
    if short:
        have = "has" if short == 1 else "have"
        console.note(
            f"{short:,} of {every:,} fields {have} fewer than {MIN_VISITS} visits: left out"
        )
    return visits[chosen]

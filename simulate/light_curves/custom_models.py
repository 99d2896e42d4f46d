"""Generators of light curves that a user brings: what they may want to know before a run."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from simulate.light_curves import Generator
from simulate.light_curves.light_curves import LightCurves, Visits
from simulate.population.rngs import ObjectRNGs
from surveys.files.checksum import checksum
from surveys.survey import Survey


@runtime_checkable
class Preparable(Protocol):
    """A generator that is made ready once for a class and a survey, before any worker starts."""

    def prepared(self, label: str, survey: Survey) -> Generator:
        """The generator of a class of this name in this survey; wrong use is refused here."""

    def __call__(self, rngs: ObjectRNGs, visits: Visits, survey: Survey) -> LightCurves:
        """As any generator."""


def prepared(generator: Generator, label: str, survey: Survey) -> Generator:
    """A generator as a run uses it: made ready where it can be, else as it is."""
    if isinstance(generator, Preparable):
        return generator.prepared(label, survey)
    return generator


def fingerprint(generator: Generator) -> str:
    """What tells two generators apart: the one it has, of its files, or the sum of all it holds."""
    return str(getattr(generator, "fingerprint", None) or checksum(generator)[:16])

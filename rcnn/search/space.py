"""What a search draws settings from: ranges and choices, checked against `TrainingSettings`.

A space is a table of settings. An entry is a range, ``{low, high}`` with ``log = true`` or a
``step`` if wanted; or ``{choices = […]}``; or one plain value, which every trial then has.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rcnn.settings import TrainingSettings
from surveys.errors import UsageError
from surveys.files.paths import local

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

DEFAULT: dict[str, Any] = {
    "learning_rate": {"low": 2e-4, "high": 5e-3, "log": True},
    "batch": {"choices": [16, 32, 64, 128]},
    "dropout": {"low": 0.0, "high": 0.6},
    "stretch": {"choices": ["linear", "asinh", "relative"]},
    "convolutions": {
        "choices": [
            "16 16 | 32 32 32",
            "32 32 | 64 64 64",
            "32 32 | 64 64 | 128 128",
            "64 64 64 | 64 64 64",
        ]
    },
    "features": {"low": 128, "high": 1024, "log": True},
    "memory": {"low": 64, "high": 512, "log": True},
    "renorm_after": {"low": 30, "high": 1000, "log": True},
}
"""Searched where a user names nothing else: about a factor of five to either side of the default
settings, and networks from a tenth of Table 3's cost to all of it."""

OPTIONS = ("iterations", "minutes", "seed", "start")
"""Settings that are the same in every trial and are no part of a space."""

HELD = ("validation",)
"""Settings that a space may name, but with one value: losses are compared over the same movies."""


@dataclass(frozen=True)
class Space:
    """What differs between trials, and what a user holds at a value.

    Attributes
    ----------
    drawn : dict
        For each setting ``{"low", "high", "log", "step"}``, step None for none, or
        ``{"choices"}``; plain JSON, so that a search can be recognized.
    held : dict
        For each setting its value.
    """

    drawn: dict[str, dict[str, Any]]
    held: dict[str, Any]

    def distributions(self) -> dict[str, BaseDistribution]:
        """As Optuna takes them."""
        from optuna.distributions import (
            CategoricalDistribution,
            FloatDistribution,
            IntDistribution,
        )

        out: dict[str, BaseDistribution] = {}
        for name, entry in self.drawn.items():
            if "choices" in entry:
                out[name] = CategoricalDistribution(entry["choices"])
            elif _KINDS[name] is int:
                out[name] = IntDistribution(
                    entry["low"], entry["high"], log=entry["log"], step=entry["step"] or 1
                )
            else:
                out[name] = FloatDistribution(
                    entry["low"], entry["high"], log=entry["log"], step=entry["step"]
                )
        return out

    def settings(self, base: TrainingSettings, drawn: Mapping[str, Any]) -> TrainingSettings:
        """The settings of a trial."""
        return replace(base, **self.held, **drawn)


def read(path: Path, base: TrainingSettings) -> Space:
    """Read a space from a TOML file; see `parse`.

    Raises
    ------
    UsageError
        If there is no such file or it is no TOML, and as `parse`.
    """
    path = local(path)
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path}: expected settings to search, as TOML; got {reason}") from error
    return parse(entries, base, str(path))


def parse(entries: Mapping[str, Any], base: TrainingSettings, where: str = "space") -> Space:
    """Make a space of a table, with every end of a range and every choice tried on the settings.

    Parameters
    ----------
    entries : dict
        As `DEFAULT`, or with plain values.
    base : TrainingSettings
        What the settings that are not named are.
    where : str
        Where the entries come from, for errors.

    Raises
    ------
    UsageError
        If a setting is unknown or none to search, a value is of another type or out of range, or
        nothing is drawn.
    """
    drawn, held = {}, {}
    for name, entry in entries.items():
        _require_searchable(name, where)
        if isinstance(entry, dict):
            if name in HELD:
                raise UsageError(
                    f"{where}: expected one value of {name}, the same for all trials, got {entry}"
                )
            drawn[name] = _drawn(name, entry, where)
        else:
            held[name] = _typed(name, entry, where)
    if not drawn:
        raise UsageError(
            f"{where}: expected at least one setting with low and high, or choices; got none"
        )
    space = Space(drawn, held)
    _try(space, base, where)
    return space


_KINDS: dict[str, type] = {f.name: type(f.default) for f in fields(TrainingSettings)}
_KEYS = ("low", "high", "log", "step", "choices")


def _require_searchable(name: str, where: str) -> None:
    if name in OPTIONS:
        raise UsageError(
            f"{where}: expected settings that differ between trials, got {name}; "
            + (f"give --{name}" if name != "start" else "trials begin with random weights")
        )
    if name not in _KINDS:
        known = [k for k in _KINDS if k not in OPTIONS]
        like = difflib.get_close_matches(name, known, 1)
        hint = f" (is that {like[0]}?)" if like else ""
        raise UsageError(f"{where}: expected settings among {', '.join(known)}; got {name}{hint}")


def _drawn(name: str, entry: dict[str, Any], where: str) -> dict[str, Any]:
    """One entry with its values in the setting's own type."""
    said = f"{where}, {name}"
    unknown = [key for key in entry if key not in _KEYS]
    if unknown:
        raise UsageError(f"{said}: expected keys among {', '.join(_KEYS)}; got {unknown[0]}")
    if "choices" in entry:
        choices = entry["choices"]
        if len(entry) > 1 or not isinstance(choices, list) or len(choices) < 2:
            raise UsageError(
                f"{said}: expected choices, a list of at least two values, and no more; got {entry}"
            )
        values = [_typed(name, value, where) for value in choices]
        if len(set(values)) < len(values):
            raise UsageError(f"{said}: expected choices that differ, got {choices}")
        return {"choices": values}
    if _KINDS[name] not in (int, float) or not {"low", "high"} <= set(entry):
        wanted = "choices" if _KINDS[name] not in (int, float) else "low and high, or choices"
        raise UsageError(f"{said}: expected {wanted}, got {entry}")
    low, high = (_typed(name, entry[key], where) for key in ("low", "high"))
    log, step = entry.get("log", False), entry.get("step")
    step = None if step is None else _typed(name, step, where)
    if not isinstance(log, bool) or (log and step is not None) or (step is not None and step <= 0):
        raise UsageError(f"{said}: expected log = true or a step above zero, not both; got {entry}")
    if not low < high or (log and not low > 0):
        raise UsageError(
            f"{said}: expected low under high{', both above zero' if log else ''}; "
            f"got {low} and {high}"
        )
    return {"low": low, "high": high, "log": log, "step": step}


def _typed(name: str, value: Any, where: str) -> Any:
    """A value in the type of its setting; a whole number will do for any number."""
    kind = _KINDS[name]
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
        raise UsageError(f"{where}, {name}: expected {words[kind]}, got {value!r}")
    return value


def _try(space: Space, base: TrainingSettings, where: str) -> None:
    """Make settings of every end and every choice, so that a trial cannot fail for them."""
    some = [{name: value} for name, value in space.held.items()]
    for name, entry in space.drawn.items():
        values = entry["choices"] if "choices" in entry else (entry["low"], entry["high"])
        some += [{name: value} for value in values]
    for change in some:
        try:
            replace(base, **change)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from error

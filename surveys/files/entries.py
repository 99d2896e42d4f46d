"""Dataclasses as tables of a TOML file, and back: what is wrong is told by its key."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_type_hints

import pandas as pd

from surveys.errors import UsageError

T = TypeVar("T")


def build(
    kind: type[T],
    entry: Any,
    where: str,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    **given: Any,
) -> T:
    """An instance of a dataclass from a table of a TOML file.

    Parameters
    ----------
    kind : dataclass
    entry : mapping
        Its fields by name.
    where : str
        File and table, such as ``my.toml: camera``, for errors.
    bounds : mapping, optional
        The least and the largest value that a number may have.
    given
        Fields that do not stand in the table.

    Raises
    ------
    UsageError
        If a field is missing, unknown, of another type, not finite or out of its bounds.
    """
    if not isinstance(entry, Mapping):
        raise UsageError(f"{where}: expected a table [{where.split()[-1]}], got {entry!r}")
    hints = get_type_hints(kind)
    wanted = {f.name: f for f in fields(kind) if f.name not in given}  # type: ignore[arg-type]
    for name in entry:
        if name not in wanted:
            raise UsageError(f"{where}.{name}: expected one of {', '.join(wanted)}; got {name!r}")
    values: dict[str, Any] = {}
    for name, field in wanted.items():
        if name in entry:
            low, high = (bounds or {}).get(name, (-math.inf, math.inf))
            values[name] = _checked(entry[name], hints[name], f"{where}.{name}", low, high)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise UsageError(f"{where}.{name}: expected a value, got none; add {name} = …")
    return kind(**values, **given)


def _checked(value: Any, hint: Any, where: str, low: float, high: float) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint in (int, float):
        if not number or not math.isfinite(value) or (hint is int and value != int(value)):
            what = "a whole number" if hint is int else "a number"
            raise UsageError(f"{where}: expected {what}, got {value!r}")
        if not low <= value <= high:
            limits = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of at least {low:g}"
            raise UsageError(f"{where}: expected a number {limits}, got {value!r}")
        return hint(value)
    if hint is str and not (isinstance(value, str) and value):
        raise UsageError(f"{where}: expected a text, got {value!r}")
    return value


def read_table(path: Any, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """A CSV table beside the TOML file; lines that begin with # are comments.

    Raises
    ------
    UsageError
        If it is not there, is no table, or lacks a column.
    """
    try:
        frame = pd.read_csv(io.StringIO(path.read_text("utf-8")), comment="#")
    except (OSError, KeyError) as error:
        raise UsageError(f"{path}: expected a table of the survey, got no such file") from error
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path}: expected a table of the survey, got {reason}") from error
    if missing := [name for name in columns if name not in frame.columns]:
        raise UsageError(f"{path}: expected the columns {', '.join(columns)}; no {missing[0]}")
    return frame


def table_text(frame: pd.DataFrame) -> str:
    """A table as CSV, whose numbers are read back to the last bit."""
    return frame.to_csv(index=False, lineterminator="\n")

"""Dataclasses as tables of a TOML file, and back: what is wrong is told by its key."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeAlias, TypeVar, get_origin, get_type_hints

import numpy as np
import pandas as pd

from surveys.errors import UsageError

T = TypeVar("T")

Bounds: TypeAlias = "tuple[float, float]"
"""The least and the largest value that a number may have."""

ANY: Bounds = (-math.inf, math.inf)
AT_LEAST_0: Bounds = (0.0, math.inf)
POSITIVE: Bounds = (1e-12, math.inf)


def build(
    kind: type[T],
    entry: Any,
    where: str,
    bounds: Mapping[str, Bounds] | None = None,
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
        Of numbers, by field.
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
            low, high = (bounds or {}).get(name, ANY)
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
            raise UsageError(f"{where}: expected a number {_limits(low, high)}, got {value!r}")
        return hint(value)
    if hint is str and not (isinstance(value, str) and value):
        raise UsageError(f"{where}: expected a text, got {value!r}")
    if get_origin(hint) is Mapping:
        if not isinstance(value, Mapping):
            raise UsageError(f"{where}: expected a table of numbers, got {value!r}")
        return {k: _checked(v, float, f"{where}.{k}", low, high) for k, v in value.items()}
    if get_origin(hint) is Sequence:
        names = value if isinstance(value, list) else []
        if not names or not all(isinstance(name, str) and name for name in names):
            raise UsageError(f"{where}: expected a list of names in quotes, got {value!r}")
        if twice := [name for name in names if names.count(name) > 1]:
            raise UsageError(f"{where}: expected each name once, got {twice[0]!r} twice")
    return value


def _limits(low: float, high: float) -> str:
    if math.isfinite(high):
        return f"from {low:g} to {high:g}"
    return "above 0" if low == POSITIVE[0] else f"of at least {low:g}"


def read_table(path: Any, numbers: Mapping[str, Bounds], text: Sequence[str] = ()) -> pd.DataFrame:
    """A CSV table beside the TOML file; lines that begin with # are comments.

    Parameters
    ----------
    path : Path, UPath or Traversable
    numbers : mapping
        Columns that hold finite numbers, and their bounds.
    text : sequence of str
        Columns that stay text, even where they look like numbers. There may be others.

    Raises
    ------
    UsageError
        If it is not there, is no table, has no rows, lacks a column or holds another value.
    """
    try:
        content = io.StringIO(path.read_text("utf-8-sig"))
        frame = pd.read_csv(
            content, comment="#", dtype=dict.fromkeys(text, str), keep_default_na=False
        )
    except (OSError, KeyError) as error:
        raise UsageError(f"{path}: expected a table of the survey, got no such file") from error
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path}: expected a table of the survey, got {reason}") from error
    columns = (*text, *numbers)
    if missing := [name for name in columns if name not in frame.columns]:
        raise UsageError(f"{path}: expected the columns {', '.join(columns)}; no {missing[0]}")
    if frame.empty:
        raise UsageError(f"{path}: expected a table of the survey, got one without rows")
    for name, (low, high) in numbers.items():
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
        good = np.isfinite(values) & (values >= low) & (values <= high)
        if not good.all():
            row = int(np.argmin(good))
            limits = f" {_limits(low, high)}" if (low, high) != ANY else ""
            raise UsageError(
                f"{path}: {name}: expected a number{limits} in every row, got "
                f"{frame[name].iloc[row]!s} in row {row + 1}"
            )
    return frame


def table_text(frame: pd.DataFrame) -> str:
    """A table as CSV, whose numbers are read back to the last bit."""
    return frame.to_csv(index=False, lineterminator="\n")

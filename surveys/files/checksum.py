"""A checksum of what a run was made of: equal descriptions have equal sums, in any process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd


def checksum(value: Any) -> str:
    """SHA-256, in hex, over dataclasses, tables, arrays, mappings, sequences, functions, values.

    The order of a mapping's entries does not matter. A function counts by its name alone.

    Raises
    ------
    TypeError
        If something is none of these: its sum would not be the same in the next process.
    """
    total = hashlib.sha256()
    _add(total, value)
    return total.hexdigest()


def _add(total: Any, value: Any) -> None:
    if isinstance(value, np.generic):
        value = value.item()
    if is_dataclass(value) and not isinstance(value, type):
        total.update(type(value).__name__.encode())
        for f in fields(value):
            total.update(f.name.encode())
            _add(total, getattr(value, f.name))
    elif isinstance(value, pd.DataFrame):
        for name in value.columns:
            _add(total, str(name))
            _add(total, value[name].to_numpy())
    elif isinstance(value, np.ndarray):
        total.update(f"array{value.shape}".encode())
        if value.dtype.kind in "OSU":
            # What a list of the same words adds, at once: a log has hundreds of thousands.
            words = "".join([f"{str(v)!r};]" for v in value.ravel().tolist()])
            total.update(f"[{words}]".encode())
        else:
            total.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, Mapping):
        for key in sorted(value, key=str):
            _add(total, str(key))
            _add(total, value[key])
    elif value is None or isinstance(value, str | bytes | bool | int | float):
        total.update(repr(value).encode() + b";")
    elif isinstance(value, Sequence):
        total.update(b"[")
        for item in value:
            _add(total, item)
    elif isinstance(value, partial):
        _add(total, [value.func, value.args, value.keywords])
    elif callable(value) and hasattr(value, "__qualname__"):
        total.update(f"{value.__module__}.{value.__qualname__}".encode())
    else:
        raise TypeError(f"expected a description made of plain values, got {type(value)}")
    total.update(b"]")

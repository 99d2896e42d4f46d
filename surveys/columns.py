"""Columns of tables that people bring."""

import difflib
from collections.abc import Sequence


def named(missing: Sequence[str], unknown: Sequence[str]) -> str:
    """The missing columns in words, each with the unknown one that might have been meant for it."""
    hints = [
        f"{name} (is that {close[0]!r}?)"
        if (close := difflib.get_close_matches(name, unknown, 1))
        else name
        for name in missing
    ]
    return ", ".join(hints)

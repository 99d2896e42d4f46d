"""Keywords that had other names in version 0.1 and are still taken."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def renamed(**new_names: str) -> Callable[[F], F]:
    """Let a function take keywords by their old names, ``even="uniform_fraction"``."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def taken(*words: Any, **more: Any) -> Any:
            for old, new in new_names.items():
                if old in more:
                    if new in more:
                        raise TypeError(f"{function.__name__}: got {new} and its old name {old}")
                    more[new] = more.pop(old)
            return function(*words, **more)

        return taken  # type: ignore[return-value]

    return decorate

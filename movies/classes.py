"""The seven classes of object, in the order of every probability vector."""

from collections.abc import Iterable

from surveys.errors import UsageError

CLASSES = (
    "non_variable",
    "rr_lyrae",
    "cepheid",
    "eclipsing_binary",
    "supernova",
    "asteroid",
    "galaxy",
)

TITLES = {
    "non_variable": "non-variable",
    "rr_lyrae": "RR Lyrae",
    "cepheid": "Cepheid",
    "eclipsing_binary": "eclipsing binary",
    "supernova": "supernova",
    "asteroid": "asteroid",
    "galaxy": "galaxy",
}

TRANSIENTS = ("supernova", "asteroid")
"""Classes whose movies begin with their first alert rather than anywhere."""


def check(names: Iterable[str]) -> tuple[str, ...]:
    """The names in canonical order.

    Raises
    ------
    UsageError
        If a name is not one of `CLASSES`, or none is given.
    """
    wanted = set(names)
    unknown = sorted(wanted - set(CLASSES))
    if unknown or not wanted:
        came = ", ".join(unknown) or "none"
        raise UsageError(f"expected classes among {', '.join(CLASSES)}; came {came}")
    return tuple(c for c in CLASSES if c in wanted)

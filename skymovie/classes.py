"""The seven classes of object, in the order of every probability vector, and names of others.

A simulation may have further classes, made from a user's own light curves; what classifies knows
the seven.
"""

from collections.abc import Collection, Iterable

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


def check(names: Iterable[str], own: Collection[str] = ()) -> tuple[str, ...]:
    """The names in canonical order: that of `CLASSES`, then further ones by the alphabet.

    Parameters
    ----------
    names : strings
    own : strings
        Classes for which the caller has light curves: in place of one of `CLASSES`, or a further
        one.

    Raises
    ------
    UsageError
        If a name is neither one of `CLASSES` nor an own one, none is given, or an own one is not
        among them or cannot be a name.
    """
    wanted = set(names)
    known = (*CLASSES, *sorted(set(own) - set(CLASSES)))
    for name in sorted(set(own)):
        if not (name.isidentifier() and name.isascii() and name == name.lower()):
            raise UsageError(
                f"expected a class named in small letters, digits and underscores, beginning with "
                f"a letter, such as heartbeat_star; got {name!r}"
            )
        if name not in wanted:
            raise UsageError(
                f"expected {name}, of which there are own light curves, among the classes to "
                f"simulate; got {', '.join(sorted(wanted)) or 'none'}; add it to the classes"
            )
    unknown = sorted(wanted - set(known))
    if unknown or not wanted:
        got = ", ".join(unknown) or "none"
        raise UsageError(f"expected classes among {', '.join(known)}; got {got}")
    return tuple(c for c in known if c in wanted)


def check_known(names: Iterable[str], where: str) -> None:
    """See that classifiers know all classes of some movies.

    Parameters
    ----------
    names : strings
        Labels, or the classes of a store's settings.
    where : str
        Where the movies are, for the error.

    Raises
    ------
    UsageError
        If one is not among `CLASSES`.
    """
    unknown = sorted(set(names) - set(CLASSES))
    if unknown:
        raise UsageError(
            f"{where}: expected movies of the classes that the classifiers know "
            f"({', '.join(CLASSES)}), got {', '.join(unknown)}; simulate them under one of these "
            "names, or without"
        )

"""What skymovie raises when it cannot go on: one line on what was expected, what came, what to do.

The commands print that line and leave with ``exit_code``; a Python caller catches the class.
"""


class SkymovieError(Exception):
    """Something outside the caller's hands: a damaged file, a full disk (exit code 1)."""

    exit_code = 1


class UsageError(SkymovieError, ValueError):
    """A wrong value from the caller: an unknown name, a number out of range (exit code 2)."""

    exit_code = 2

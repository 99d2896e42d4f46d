"""Text on a terminal whose encoding lacks some of its characters, as under ``LC_ALL=C``.

Such a character is written in the closest way that the encoding has ("…" as "...", "é" as "e");
Python's own choice is an error that ends the command.
"""

from __future__ import annotations

import codecs
import io
import os
import unicodedata
from os import PathLike
from typing import TextIO

_PLAIN = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{BULLET}": "*",
    "\N{MIDDLE DOT}": ".",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{ALMOST EQUAL TO}": "~",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{DEGREE SIGN}": " deg",
    "\N{GREEK SMALL LETTER MU}": "u",
    "\N{GREEK SMALL LETTER SIGMA}": "sigma",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
}

_HANDLER = "skymovie-plain"


def allow(*streams: TextIO) -> None:
    """Let streams write any text; those that Python does not encode itself are left alone.

    Parameters
    ----------
    streams : text streams
        As ``sys.stdout``; a notebook's or a test's own object takes every character already.
    """
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def of_path(path: str | PathLike[str]) -> str:
    """A file's name as text for a picture or a record, whatever encoding the terminal has.

    Under an encoding that is not UTF-8 Python keeps the bytes of "é" as halves of characters, which
    neither a font nor a UTF-8 file takes.
    """
    return os.fsencode(path).decode("utf-8", "replace")


def _closest(character: str, encoding: str) -> bytes:
    """The bytes of a character that the encoding lacks."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name that was no text: as it was
        return bytes([code - 0xDC00])
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(_PLAIN.get(c, c) for c in parts if not unicodedata.combining(c))
    return plain.encode(encoding, "replace")


def _replace(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return b"".join(_closest(c, error.encoding) for c in missing), error.end


codecs.register_error(_HANDLER, _replace)

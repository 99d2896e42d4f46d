"""Read NumPy files, pickled ones too, without ever running what a file says.

The public HiTS stamps are pickled dictionaries of arrays. A pickle is a program: it names functions
and calls them, and NumPy's own functions can be misused to read or write anywhere in memory. So no
name in a file is ever looked up. The few that NumPy writes are answered by stand-ins of our own,
which make arrays of plain types from checked shapes and sizes; every other name is an error.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from surveys.errors import SkymovieError
from surveys.files.paths import local

MAX_MEMO = 1_000_000
"""Largest memo index of a pickle: the unpickler keeps a table as long as the index says."""

_PLAIN = re.compile(r"b1|[iu][1248]|f[248]|c8|c16|[SU]\d{1,6}|O8?")
_ALLOWED = "NumPy arrays (masked ones too), numbers, str, bytes, list, tuple and dict"


def read(path: str | Path) -> NDArray[Any]:
    """Read a .npy file.

    Parameters
    ----------
    path : str or Path
        A NumPy file of format 1 or 2, with an array of numbers, strings or records, or a pickled
        array of objects: arrays, NumPy scalars, numbers, str, bytes, list, tuple, dict.

    Returns
    -------
    array
        Of objects where the file is a pickle. Text that Python 2 wrote is decoded as Latin-1.

    Raises
    ------
    SkymovieError
        If the file cannot be read, is no NumPy file, is cut short or damaged, or is a pickle that
        names anything else.
    """
    try:
        content = local(path).read_bytes()
    except OSError as error:
        raise SkymovieError(f"{path}: expected a NumPy file, got {error.strerror}") from error
    try:
        # Headers of Python 2 and of damaged files are parsed as Python source, which may warn.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _array(content)
    except ForbiddenNameError as error:
        raise SkymovieError(
            f"{path}: expected a pickle of {_ALLOWED} alone, got {error}; do not trust this file"
        ) from error
    # A damaged pickle may raise nearly anything, MemoryError and SyntaxError among them.
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise SkymovieError(
            f"{path}: expected a whole NumPy file, got a damaged one ({reason}); fetch it again"
        ) from error


class ForbiddenNameError(Exception):
    """A pickle names something that no array needs."""


def _array(content: bytes) -> NDArray[Any]:
    """The array in the bytes of a .npy file."""
    if not content.startswith(npy.MAGIC_PREFIX):
        raise ValueError("it does not begin as NumPy files do")
    file = io.BytesIO(content)
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"format {version[0]}.{version[1]} is not 1.0 or 2.0")
    shape, fortran, dtype = readers[version](file)
    body = content[file.tell() :]
    if dtype.hasobject:
        if dtype != np.dtype(object):
            raise ValueError("objects within records")
        array = _unpickle(body)
        if not isinstance(array, _Array) or array.shape != shape or array.dtype != dtype:
            raise ValueError("its pickle is not the array of its header")
        return array.view(np.ndarray)
    return _from_bytes(body, shape, dtype, fortran)


def _from_bytes(
    raw: bytes, shape: tuple[int, ...], dtype: np.dtype[Any], fortran: bool
) -> NDArray[Any]:
    """An array of its own from bytes that must be just as many as it needs."""
    _check_size(len(raw), dtype.itemsize, shape)
    array: NDArray[Any] = np.ndarray(shape, dtype, raw, order="F" if fortran else "C")
    return array.copy()


def _check_size(got: int, itemsize: int, shape: tuple[int, ...]) -> None:
    """Whether `got` bytes (or objects, of size 1) are just what the shape needs."""
    needed = itemsize * math.prod(shape)
    if any(n < 0 for n in shape) or got != needed:
        raise ValueError(f"{needed:,} bytes or objects needed for shape {shape}, {got:,} there")


def _unpickle(body: bytes) -> Any:
    """The value of a pickle made of nothing but NumPy arrays and plain containers."""
    for opcode, argument, _ in pickletools.genops(body):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and (argument or 0) > MAX_MEMO:
            raise ValueError(f"memo index {argument}")
        if opcode.name in ("EXT1", "EXT2", "EXT4"):  # names by number, which may pass find_class by
            raise ForbiddenNameError(f"extension {argument}")
    return _Unpickler(io.BytesIO(body), encoding="latin1").load()


class _Unpickler(pickle.Unpickler):
    """An unpickler that answers NumPy's names with stand-ins and refuses every other."""

    def find_class(self, module: str, name: str) -> Any:
        stand_in = _STAND_INS.get((module.replace("numpy._core", "numpy.core"), name))
        if stand_in is None:
            raise ForbiddenNameError(f"{module}.{name}"[:80])
        return stand_in

    def persistent_load(self, pid: Any) -> Any:
        raise ForbiddenNameError("a persistent id")


class _Array(np.ndarray):
    """An array whose state comes from a pickle."""

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, raw = state
        kind = _plain(dtype)
        shape = tuple(int(n) for n in shape)
        if kind.hasobject:
            if type(raw) is not list:  # bytes would be taken for pointers
                raise ValueError("objects that are not in a list")
            _check_size(len(raw), 1, shape)
        else:
            raw = _encode(raw)
            _check_size(len(raw), kind.itemsize, shape)
        checked: Any = (1, shape, kind, bool(fortran), raw)
        super().__setstate__(checked)


class _Dtype:
    """A type as a pickle gives it: a code, then a byte order."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.code, self.order = str(code)[:10], "="
        self.names: tuple[str, ...] = ()
        self.fields: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        if state[2] is not None:
            raise ValueError("arrays within records")
        self.order = str(state[1])
        if state[3] is not None:
            self.names = tuple(str(n) for n in state[3])
            self.fields = state[4]


class _StandIn:
    """A callable without a dictionary, so that a pickle cannot alter it."""

    __slots__ = ("_make",)
    _make: Any

    def __init__(self, make: Any) -> None:
        object.__setattr__(self, "_make", make)

    def __setattr__(self, name: str, value: Any) -> None:
        raise ForbiddenNameError(f"a change of {name[:80]}")

    def __setstate__(self, state: Any) -> None:
        raise ForbiddenNameError("a change of a function")

    def __call__(self, *arguments: Any) -> Any:
        return self._make(*arguments)


def _plain(dtype: Any) -> np.dtype[Any]:
    """NumPy's type for a type in a pickle: a number, a string, an object or a flat record."""
    if not isinstance(dtype, _Dtype):
        raise ValueError("an array without a type")
    if dtype.names:
        return _record(dtype)
    if not _PLAIN.fullmatch(dtype.code) or dtype.order not in "<>=|":
        raise ValueError(f"type {dtype.order}{dtype.code}"[:80])
    if dtype.code.startswith("O"):
        return np.dtype(object)
    return np.dtype(
        dtype.order.replace("=", "<" if sys.byteorder == "little" else ">") + dtype.code
    )


def _record(dtype: _Dtype) -> np.dtype[Any]:
    """A record's type; its fields are plain, hold no objects and lie one after the other."""
    kinds = [(name, _plain(dtype.fields[name][0])) for name in dtype.names]
    record = np.dtype(kinds)
    offsets = tuple(int(dtype.fields[name][1]) for name in dtype.names)
    packed = tuple(record.fields[name][1] for name in dtype.names) if record.fields else ()
    if record.hasobject or offsets != packed:
        raise ValueError("records with gaps or objects")
    return record


def _encode(raw: Any) -> bytes:
    """Bytes as they were: what Python 2 calls a string arrives as Latin-1 text."""
    if isinstance(raw, str):
        return raw.encode("latin1")
    if not isinstance(raw, bytes | bytearray):
        raise ValueError(f"bytes expected, {type(raw).__name__} there")
    return bytes(raw)


def _scalar(dtype: Any, raw: Any) -> Any:
    kind = _plain(dtype)
    if kind.hasobject:
        raise ValueError("a scalar of objects")
    return _from_bytes(_encode(raw), (), kind, False)[()]


def _reconstruct(*_: Any) -> _Array:
    """An empty array, which the next step of the pickle gives its state."""
    return np.ndarray.__new__(_Array, 0)


def _from_buffer(
    raw: Any, dtype: Any, shape: Any, order: Any = "C", axes: Any = None
) -> NDArray[Any]:
    """An array as protocol 5 has it: bytes in the order of a language, or of `axes`."""
    kind, shape = _plain(dtype), tuple(int(n) for n in shape)
    if kind.hasobject or order not in ("C", "F", "K"):
        raise ValueError(f"a buffer of {kind} in order {order}"[:80])
    array = _from_bytes(_encode(raw), shape, kind, order == "F")
    if axes is not None:
        array = array.transpose([int(n) for n in axes])
    return array.view(_Array)  # not a plain one, whose state a pickle could set unchecked


class _MaskedArray(np.ma.MaskedArray[Any, Any]):
    """A masked array whose state comes from a pickle."""

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, raw, mask, _ = state
        shape, kind = tuple(int(n) for n in shape), _plain(dtype)
        if kind.hasobject:
            raise ValueError("a masked array of objects")
        of_mask = np.ma.make_mask_descr(kind)
        # A truth value that is neither 0 nor 1 would be a wrong one; the fill value is not needed.
        flags = np.frombuffer(_encode(mask), np.uint8) != 0
        whole = _from_bytes(_encode(raw), shape, kind, bool(fortran))
        hidden = _from_bytes(flags.tobytes(), shape, of_mask, bool(fortran))
        order: Any = "F" if fortran else "C"
        checked: Any = (1, shape, kind, bool(fortran), whole.tobytes(order), hidden.tobytes(order))
        super().__setstate__((*checked, None))


def _masked(*_: Any) -> _MaskedArray:
    """An empty masked array, which the next step of the pickle gives its state."""
    return _MaskedArray(np.zeros(0), mask=np.zeros(0, bool))


def _codecs_encode(text: Any, encoding: Any = "latin1") -> bytes:
    """How Python 3 writes bytes in the pickles of Python 2."""
    if encoding != "latin1":
        raise ValueError("bytes that are not Latin-1")
    return _encode(text)


_STAND_INS = {
    ("numpy", "ndarray"): _StandIn(lambda: None),
    ("numpy", "recarray"): _StandIn(lambda: None),
    ("numpy", "record"): _StandIn(lambda: None),
    ("numpy", "dtype"): _StandIn(_Dtype),
    ("numpy.core.multiarray", "_reconstruct"): _StandIn(_reconstruct),
    ("numpy.core.multiarray", "scalar"): _StandIn(_scalar),
    ("numpy.core.numeric", "_frombuffer"): _StandIn(_from_buffer),
    ("numpy.core.records", "recarray"): _StandIn(lambda: None),
    ("numpy.rec", "recarray"): _StandIn(lambda: None),
    ("numpy.rec", "record"): _StandIn(lambda: None),
    ("numpy.core.records", "record"): _StandIn(lambda: None),
    ("numpy.ma.core", "_mareconstruct"): _StandIn(_masked),
    ("numpy.ma.core", "MaskedArray"): _StandIn(lambda: None),
    ("numpy.ma", "MaskedArray"): _StandIn(lambda: None),
    ("_codecs", "encode"): _StandIn(_codecs_encode),
    # How Python 3 writes no bytes at all by protocol 2.
    ("__builtin__", "bytes"): _StandIn(lambda: b""),
}

import io
import os
import pickle
import pickletools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skymovie.real import unpickle
from surveys.errors import SkymovieError, UsageError

HEADER = b"\x93NUMPY\x01\x00F\x00{'descr': '|O', 'fortran_order': False, 'shape': (), }"
OBJECT = HEADER.ljust(79) + b"\n"

RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"


def dtype(code: bytes, order: bytes = b"<") -> bytes:
    """A type as Python 2 pickled it."""
    flags = b"?" if code == b"O8" else b"\x00"
    made = b"cnumpy\ndtype\nU%c%sK\x00K\x01\x87R" % (len(code), code)
    return made + b"(K\x03U\x01%sNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK%stb" % (order, flags)


def array(shape: bytes, kind: bytes, content: bytes) -> bytes:
    """An array as Python 2 pickled it."""
    return RECONSTRUCT + b"(K\x01" + shape + kind + b"\x89" + content + b"tb"


def boxed(value: bytes) -> bytes:
    """A .npy file with one object."""
    return OBJECT + b"\x80\x02" + array(b")", dtype(b"O8", b"|"), b"]" + value + b"a") + b"."


@pytest.fixture
def read(tmp_path):
    def reader(content: bytes):
        path = tmp_path / "some_stamp.npy"
        path.write_bytes(content)
        return unpickle.read(path)

    return reader


PYTHON2 = boxed(
    b"}(U\x05stamp"
    + array(b"K\x02K\x01\x86", dtype(b"f4"), b"U\x08\x00\x00\x80\x3f\x00\x00\xc0\xc0")
    + b"U\x04nameU\x02\xe9!U\x01nK\x07u"
)


def test_reads_what_python_2_pickled(read):
    content = read(PYTHON2).item()
    assert content["stamp"].dtype == np.dtype("<f4")
    np.testing.assert_array_equal(content["stamp"], [[1.0], [-6.0]])
    assert content["name"] == "é!"
    assert content["n"] == 7
    expected = np.load(io.BytesIO(PYTHON2), allow_pickle=True, encoding="latin1").item()
    np.testing.assert_array_equal(content["stamp"], expected["stamp"])


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_reads_what_numpy_pickles(read, protocol):
    record = np.array([(b"02", 57070.1)], [("EPOCH", "S2"), ("MJD", ">f4")])
    value = {
        "record": record,
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "text": np.array(["å", "bc"]),
        "scalar": np.float32(2.5),
        "plain": [1, 2.5, True, None, (b"raw", "text")],
        "nested": np.array([1, "x", None], object),
    }
    box = np.empty((), object)
    box[()] = value
    got = read(OBJECT + pickle.dumps(box, protocol=protocol)).item()
    assert got.keys() == value.keys()
    assert got["plain"] == value["plain"]
    assert got["scalar"] == 2.5
    for name in ("record", "fortran", "text", "nested"):
        np.testing.assert_array_equal(got[name], value[name])
        assert got[name].dtype == value[name].dtype


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hnp.arrays(
        hnp.scalar_dtypes().filter(lambda d: d.kind not in "mMc" and d.itemsize <= 8),
        hnp.array_shapes(min_dims=0, max_dims=3, max_side=4),
    )
)
def test_plain_arrays_are_read_as_numpy_reads_them(read, values):
    file = io.BytesIO()
    np.save(file, values)
    np.testing.assert_array_equal(read(file.getvalue()), values)


class RanError(Exception):
    """A pickle was obeyed."""


def boom(*_):
    raise RanError


class Calls:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "value",
    [
        Calls(os.system, "touch ran"),
        Calls(eval, "boom()"),
        Calls(getattr, {}, "clear"),
        Calls(np.load, "/etc/passwd"),
        Calls(np.frombuffer, b"12345678"),
        Calls(np.lib.format.open_memmap, "ran", "w+"),
        {"stamp": [(Calls(os.system, "touch ran"),)]},
        np.array([Calls(os.system, "touch ran")], object),
        os.system,
        slice(3),
        {1, 2}.__class__,
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_any_other_name_is_refused(read, tmp_path, monkeypatch, value, protocol):
    monkeypatch.chdir(tmp_path)
    box = np.empty((), object)
    box[()] = value
    with pytest.raises(SkymovieError, match=r"some_stamp.npy: expected a pickle of NumPy"):
        read(OBJECT + pickle.dumps(box, protocol=protocol))
    assert not (tmp_path / "ran").exists()


POINTERS = b"U\x08\x10\x20\x30\x40\x50\x60\x70\x80"

MISUSE = {
    "bytes as objects": array(b"K\x01\x85", dtype(b"O8", b"|"), POINTERS),
    "a scalar of an object": (
        b"cnumpy.core.multiarray\nscalar\n" + dtype(b"O8") + POINTERS + b"\x86R"
    ),
    "a record whose field is an object": array(
        b"K\x01\x85",
        b"cnumpy\ndtype\nU\x02V8K\x00K\x01\x87R(K\x03U\x01|NU\x01a\x85}U\x01a"
        + dtype(b"O8")
        + b"K\x00\x86sK\x08K\x01K\x00tb",
        POINTERS,
    ),
    "a record that reaches beyond itself": array(
        b"K\x01\x85",
        b"cnumpy\ndtype\nU\x02V8K\x00K\x01\x87R(K\x03U\x01|NU\x01a\x85}U\x01a"
        + dtype(b"f8")
        + b"K\xf0\x86sK\x08K\x01K\x00tb",
        POINTERS,
    ),
    "fewer bytes than the shape": array(b"K\xffK\xff\x86", dtype(b"f8"), POINTERS),
    "a huge shape": array(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", dtype(b"f8"), POINTERS),
    "a negative shape": array(b"J\xff\xff\xff\xffJ\xff\xff\xff\xff\x86", dtype(b"f8"), POINTERS),
    "a change of a stand-in": b"cnumpy\ndtype\n(NU\x05_makeK\x01tb",
    "ndarray called": b"cnumpy\nndarray\nK\x01\x85\x85R",
    "ndarray made anew": b"cnumpy\nndarray\nK\x01\x85\x85\x81",
    "reconstruct of another class": b"cnumpy.core.multiarray\n_reconstruct\ncbuiltins\ndict\n)R",
    "a persistent id": b"K\x01Q",
    "an extension": b"\x82\x01",
    "an empty stack": b"0000000",
    "a huge memo": b"K\x01r\xff\xff\xff\xff",
    "a buffer from elsewhere": b"\x97",
}


@pytest.mark.parametrize("value", MISUSE.values(), ids=MISUSE)
def test_numpy_cannot_be_misused(read, value):
    with pytest.raises(SkymovieError, match=r"some_stamp\.npy: expected"):
        read(boxed(value))


def test_a_stand_in_cannot_be_altered(read):
    for attribute in ("_make", "__call__", "other"):
        with pytest.raises(unpickle.ForbiddenNameError):
            setattr(unpickle._STAND_INS["numpy", "dtype"], attribute, boom)


def test_what_is_no_array_file(read, tmp_path):
    for content in (b"", b"\x93NUM", b"GIF89a", pickle.dumps({"stamp": 1})):
        with pytest.raises(SkymovieError, match="fetch it again"):
            read(content)
    with pytest.raises(SkymovieError, match="No such file"):
        unpickle.read(tmp_path / "absent.npy")
    assert not issubclass(SkymovieError, UsageError)


def test_the_error_is_one_line_with_the_name(read):
    with pytest.raises(SkymovieError) as caught:
        read(PYTHON2[:200])
    assert "\n" not in str(caught.value)
    assert "some_stamp.npy" in str(caught.value)


def test_every_truncation_is_told(read):
    for n in range(len(PYTHON2)):
        with pytest.raises(SkymovieError):
            read(PYTHON2[:n])


NAMES = {
    "numpy.core.multiarray _reconstruct",
    "numpy ndarray",
    "numpy dtype",
    "numpy.core.multiarray scalar",
    "_codecs encode",
}


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(PYTHON2) - 1), st.integers(0, 255)), min_size=1, max_size=4
    ),
    end=st.integers(0, 40),
)
def test_damage_is_read_or_told_but_never_run(read, changes, end):
    damaged = bytearray(PYTHON2)
    for place, byte in changes:
        damaged[place] = byte
    content = bytes(damaged[: len(damaged) - end])
    try:
        got = read(content)
    except SkymovieError:
        return
    # What is read names nothing beyond NumPy's own.
    assert isinstance(got, np.ndarray)
    if got.dtype == object:
        body = content[PYTHON2.index(b"\x80\x02") :]  # whose own bytes may be the damaged ones
        named = {a for op, a, _ in pickletools.genops(body) if op.name == "GLOBAL"}
        assert named <= NAMES


def saved(value: object, protocol: int) -> bytes:
    """A .npy file of one object, as another program may pickle it."""
    content = np.empty((), object)
    content[()] = value
    return OBJECT + pickle.dumps(content, protocol=protocol)


TIMES = np.array([(b"02", 57070.1), (b"03", 57071.2)], [("EPOCH", "S2"), ("MJD", "<f4")])
KINDS = {
    "plain": np.arange(6.0, dtype=">f4").reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "axes": np.arange(24.0).reshape(4, 3, 2).transpose(1, 2, 0),
    "part": np.arange(12.0).reshape(4, 3)[::2],
    "empty": np.zeros((0, 21, 21), np.float32),
    "text": np.array(["é", "g"]),
    "record": TIMES,
    "recarray": TIMES.view(np.recarray),
    "record of a recarray": TIMES.view(np.recarray)[0],
    "scalar": np.float32(3.5),
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_reads_every_array_that_numpy_pickles(read, kind, protocol):
    got = read(saved({"a": KINDS[kind]}, protocol)).item()["a"]
    np.testing.assert_array_equal(np.asarray(got), np.asarray(KINDS[kind]))
    assert np.asarray(got).dtype.newbyteorder("=") == np.asarray(KINDS[kind]).dtype.newbyteorder(
        "="
    )


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "values",
    [
        np.ma.masked_less(np.arange(6.0, dtype=np.float32).reshape(2, 3), 3),
        np.ma.masked_less(np.asfortranarray(np.arange(6).reshape(2, 3)), 3),
        np.ma.array(TIMES, mask=[(False, True), (False, False)]),
        np.ma.array(np.arange(3)),
    ],
    ids=["float", "fortran", "record", "no mask"],
)
def test_reads_masked_arrays_with_their_masks(read, values, protocol):
    got = read(saved({"a": values}, protocol)).item()["a"]
    np.testing.assert_array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(values))
    np.testing.assert_array_equal(got.data, values.data)


FLOATS = b"cnumpy._core.numeric\n_frombuffer\n("


@pytest.mark.parametrize(
    "content",
    [
        FLOATS + b"U\x08\x00\x00\x80\x3f\x00\x00\xc0\xc0" + dtype(b"f4") + b"K\x09\x85U\x01CtR",
        FLOATS + b"U\x08AAAAAAAA" + dtype(b"O8", b"|") + b"K\x01\x85U\x01CtR",
        FLOATS + b"U\x08AAAAAAAA" + dtype(b"f8") + b"K\x01\x85U\x01XtR",
        b"cnumpy.ma.core\n_mareconstruct\n)R(K\x01K\x01\x85"
        + dtype(b"O8", b"|")
        + b"\x89U\x08AAAAAAAAU\x01\x00Ntb",
        b"cnumpy.ma.core\n_mareconstruct\n)R(K\x01K\x05\x85"
        + dtype(b"f8")
        + b"\x89U\x08AAAAAAAAU\x01\x00Ntb",
        b"cnumpy.ma.core\n_mareconstruct\n)R(K\x01K\x01\x85"
        + dtype(b"f8")
        + b"\x89U\x08AAAAAAAAU\x02\x00\x00Ntb",
        # the state of an array that was made from a buffer: pointers of its own choice
        FLOATS
        + b"U\x08AAAAAAAA"
        + dtype(b"f8")
        + b"K\x01\x85U\x01CtR(K\x01K\x01\x85"
        + dtype(b"O8", b"|")
        + b"\x89U\x08AAAAAAAAtb",
    ],
    ids=["short", "pointers", "order", "masked pointers", "masked short", "mask long", "state"],
)
def test_arrays_of_other_writers_are_checked_alike(read, content):
    with pytest.raises(SkymovieError, match="damaged one"):
        read(boxed(content))


@pytest.mark.parametrize(
    "name", [b"numpy.ma.core\nMaskedConstant", b"numpy.ma\nfrombuffer", b"numpy.rec\nfromfile"]
)
def test_other_names_of_those_modules_are_refused(read, name):
    with pytest.raises(SkymovieError, match="do not trust this file"):
        read(boxed(b"c" + name + b"\n)R"))

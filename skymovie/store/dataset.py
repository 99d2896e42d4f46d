"""A movie store as an xarray dataset: named dimensions, units, nothing read before it is asked for.

    dataset = skymovie.open_dataset("hits-movies", "test")
    dataset.images.isel(object=0).plot(col="image", col_wrap=7)
    dataset.seeing.where(dataset.label == "supernova").mean()

`xarray.open_zarr("hits-movies/movies.zarr", group="test", consolidated=False)` opens the bare
images and exposure numbers; this adds what the exposure table and the truth know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import xarray
from numpy.typing import NDArray
from pyarrow import parquet
from xarray.backends import BackendArray
from xarray.core import indexing

from skymovie import units
from skymovie.store import tables
from skymovie.store.movie_store import MovieStore
from skymovie.store.tables import AT_ONCE
from surveys.files.atomic import Place

PER_IMAGE = ("object", "image")


def open_dataset(store: MovieStore | str | Path, part: str = "test") -> xarray.Dataset:
    """Open one part of a store.

    Parameters
    ----------
    store : MovieStore, str or Path
    part : str
        ``train``, ``validation`` or ``test``.

    Returns
    -------
    xarray.Dataset
        With the dimensions ``object``, ``image``, ``y``, ``x`` and

        - ``images`` (object, image, y, x): ADU with sky; 0 where there is no image;
        - ``exposure`` (object, image): row of the exposure table, −1 where there is no image;
        - (object, image) each column of the exposure table, such as ``mjd``, ``seeing``, ``sky``
          and ``zero_point``; NaN (or an empty name) where there is no image;
        - (object) each column of the truth, such as ``object_id``, ``label`` and the drawn
          parameters, NaN or empty where an object has none; one named like a column of the
          exposures is called ``truth_…``.

        Names and ``mjd`` are coordinates, so that they go along with what is selected.

        Variables with a unit have it in ``units``, as astropy parses it. The attributes are the
        store's: ``survey``, ``survey_checksum``, ``seed`` and so on; ``settings``, ``sizes`` and
        ``versions`` are JSON, since a netCDF file takes text and numbers alone.

        It can be pickled, so that workers of Dask or `multiprocessing` read it, and written with
        ``to_netcdf``.

    Raises
    ------
    UsageError
        If the store has no such part.
    SkymovieError
        If there is no finished store.
    """
    if not isinstance(store, MovieStore):
        store = MovieStore.open(store)
    store.blocks(part)  # refuses an unknown part
    dataset = xarray.open_zarr(
        store.group.store, group=part, consolidated=False, chunks=None, mask_and_scale=False
    )
    dataset = dataset.assign(_conditions(store, part) | _truth(store, part))
    # Names and dates go along with what is selected; means are taken of numbers.
    names = [name for name, v in dataset.items() if v.dtype.kind not in "biuf"]
    dataset = dataset.set_coords(["mjd", *names])
    title = f"{store.survey.title}: {part} movies"
    dataset.attrs = _attributes({"title": title, **store.attributes})
    # NetCDF 3, which SciPy writes, has no unsigned numbers; int16 would fold those beyond 32767.
    dataset.images.encoding = {"dtype": "int32"}
    return dataset


class _Lazy(BackendArray):
    """An array that is computed where it is indexed; in another process too, so it can be pickled.

    Parameters
    ----------
    shape, dtype
    read : _Condition or _TruthColumn
        Called with one integer, slice or integer array an axis; gives the values there.
    """

    def __init__(self, shape: tuple[int, ...], dtype: Any, read: Callable[[Any], Any]):
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._read = read

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def variable(self, dims: tuple[str, ...], unit: str | None) -> xarray.Variable:
        """The array as a variable that stays on disk until it is needed."""
        attributes = {"units": unit} if unit else {}
        return xarray.Variable(dims, indexing.LazilyIndexedArray(self), attributes)


@dataclass(frozen=True)
class _Condition:
    """A column of the exposure table, spread over the images.

    Attributes
    ----------
    pointer : zarr.Array, shape (N, E)
        Rows of the table.
    values : array, shape (X,)
    absent
        The value where there is no image.
    """

    pointer: Any
    values: NDArray[Any]
    absent: Any

    def __call__(self, key: Any) -> NDArray[Any]:
        row = np.asarray(self.pointer.oindex[key])
        return np.where(row >= 0, self.values[row], self.absent)


def _conditions(store: MovieStore, part: str) -> dict[str, xarray.Variable]:
    """Every column of the exposure table, spread over the images."""
    pointer: Any = store.group[f"{part}/exposure"]
    table = store.exposures

    def column(values: NDArray[Any]) -> _Lazy:
        absent: Any = ""
        if values.dtype.kind != "U":
            values, absent = values.astype(np.float64), np.nan
        return _Lazy(pointer.shape, values.dtype, _Condition(pointer, values, absent))

    return {
        name: column(getattr(table, name)).variable(PER_IMAGE, units.EXPOSURES.get(name))
        for name in table.columns()
        if name != "field"  # all images of an object are of one; the truth has it
    }


@dataclass(frozen=True)
class _TruthColumn:
    """A column of the truth, read from the blocks that hold the rows asked for.

    Attributes
    ----------
    name : str
    dtype : dtype
        Of the values.
    files : list of Place
        One a block.
    blocks : list of slice
        The rows of each.
    """

    name: str
    dtype: np.dtype[Any]
    files: list[Place]
    blocks: list[slice]

    def __call__(self, key: tuple[Any]) -> Any:
        starts = np.array([rows.start for rows in self.blocks])
        stops = np.array([rows.stop for rows in self.blocks])
        wanted = np.arange(stops[-1] if len(stops) else 0)[key[0]]
        row = np.atleast_1d(wanted)
        block = np.searchsorted(stops, row, side="right")
        used, nth = np.unique(block, return_inverse=True)
        length = stops[used] - starts[used]
        values = pd.Series(np.nan, index=range(length.sum()), dtype=object)
        if len(used):
            values = tables.read([self.files[k] for k in used], [self.name]).get(self.name, values)
        values = values.fillna("") if self.dtype.kind == "O" else values
        begin = np.cumsum(length) - length  # of each block that is used, in `values`
        return values.to_numpy(self.dtype)[begin[nth] + row - starts[block]].reshape(wanted.shape)


def _truth(store: MovieStore, part: str) -> dict[str, xarray.Variable]:
    """Every column of the truth table, read block by block where it is asked for."""
    files, blocks = store.truth_files(part), store.blocks(part)
    taken = set(store.exposures.columns()) - {"field"}
    return {
        f"truth_{name}" if name in taken else name: _Lazy(
            (store.sizes[part],), dtype, _TruthColumn(name, dtype, files, blocks)
        ).variable(("object",), units.TRUTH.get(name))
        for name, dtype in _dtypes(store, part).items()
    }


def _attributes(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes that every file format takes: text and numbers, the rest as JSON."""
    out: dict[str, Any] = {}
    for name, value in entries.items():
        if isinstance(value, Mapping | list):
            out[name] = json.dumps(value)
        elif isinstance(value, bool):
            out[name] = int(value)
        elif value is not None:
            out[name] = value
    return out


def _dtypes(store: MovieStore, part: str) -> dict[str, np.dtype[Any]]:
    """Columns of the truth: a block has those of the classes it holds.

    Only a column that no block lacks keeps whole numbers and truth values, which are numbers with
    NaN otherwise; text and mixtures are objects.
    """
    found: dict[str, list[np.dtype[Any]]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        schemas = list(pool.map(_schema, store.truth_files(part)))
    for schema in schemas:
        for entry in schema:
            try:
                dtype = np.dtype(entry.type.to_pandas_dtype())
            except (NotImplementedError, TypeError):
                dtype = np.dtype(object)
            found.setdefault(entry.name, []).append(dtype)
    out = {}
    for name, dtypes in found.items():
        common = np.result_type(*dtypes)
        if len(dtypes) < len(schemas) and common.kind != "O":
            common = np.dtype(np.float64) if common.kind in "biuf" else np.dtype(object)
        out[name] = common
    return out


def _schema(file: Place) -> pyarrow.Schema:
    with file.open("rb") as source:
        return parquet.read_schema(source)

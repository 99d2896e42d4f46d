"""A movie store as an xarray dataset: named dimensions, units, nothing read before it is asked for.

    dataset = skymovie.open_dataset("hits-movies", "test")
    dataset.images.isel(object=0).plot(col="image", col_wrap=7)
    dataset.seeing.where(dataset.label == "supernova").mean()

`xarray.open_zarr("hits-movies/movies.zarr", group="test", consolidated=False)` opens the bare
images and exposure numbers; this adds what the exposure table and the truth know.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        store's: ``survey``, ``survey_checksum``, ``seed``, ``settings``, ``versions`` and so on.

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
    dataset.attrs = {"title": f"{store.survey.title}: {part} movies", **store.attributes}
    return dataset


class _Lazy(BackendArray):
    """An array that is computed where it is indexed.

    Parameters
    ----------
    shape, dtype
    read : function
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


def _conditions(store: MovieStore, part: str) -> dict[str, xarray.Variable]:
    """Every column of the exposure table, spread over the images."""
    pointer = store.group[f"{part}/exposure"]
    table = store.exposures

    def column(values: NDArray[Any]) -> _Lazy:
        absent: Any = ""
        if values.dtype.kind != "U":
            values, absent = values.astype(np.float64), np.nan

        def read(key: Any) -> NDArray[Any]:
            row = np.asarray(pointer.oindex[key])
            return np.where(row >= 0, values[row], absent)

        return _Lazy(pointer.shape, values.dtype, read)

    return {
        name: column(getattr(table, name)).variable(PER_IMAGE, units.EXPOSURES.get(name))
        for name in table.columns()
        if name != "field"  # all images of an object are of one; the truth has it
    }


def _truth(store: MovieStore, part: str) -> dict[str, xarray.Variable]:
    """Every column of the truth table, read block by block where it is asked for."""
    files = store.truth_files(part)
    stops = np.array([rows.stop for rows in store.blocks(part)])
    starts = np.array([rows.start for rows in store.blocks(part)])
    n = store.sizes[part]

    def column(name: str, dtype: np.dtype[Any]) -> _Lazy:
        def read(key: tuple[Any]) -> Any:
            wanted = np.arange(n)[key[0]]
            row = np.atleast_1d(wanted)
            block = np.searchsorted(stops, row, side="right")
            used, nth = np.unique(block, return_inverse=True)
            length = stops[used] - starts[used]
            values = pd.Series(np.nan, index=range(length.sum()), dtype=object)
            if len(used):
                values = tables.read([files[k] for k in used], [name]).get(name, values)
            values = values.fillna("") if dtype.kind == "O" else values
            begin = np.cumsum(length) - length  # of each block that is used, in `values`
            return values.to_numpy(dtype)[begin[nth] + row - starts[block]].reshape(wanted.shape)

        return _Lazy((n,), dtype, read)

    taken = set(store.exposures.columns()) - {"field"}
    return {
        f"truth_{name}" if name in taken else name: column(name, dtype).variable(
            ("object",), units.TRUTH.get(name)
        )
        for name, dtype in _dtypes(store, part).items()
    }


def _dtypes(store: MovieStore, part: str) -> dict[str, np.dtype[Any]]:
    """Columns of the truth: a block has those of the classes it holds.

    Only a column that no block lacks keeps whole numbers; text and mixtures are objects.
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
            common = np.dtype(np.float64) if common.kind in "iuf" else np.dtype(object)
        out[name] = common
    return out


def _schema(file: Place) -> pyarrow.Schema:
    with file.open("rb") as source:
        return parquet.read_schema(source)

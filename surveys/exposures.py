"""The exposure table: when, and under which sky, each field was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveys.errors import UsageError

NUMERIC = (
    "mjd",
    "exposure_time",
    "seeing",
    "airmass",
    "sky",
    "zero_point",
    "limiting_magnitude",
)

POSITIVE = ("exposure_time", "seeing", "airmass", "sky")
"""What cannot be zero or less."""

MIN_VISITS = 3
"""Visits of a field, and so images of a movie, below which nothing can be classified: one stack of
n_w = 3 consecutive images (Carrasco-Davis et al. 2018, §3)."""


@dataclass(frozen=True)
class Exposures:
    """Exposures as columns; row x is one visit of one field.

    Every array has shape (X,). Rows are ordered by field, then by time.

    Attributes
    ----------
    field : str
        Name of the field, such as ``Blind15A_04``.
    epoch : int
        The survey's own number of the visit.
    mjd : float
        Modified Julian date at the start of the exposure, days.
    band : str
        Filter.
    exposure_time : float
        Seconds.
    seeing : float
        As logged, arcseconds. Not the FWHM of the stamps: see `surveys.psf.profile`.
    airmass : float
    sky : float
        Background, ADU per pixel.
    zero_point : float
        Magnitude of one ADU per second.
    limiting_magnitude : float
        Of a 5σ point source, mag.
    """

    field: NDArray[Any]
    epoch: NDArray[np.int64]
    mjd: NDArray[np.float64]
    band: NDArray[Any]
    exposure_time: NDArray[np.float64]
    seeing: NDArray[np.float64]
    airmass: NDArray[np.float64]
    sky: NDArray[np.float64]
    zero_point: NDArray[np.float64]
    limiting_magnitude: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.mjd)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(f.name for f in fields(cls))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, source: str = "exposures") -> Exposures:
        """Take the columns from a data frame, ordered by field and time.

        Parameters
        ----------
        frame : DataFrame, X rows
            Further columns are left out.
        source : str
            What errors name, such as the file that the frame was read from.

        Raises
        ------
        UsageError
            If a column is missing, or a value is missing, not finite or impossible; the row is
            named by its label in the frame's index.
        """
        missing = [c for c in cls.columns() if c not in frame.columns]
        if missing:
            raise UsageError(
                f"{source}: expected the columns {', '.join(cls.columns())}; "
                f"{', '.join(missing)} not among {', '.join(map(str, frame.columns))}; add them"
            )
        columns: dict[str, NDArray[Any]] = {}
        for name in cls.columns():
            if name in NUMERIC:
                columns[name] = _numbers(frame[name], source)
            elif name == "epoch":
                columns[name] = _integers(frame[name], source)
            else:
                columns[name] = _words(frame[name], source)
        return cls(**columns).select(np.lexsort((columns["mjd"], columns["field"])))

    def to_frame(self) -> pd.DataFrame:
        """The same as a data frame."""
        return pd.DataFrame({name: getattr(self, name) for name in self.columns()})

    def select(self, rows: NDArray[Any]) -> Exposures:
        """The rows named by an index or a boolean mask."""
        return type(self)(**{name: getattr(self, name)[rows] for name in self.columns()})

    @property
    def fields(self) -> list[str]:
        """Names of the fields, in the order of the rows."""
        return list(dict.fromkeys(self.field.tolist()))

    def visits(self, fields: Sequence[str] | None = None) -> NDArray[np.int32]:
        """Rows of each field's visits in time order, padded on the right with −1.

        Returns
        -------
        array, shape (F, E)
            Indices into the rows of this table; E is the largest number of visits.
        """
        names = self.fields if fields is None else list(fields)
        code = pd.Index(names).get_indexer(pd.Index(self.field))  # −1: of another field
        rows = np.lexsort((self.mjd, code))
        rows = rows[code[rows] >= 0]
        count = np.bincount(code[rows], minlength=len(names))
        out = np.full((len(names), count.max(initial=0)), -1, np.int32)
        out[np.arange(out.shape[1]) < count[:, None]] = rows
        return out


def _numbers(column: pd.Series, source: str) -> NDArray[np.float64]:
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    _require(np.isfinite(values), column, f"a finite {column.name}", source)
    if column.name in POSITIVE:
        _require(values > 0, column, f"a positive {column.name}", source)
    return values


def _integers(column: pd.Series, source: str) -> NDArray[np.int64]:
    values = _numbers(column, source)
    whole = (values == np.rint(values)) & (np.abs(values) < 2**53)
    _require(whole, column, f"a whole {column.name}", source)
    return values.astype(np.int64)


def _words(column: pd.Series, source: str) -> NDArray[Any]:
    _require(column.notna().to_numpy(), column, f"a {column.name}", source)
    return column.astype(str).to_numpy(dtype=np.str_)


def _require(good: NDArray[np.bool_], column: pd.Series, expected: str, source: str) -> None:
    """Raise a UsageError that names the first row that is not good."""
    bad = np.flatnonzero(~good)
    if len(bad):
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise UsageError(
            f"{source}: expected {expected} in every row; got {column.iloc[bad[0]]} in row "
            f"{column.index[bad[0]]}{more}; complete or drop such rows"
        )

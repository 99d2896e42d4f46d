"""Which real movies a network was fine-tuned on: they judge neither it nor what comes of it.

A table beside the weights, `FILE`, with a row a movie: ``object_id`` and ``label``. It is handed on
to whatever is trained or tuned from these weights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from skymovie import Movies
from skymovie.cli import console
from surveys.errors import SkymovieError
from surveys.files import atomic

FILE = "tuned_on.csv"
COLUMNS = ["object_id", "label"]


def none() -> pd.DataFrame:
    """The table of a network that has seen no real movie."""
    return pd.DataFrame(columns=COLUMNS, dtype=str)


def of(movies: Movies) -> pd.DataFrame:
    """The rows of some movies."""
    return movies.truth[COLUMNS].astype(str).reset_index(drop=True)


def write(folder: Path, table: pd.DataFrame) -> None:
    """Write the table into a run's folder; none where there are no such movies."""
    if len(table):
        atomic.put(folder / FILE, table[COLUMNS].to_csv(index=False).encode())


def read(folder: Path) -> pd.DataFrame:
    """The table of a run or a release; without rows where no real movie was tuned on.

    Raises
    ------
    SkymovieError
        If the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return none()
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)[COLUMNS]
    except (OSError, ValueError, KeyError) as error:
        raise SkymovieError(
            f"{path}: expected a table of {' and '.join(COLUMNS)}, got {type(error).__name__}: "
            f"{error}; bring the file that was written with the weights"
        ) from error


def others(movies: Movies, table: pd.DataFrame) -> Movies:
    """The movies that are not in the table; a note says how many are left out."""
    known = np.isin(movies.object_id, table["object_id"].to_numpy(dtype=np.str_))
    if not known.any():
        return movies
    console.note(f"{known.sum():,} real movies left out on which the network was tuned ({FILE})")
    return movies.select(~known)

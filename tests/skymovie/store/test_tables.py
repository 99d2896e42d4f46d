"""Many Parquet tables read as one."""

import numpy as np
import pandas as pd
import pytest

from skymovie.store import tables
from surveys.errors import SkymovieError
from surveys.files import atomic


def write(folder, *frames):
    files = [folder / f"{k:05d}.parquet" for k in range(len(frames))]
    for file, frame in zip(files, frames, strict=True):
        atomic.put(file, tables.to_bytes(frame))
    return files


FRAMES = (
    pd.DataFrame({"name": ["a", "b"], "n": [1, 2], "there": [True, False]}),
    pd.DataFrame({"name": ["c"], "n": [3], "there": [True], "period": [0.5]}),
    pd.DataFrame({"name": ["d"], "n": [np.nan], "there": [True], "period": [np.nan]}),
)


@pytest.mark.parametrize("where", ["disk", "memory"])
def test_as_pandas_would_join_them(tmp_path, where):
    folder = tmp_path if where == "disk" else atomic.place(f"memory://{tmp_path.name}")
    read = tables.read(write(folder, *FRAMES))
    pd.testing.assert_frame_equal(read, pd.concat(FRAMES, ignore_index=True))


def test_order_is_that_of_the_files(tmp_path):
    files = write(tmp_path, *(pd.DataFrame({"k": [k]}) for k in range(40)))
    assert tables.read(files)["k"].tolist() == list(range(40))
    assert tables.read(files[::-1])["k"].tolist() == list(range(40))[::-1]


def test_the_same_table_is_the_same_bytes():
    assert tables.to_bytes(FRAMES[1]) == tables.to_bytes(FRAMES[1].copy())


@pytest.mark.parametrize("damage", [lambda f: f.unlink(), lambda f: f.write_bytes(b"PAR1")])
def test_the_damaged_one_is_named(tmp_path, damage):
    files = write(tmp_path, *FRAMES)
    damage(files[1])
    with pytest.raises(SkymovieError, match=r"00001\.parquet: expected a Parquet table"):
        tables.read(files)

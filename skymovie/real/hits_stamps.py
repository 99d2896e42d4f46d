"""The public HiTS stamps, as github.com/rodrigcd/HiTS_simulations lays them out.

    real_obs/Blind15A_info/*.npy                     one exposure record a file
    real_obs/real_stamps/CLASS/FIELD_CCD_X_Y_g_stamp.npy   EB, RRLyrae, real_constants: pickled
        dictionaries with ``stamp`` (E, 21, 21), ADU with sky, and ``time`` (EPOCH and MJD)
    real_obs/real_stamps/SNstamps/npy/NAME_stamps.npy, NAME_MJDs.npy
    real_obs/real_stamps/SNstamps/LC/NAME.dat        published difference fluxes
    real_obs/real_stamps/SNstamps/SNHiTS.txt         field and CCD of each supernova

This module reads what the files say; `skymovie.real.reader` makes movies of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.real import unpickle
from surveys.errors import SkymovieError, UsageError

FOLDERS = {"real_constants": "non_variable", "RRLyrae": "rr_lyrae", "EB": "eclipsing_binary"}
"""Folders of pickled stamps, and the class of the objects in each."""

SEASON = "Blind15A"
"""Prefix of the fields' names; the table of supernovae gives bare numbers."""

_NAME = re.compile(r"(?P<id>(?P<field>\w+?_\d+)_(?P<ccd>[NS]\d+)_(?P<x>\d+)_(?P<y>\d+))_g_stamp")


@dataclass(frozen=True)
class Stamps:
    """All stamps of one object, as published.

    Attributes
    ----------
    object_id, label, field, ccd : str
    position : tuple of int
        Pixel of the object on its CCD.
    mjd : array, shape (E,)
        As the stamp file has it: float32 for all but supernovae, so good to 0.002 d.
    images : float32 array, shape (E, S, S)
        ADU with sky.
    light_curve : Path or None
        Published difference fluxes, of supernovae alone.
    """

    object_id: str
    label: str
    field: str
    ccd: str
    position: tuple[int, int]
    mjd: NDArray[np.float64]
    images: NDArray[np.float32]
    light_curve: Path | None = None


def root(folder: Path) -> Path | None:
    """The folder that holds ``real_stamps``: this one or its ``real_obs``; None if neither does."""
    for candidate in (folder, folder / "real_obs"):
        if (candidate / "real_stamps").is_dir():
            return candidate
    return None


def objects(folder: Path, size: int) -> Iterator[Stamps]:
    """Every object under ``folder/real_stamps``, ordered by class and name.

    Parameters
    ----------
    folder : Path
        What `root` gave.
    size : int
        Pixels on a side that a stamp must have.

    Raises
    ------
    SkymovieError
        If a file is damaged or holds something else, or a supernova's companion is missing.
    """
    stamps = folder / "real_stamps"
    for name, label in FOLDERS.items():
        for path in sorted((stamps / name).glob("*_stamp.npy")):
            yield _pickled(path, label, size)
    paths = sorted((stamps / "SNstamps" / "npy").glob("*_stamps.npy"))
    if paths:
        table = _supernova_table(stamps / "SNstamps" / "SNHiTS.txt")
        for path in paths:
            yield _supernova(path, table, size)


def difference_fluxes(path: Path, band: str) -> pd.DataFrame:
    """A supernova's published light curve in one band.

    Returns
    -------
    DataFrame with columns ``mjd`` (d), ``flux`` and ``error`` (ADU), ordered by time

    Raises
    ------
    SkymovieError
        If the file is not such a table.
    """
    wanted = ["MJD", "ADU", "e_ADU", "band"]
    try:
        table = pd.read_csv(path, sep=r"\s+", comment="#", usecols=wanted)
        numbers = table[wanted[:3]].astype(float).set_axis(["mjd", "flux", "error"], axis=1)
    except (OSError, ValueError) as error:
        raise SkymovieError(
            f"{path}: expected a light curve with the columns {', '.join(wanted)}; "
            f"{' '.join(str(error).split())[:120]}; fetch it again or remove it"
        ) from error
    return numbers[table["band"] == band].sort_values("mjd", ignore_index=True)


def _pickled(path: Path, label: str, size: int) -> Stamps:
    """An object of the folders in `FOLDERS`."""
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise SkymovieError(
            f"{path}: expected a name such as Blind15A_04_N12_365_1704_g_stamp.npy; rename it"
        )
    array = unpickle.read(path)
    content = array.item() if array.shape == () else None
    if not isinstance(content, dict) or not {"stamp", "time"} <= content.keys():
        raise SkymovieError(f"{path}: expected a dictionary with stamp and time; fetch it again")
    time = np.asanyarray(content["time"])
    if time.dtype.names is None or "MJD" not in time.dtype.names:
        raise SkymovieError(f"{path}: expected times with EPOCH and MJD, got {time.dtype}")
    mjd, images = _checked(path, time["MJD"], content["stamp"], size)
    return Stamps(
        object_id=match["id"],
        label=label,
        field=match["field"],
        ccd=match["ccd"],
        position=(int(match["x"]), int(match["y"])),
        mjd=mjd,
        images=images,
    )


def _supernova(path: Path, table: pd.DataFrame, size: int) -> Stamps:
    """A supernova: two arrays, and its line in the table."""
    name = path.name.removesuffix("_stamps.npy")
    if name not in table.index:
        raise SkymovieError(f"{path}: expected {name} in SNHiTS.txt; add its field and CCD there")
    line: Any = table.loc[name]
    times = unpickle.read(path.with_name(f"{name}_MJDs.npy"))
    mjd, images = _checked(path, times, unpickle.read(path), size)
    light_curve = path.parent.parent / "LC" / f"{name}.dat"
    return Stamps(
        object_id=name,
        label="supernova",
        field=f"{SEASON}_{line['field']:02d}",
        ccd=str(line["CCD"]),
        position=(int(line["i"]), int(line["j"])),
        mjd=mjd,
        images=images,
        light_curve=light_curve if light_curve.is_file() else None,
    )


def _checked(
    path: Path, mjd: Any, images: Any, size: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times (E,) and images (E, S, S) of one object, or an error that names its file."""
    images, mjd = _unmasked(images), _unmasked(mjd)
    if images.ndim != 3 or images.shape[1:] != (size, size) or images.dtype.kind not in "fiu":
        raise SkymovieError(
            f"{path}: expected images of shape (epochs, {size}, {size}), got "
            f"{images.dtype} of shape {images.shape}; fetch it again or remove it"
        )
    try:
        mjd = np.asarray(mjd).astype(np.float64)
    except ValueError as error:
        raise SkymovieError(f"{path}: expected times in MJD; {error}; fetch it again") from error
    if mjd.shape != images.shape[:1] or not np.isfinite(mjd).all():
        raise SkymovieError(
            f"{path}: expected one finite MJD for each of {len(images)} images, got "
            f"{np.isfinite(mjd).sum()}; fetch it again or remove it"
        )
    return mjd, images.astype(np.float32)


def _unmasked(values: Any) -> NDArray[Any]:
    """An array as it is; one with a mask as floats that are NaN there."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    if values.dtype.kind not in "fiu":
        return np.asarray(values.filled())
    return np.where(np.ma.getmaskarray(values), np.nan, values.data)


def _supernova_table(path: Path) -> pd.DataFrame:
    """SNHiTS.txt: a line a supernova, by name."""
    columns = ["SNname", "field", "CCD", "i", "j"]
    try:
        table = pd.read_csv(path, sep=r"\s+", usecols=columns, index_col="SNname")
        return table.astype({"field": int, "i": int, "j": int})
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: expected a table with the columns {', '.join(columns)}; "
            f"{' '.join(str(error).split())[:120]}; fetch it again"
        ) from error

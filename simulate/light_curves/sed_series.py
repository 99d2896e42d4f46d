"""Reading series of spectra (SEDs) as sncosmo knows them, and the table that may stand beside."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.light_curves import sn_ia, sn_ii
from skymovie.cli import console
from surveys.errors import SkymovieError, UsageError
from surveys.files.paths import local

MODELS = "models.csv"
SNANA = "SED.INFO"
"""SNANA's table of a folder of series; its FLUX_SCALE is read."""

_FORTRAN = re.compile(r"(?<=[\d.])[dD](?=[+-]?\d)")

ENDINGS = (".sed", ".dat", ".txt", ".ascii")
"""Names of series end so, or so and .gz, in small or capital letters."""

FARTHEST = {"Ia": sn_ia.FARTHEST, "II": sn_ii.FARTHEST}
"""Redshift beyond which a model of a subtype is not drawn, where its table does not say."""

LEAST, MOST = 0.01, 2.0
"""Redshift limits that a table may set."""

COLUMNS = ("file", "peak_magnitude", "peak_scatter", "band", "weight", "subtype", "farthest")
FEWEST_WAVES = 4  # what a cubic spline needs


@dataclass(frozen=True)
class Series:
    """One model: spectra over time, and how often and how bright it is.

    Attributes
    ----------
    name : str
        Of its file.
    path : Path
    phase : array, shape (P,)
        Days in the rest frame, ascending, from any date.
    wave : array, shape (W,)
        Å, ascending.
    flux : array, shape (P, W)
        erg/s/cm²/Å at 10 pc, or in any unit if there is a peak magnitude.
    peak_magnitude : float
        Absolute AB magnitude at the brightest in `band`; NaN if the flux says it.
    band : str
        Name of a filter in speclite; empty if there is no peak magnitude.
    peak_scatter : float
        mag
    weight : float
        Explosions per volume and time today, relative to the other models.
    subtype : str
        ``Ia`` or ``II``: whose rate and whose hosts it has.
    farthest : float
        Redshift beyond which none is drawn.
    """

    name: str
    path: Path
    phase: NDArray[np.float64]
    wave: NDArray[np.float64]
    flux: NDArray[np.float64]
    peak_magnitude: float = np.nan
    band: str = ""
    peak_scatter: float = 0.0
    weight: float = 1.0
    subtype: str = "II"
    farthest: float = FARTHEST["II"]


def read(path: str | Path) -> list[Series]:
    """The models of a folder, in the order of their table or names, or of a single file.

    Parameters
    ----------
    path : path
        A file of rows ``phase wavelength flux`` (days, Å, erg/s/cm²/Å), all wavelengths of one
        phase after the other, # before comments, as `sncosmo.read_griddata_ascii` reads it; or a
        folder of such files. Beside them may stand ``models.csv`` with a column ``file`` and any of
        the further `COLUMNS` (see `Series`), which then says which files are meant.

    Raises
    ------
    UsageError
        If there is none, or a file or row is not as it must be.
    SkymovieError
        If a file is damaged.
    """
    path = local(path)
    if path.is_file():
        return [Series(path.name, path, *read_file(path))]
    if not path.is_dir():
        raise UsageError(
            f"{path}: expected a folder of spectral series or one such file, got nothing; "
            "check the path"
        )
    scale = _snana_scale(path / SNANA)
    if (path / MODELS).exists():
        series = _by_table(path / MODELS)
        return [replace(one, flux=scale * one.flux) for one in series] if scale != 1 else series
    files = sorted(file for file in path.iterdir() if file.is_file() and _is_series(file))
    if not files:
        raise UsageError(
            f"{path}: expected spectral series (files named {', '.join(ENDINGS)}, perhaps .gz), "
            "got none; put them there, or name them in models.csv"
        )
    series = [Series(file.name, file, *read_file(file)) for file in files]
    return [replace(one, flux=scale * one.flux) for one in series] if scale != 1 else series


def _snana_scale(path: Path) -> float:
    """By what SNANA multiplies the flux of a folder of its series, ``FLUX_SCALE`` of SED.INFO."""
    if not path.is_file():
        return 1.0
    for line in path.read_text("utf-8", errors="replace").splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        if key.strip() != "FLUX_SCALE":
            continue
        scale = float(pd.to_numeric(_FORTRAN.sub("e", value.strip()), errors="coerce"))
        if not scale > 0:
            raise UsageError(
                f"{path}: expected a number above 0 as FLUX_SCALE, got {value.strip() or 'nothing'}"
            )
        console.note(f"{path}: flux is multiplied by FLUX_SCALE, {scale:g}")
        return scale
    return 1.0


def _is_series(file: Path) -> bool:
    return file.name.lower().removesuffix(".gz").endswith(ENDINGS)


def read_file(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Phases (P,), wavelengths (W,) and flux (P, W) of one file."""
    rows, words = _rows(path)
    if not len(rows):
        raise UsageError(f"{path}: expected rows of phase, wavelength and flux, got none")
    bad = ~np.isfinite(rows)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        name = ("phase", "wavelength", "flux")[column]
        raise UsageError(
            f"{path}: row {row + 1}: expected a number as {name}, got "
            f"{words[row, column] or 'none'}; fix the row, or "
            f"name the series in {MODELS} if this is none"
        )
    phase, wave, flux = rows.T
    begins = np.flatnonzero(np.diff(phase, prepend=phase[0] - 1))
    P, W = len(begins), len(rows) if len(begins) == 1 else begins[1]
    back = np.flatnonzero(np.diff(phase[begins]) <= 0)
    if len(back):
        at = begins[back[0] + 1]
        raise UsageError(
            f"{path}: row {at + 1}: expected phases in ascending order, each once, got "
            f"{phase[at]:g} after {phase[at - 1]:g}; sort the rows"
        )
    grid = wave[:W]
    down = np.flatnonzero(np.diff(grid) <= 0)
    if len(down):
        at = down[0] + 1
        raise UsageError(
            f"{path}: row {at + 1}: expected wavelengths in ascending order, got {grid[at]:g} "
            f"after {grid[at - 1]:g} Å; sort the rows"
        )
    for at, end in zip(begins, [*begins[1:], len(rows)], strict=True):
        if np.array_equal(wave[at:end], grid):
            continue
        raise UsageError(
            f"{path}: row {at + 1}: expected the {W} wavelengths of the first phase at each, got "
            f"others at phase {phase[at]:g}; interpolate them onto one grid"
        )
    if P < 2 or W < FEWEST_WAVES:
        raise UsageError(
            f"{path}: expected at least 2 phases and {FEWEST_WAVES} wavelengths, got {P} and {W}"
        )
    if grid[0] <= 0 or flux.max() <= 0:
        what = f"wavelengths from {grid[0]:g} Å" if grid[0] <= 0 else "no flux above 0"
        raise UsageError(f"{path}: expected wavelengths above 0 Å and some light, got {what}")
    return phase[begins], grid, flux.reshape(P, W)


def _rows(path: Path) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """The numbers of a file, shape (R, 3), NaN for what is none; and the words they stand in."""
    try:
        table = pd.read_csv(
            path,
            sep=r"\s+",
            comment="#",
            header=None,
            names=["a", "b", "c"],
            index_col=False,
            dtype=str,
            compression="gzip" if path.suffix.lower() == ".gz" else None,
        )
    except pd.errors.EmptyDataError:
        return np.empty((0, 3)), np.empty((0, 3), object)
    except (pd.errors.ParserError, UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as e:
        raise SkymovieError(
            f"{path}: expected rows of phase, wavelength and flux, got a file that cannot be read "
            f"({' '.join(str(e).split())}); write it anew"
        ) from e
    words = table.fillna("").to_numpy(object)
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    if not np.isfinite(numbers).all():  # perhaps as Fortran writes them, 1.0D-10
        again = table.apply(lambda column: column.str.replace(_FORTRAN, "e", regex=True))
        numbers = again.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    return numbers, words


def _by_table(path: Path) -> list[Series]:
    try:
        table = pd.read_csv(path, comment="#", skipinitialspace=True, dtype=str)
    except pd.errors.EmptyDataError:
        table = pd.DataFrame()
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise SkymovieError(
            f"{path}: expected a CSV table, got {' '.join(str(error).split())}; write it anew"
        ) from error
    if "file" not in table or table.empty:
        got = ", ".join(map(str, table.columns)) or "nothing"
        raise UsageError(
            f"{path}: expected a column file and perhaps {', '.join(COLUMNS[1:])}, and at least "
            f"one row; got {got} and {len(table)} rows"
        )
    if unknown := [str(name) for name in table if name not in COLUMNS]:
        console.note(f"{path}: columns left out: {', '.join(unknown)}")
    return [
        _entry(
            path,
            f"{path}: row {number}",
            {name: row[name].strip() for name in COLUMNS if isinstance(row.get(name), str)},
        )
        for number, (_, row) in enumerate(table.iterrows(), start=1)
    ]


def _entry(path: Path, where: str, row: dict[str, str]) -> Series:
    """One model of a table."""
    file = path.parent / row.get("file", "")
    if not file.is_file():
        raise UsageError(
            f"{where}: expected the name of a spectral series beside it as file, got "
            f"{row.get('file', 'nothing')}; correct the name or leave out the row"
        )
    subtype = row.get("subtype", "II")
    if subtype not in FARTHEST:
        raise UsageError(
            f"{where}: expected {' or '.join(FARTHEST)} as subtype (whose rate and hosts the model "
            f"has), got {subtype}"
        )
    magnitude = _number(where, row, "peak_magnitude", np.nan, (-30.0, 0.0))
    if np.isfinite(magnitude) != ("band" in row):
        raise UsageError(
            f"{where}: expected a peak_magnitude with its band (such as bessell-B) or neither, "
            f"got {'only the magnitude' if np.isfinite(magnitude) else 'only the band'}"
        )
    return Series(
        row["file"],
        file,
        *read_file(file),
        peak_magnitude=magnitude,
        band=row.get("band", ""),
        peak_scatter=_number(where, row, "peak_scatter", 0.0, (0.0, 5.0)),
        weight=_number(where, row, "weight", 1.0, (1e-12, 1e12)),
        subtype=subtype,
        farthest=_number(where, row, "farthest", FARTHEST[subtype], (LEAST, MOST)),
    )


def _number(
    where: str, row: dict[str, str], column: str, otherwise: float, limits: tuple[float, float]
) -> float:
    given = row.get(column, otherwise)
    value = float(pd.to_numeric(given, errors="coerce"))
    if column in row and not limits[0] <= value <= limits[1]:
        raise UsageError(
            f"{where}: expected {column} from {limits[0]:g} to {limits[1]:g}, got {given}"
        )
    return value

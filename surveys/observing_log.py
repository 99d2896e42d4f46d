"""Reading logs of real exposures: the records of HiTS, and tables in CSV or ECSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from surveys.errors import SkymovieError, UsageError
from surveys.exposures import NUMERIC, Exposures

HITS_NAMES = {
    "EPOCH": "epoch",
    "MJD": "mjd",
    "FILTER": "band",
    "EXP_TIME": "exposure_time",
    "SEEING": "seeing",
    "AIRMASS": "airmass",
    "BACK_LEVEL": "sky",
    "ZP_PS": "zero_point",
    "LIMIT_MAG_EA5": "limiting_magnitude",
}
"""What the columns of HiTS are called here."""

POSSIBLE = {"zero_point": (23.0, 26.0), "limiting_magnitude": (20.0, 26.0)}
"""What a HiTS record can say, mag. A few are broken (a limit of 14.5, a zero point of 22.6)."""


def read(path: str | Path, band: str | None = None) -> Exposures:
    """Exposures of a log, of one band or of all.

    Parameters
    ----------
    path : path
        A folder of HiTS records (``Blind15A_04_02_g.npy``; or one that holds ``Blind15A_info``),
        or a table in CSV or ECSV with the columns of `Exposures` or with those of HiTS.
    band : str, optional
        Keep this filter only.

    Raises
    ------
    UsageError
        If there is no such file, no record, a column or number missing, or no exposure in `band`.
    SkymovieError
        If a record is damaged.
    """
    path = Path(path)
    if path.is_dir():
        exposures = Exposures.from_frame(_records(path))
    else:
        raise UsageError(f"expected a folder of HiTS records; came {path}")
    if band is not None:
        exposures = exposures.select(exposures.band == band)
    return exposures


def _records(folder: Path) -> pd.DataFrame:
    """The HiTS records of a folder, mended where broken."""
    files = sorted(folder.glob("Blind15A_*.npy"))
    rows = []
    for file in files:
        try:
            record = np.load(file, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise SkymovieError(f"{file}: expected a record; {error}") from error
        row = {HITS_NAMES[n]: record[n].item() for n in HITS_NAMES if n in record.dtype.names}
        row["field"] = file.stem.rsplit("_", 2)[0]
        rows.append(row)
    frame = pd.DataFrame(rows)
    frame["band"] = frame["band"].str.decode("ascii")
    frame["epoch"] = frame["epoch"].astype(int)
    whole = frame[list(NUMERIC)].notna().all(axis=1)
    broken = 0
    for name, (low, high) in POSSIBLE.items():
        broken += int((~frame[name].between(low, high) & whole).sum())
        frame[name] = frame[name].clip(low, high)
    if broken or not whole.all():
        print(f"observing log: left out {int((~whole).sum())} records, clipped {broken} values")
    return frame[whole]

"""A folder of made-up stamps in the layout of the public HiTS repository, and small movies."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveys
from skymovie.classes import CLASSES
from skymovie.movies import Movies

EPOCHS = np.array([57070.1, 57070.2, 57070.3, 57071.1, 57071.2, 57072.1, 57072.2, 57073.1])
SEEING = np.array([1.2, 1.3, 2.6, 1.2, 1.3, 1.4, 1.2, 1.3])
BAND = ["g", "g", "g", "g", "r", "g", "g", "g"]
USABLE = np.array([True, True, False, True, False, True, True, True])
FIELDS = ("Blind15A_04", "Blind15A_05")

NUMBERS = ["MJD", "EXP_TIME", "SEEING", "AIRMASS", "BACK_LEVEL", "ZP_PS"]
NUMBERS += ["LIMIT_MAG_EA3", "LIMIT_MAG_EA5"]
RECORD = np.dtype([("FILTER", "S1"), ("EPOCH", "S2"), *((name, "<f8") for name in NUMBERS)])


def python2_npy(value: object) -> bytes:
    """A .npy file of one object, pickled by protocol 2 as the public stamps are."""
    array = np.empty((), object)
    array[()] = value
    head = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": ()}
    np.lib.format.write_array_header_1_0(head, header)
    return head.getvalue() + pickle.dumps(array, protocol=2)


def constant_star(n: int, mjd: np.ndarray = EPOCHS) -> dict[str, object]:
    """What a stamp file of an unchanging star holds."""
    stamp = np.full((n, 21, 21), 120, np.float32)
    stamp[:, 10, 10] = 2000
    time = np.zeros(n, [("EPOCH", "S2"), ("MJD", "<f4")])
    time["MJD"] = mjd[:n]
    return {"stamp": stamp, "centroidsXY": np.full((n, 2), 10.0), "time": time}


def write_supernova(root: Path, name: str, flux: np.ndarray, published: bool = True) -> None:
    """A supernova's stamps, times and, if published, difference fluxes with an error of 100 ADU."""
    stamps = root / "real_obs/real_stamps/SNstamps"
    for folder in ("npy", "LC"):
        (stamps / folder).mkdir(parents=True, exist_ok=True)
    images = constant_star(len(flux))["stamp"]
    images[:, 8:13, 8:13] += flux[:, None, None] / 25
    np.save(stamps / "npy" / f"{name}_stamps.npy", images)
    np.save(stamps / "npy" / f"{name}_MJDs.npy", np.array([f"{m:.7f}" for m in EPOCHS], "S32"))
    if published:
        lines = ["# made up", "MJD MJDref ADU e_ADU mag band"]
        rows = zip(EPOCHS[1:], flux[1:], BAND[1:], strict=True)
        lines += [f"{m} {EPOCHS[0]} {f} 100.0 23.0 {b}" for m, f, b in rows]
        (stamps / "LC" / f"{name}.dat").write_text("\n".join(lines) + "\n")


@pytest.fixture
def hits(tmp_path: Path) -> Path:
    """Two stars of three classes in two fields, and two supernovae."""
    records = tmp_path / "real_obs/Blind15A_info"
    records.mkdir(parents=True)
    for field in FIELDS:
        for e, (mjd, seeing, band) in enumerate(zip(EPOCHS, SEEING, BAND, strict=True)):
            numbers = (mjd, 86.0, seeing, 1.2, 120.0, 25.0, 24.2, 23.6)
            record = np.array((band.encode(), b"%02d" % e, *numbers), RECORD)
            np.save(records / f"{field}_{e:02d}_{band}.npy", record)
    for x, folder in enumerate(("real_constants", "RRLyrae", "EB")):
        path = tmp_path / "real_obs/real_stamps" / folder
        path.mkdir(parents=True)
        for field in FIELDS:
            content = python2_npy(constant_star(len(EPOCHS)))
            (path / f"{field}_N12_{x}_1704_g_stamp.npy").write_bytes(content)
    rising = np.array([0, 10, 900, 20, 900, 450, 700, 900.0])
    write_supernova(tmp_path, "SNHiTS15A", rising)
    write_supernova(tmp_path, "SNHiTS15B", rising / 100)
    (tmp_path / "real_obs/real_stamps/SNstamps/SNHiTS.txt").write_text(
        "SNname field CCD i j\nSNHiTS15A 4 N16 681 88\nSNHiTS15B 05 S21 1635 0875\n"
        "SNHiTS15ba 4 N16 681 88\nSNHiTS15C 50 S2 1 2\n"
    )
    return tmp_path


@pytest.fixture(scope="session")
def real_hits() -> Path:
    """The real HiTS movies, where there are any."""
    folder = os.environ.get("SKYMOVIE_HITS")
    if not folder:
        pytest.skip("SKYMOVIE_HITS names no folder of real HiTS movies")
    return Path(folder)


@pytest.fixture
def movies() -> Movies:
    """Fourteen movies, two of each class, of 5 to 8 images whose pixels tell object and image."""
    survey = surveys.load("hits")
    exposures = survey.exposures(1).select(np.arange(8))
    n_images = 5 + np.arange(14) % 4
    there = np.arange(8) < n_images[:, None]
    images = np.where(there, 1 + 100 * np.arange(14)[:, None] + np.arange(8), 0).astype(np.uint16)
    label = [CLASSES[i % 7] for i in range(14)]
    return Movies(
        images=np.broadcast_to(images[:, :, None, None], (14, 8, 21, 21)).copy(),
        exposure=np.where(there, np.arange(8), -1).astype(np.int32),
        exposures=exposures,
        truth=pd.DataFrame(
            {
                "object_id": [f"object-{i:02d}" for i in range(14)],
                "label": label,
                "first_alert": [4 if c in ("supernova", "asteroid") else -1 for c in label],
                "start": np.arange(14) % 3,
            }
        ),
        survey=survey,
        origin="made up",
    )

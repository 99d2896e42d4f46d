"""Simulate classes of one's own: from observed light curves, and from a grid of spectra.

    python examples/own_classes.py own.png

The light curves stand beside this script; the spectra are made up here, two of an explosion that
cools fast and one that is a magnitude fainter, in a folder as `simulate --sed` takes it.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import simulate
import surveys
from simulate.light_curves import observed, sed_grid
from skymovie.plots import contact_sheet

BESIDE = Path(__file__).parent


def write_spectra(folder: Path) -> None:
    """Rows of days, Å and erg/s/cm²/Å at 10 pc, as sncosmo reads them, and what they are."""
    days, wave = np.arange(-4.0, 21.0), np.arange(1500.0, 10_000.0, 100.0)
    for name, cooling in (("slow.dat", 8.0), ("fast.dat", 4.0)):
        with (folder / name).open("w") as file:
            for day in days:
                temperature = 4000 + 14_000 * np.exp(-(day + 4) / cooling)
                radius = 1e15 * min((day + 4.2) / 5, 1.0) * np.exp(-max(day, 0) / 15)
                exponent = 1.4388e8 / (wave * temperature)  # hc/λkT
                flux = 3.7418e27 / wave**5 / np.expm1(exponent) * (radius / 3.0857e19) ** 2
                for w, f in zip(wave, flux, strict=True):
                    file.write(f"{day:g} {w:g} {f:.5e}\n")
    (folder / "models.csv").write_text(
        "file,weight,peak_magnitude,band,peak_scatter,subtype\n"
        "slow.dat,1,-17.5,bessell-B,0.4,II\n"
        "fast.dat,2,-16.5,bessell-B,0.4,II\n"
    )


with TemporaryDirectory() as folder:
    write_spectra(Path(folder))
    custom_models = {
        "my_variable": observed.read(BESIDE / "observed_light_curves.csv"),
        "fast_transient": sed_grid.read(folder),
    }

movies = simulate.movies(
    surveys.load("hits"), n=12, seed=1, classes=list(custom_models), custom_models=custom_models
)
for _, entry in movies.truth.iterrows():
    like = entry.star if entry.label == "my_variable" else entry.model
    print(f"{entry.label:15s} like {like:12s} {entry.magnitude:5.1f} mag")

contact_sheet.draw(movies, Path(sys.argv[1]), per_class=6, title=movies.origin)

"""Made-up series of spectra: a sphere that expands and cools, with a line that drifts."""

from pathlib import Path

import numpy as np

PHASE = np.arange(-16.0, 61.0, 2.0)
WAVE = np.arange(1500.0, 10_500.0, 25.0)


def flux(phase=PHASE, wave=WAVE, dimmer=0.0):
    """erg/s/cm²/Å at 10 pc, about −17 mag at the peak, shape (P, W)."""
    t = (np.asarray(phase) + 18.0)[:, None]
    temperature = 4500 + 9000 * np.exp(-t / 15)
    radius = 6e14 * np.minimum(t / 10, 1) ** 2 * np.exp(-t / 60) * 10 ** (-0.2 * dimmer)
    cm = np.asarray(wave) * 1e-8
    planck = 2 * np.pi * 6.626e-27 * 2.998e10**2 / cm**5
    planck = planck / np.expm1(6.626e-27 * 2.998e10 / (cm * 1.381e-16 * temperature)) * 1e-8
    line = 1 + 0.6 * np.exp(-(((wave - 4861 + 2 * t) / 40) ** 2) / 2)
    return planck * line * (radius / 3.0857e19) ** 2


def write(path: Path, phase=PHASE, wave=WAVE, values=None) -> Path:
    """A file as sncosmo reads it."""
    values = flux(phase, wave) if values is None else values
    rows = [
        f"{p:g} {w:g} {f:.6e}"
        for p, line in zip(phase, values, strict=True)
        for w, f in zip(wave, line, strict=True)
    ]
    path.write_text("# made up\n" + "\n".join(rows) + "\n")
    return path

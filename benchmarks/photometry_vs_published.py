"""Our photometry of real HiTS stamps against those who measured the same images.

Stars: the Kron magnitudes of RR Lyrae and eclipsing binaries (SExtractor on the full images;
Martínez-Palomera et al. 2018, AJ 156, 186), less one zero point a field. Supernovae: the published
fluxes of difference images, times one factor a field. A pull is a difference over both errors
together; its width is half the distance of the 16th and the 84th percentile. Prints a table, draws
a plot, and ends with one JSON object.

    python benchmarks/photometry_vs_published.py --real hits --out photometry.png
"""

from __future__ import annotations

import argparse
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skymovie.measure import difference
from skymovie.measure.photometry import LightCurves, measure
from skymovie.movies import Movies
from skymovie.real import hits_stamps
from skymovie.real.reader import SAME_EXPOSURE, hits_folder, open_real

FOLDERS = {"eclipsing_binary": "EB", "rr_lyrae": "RRLyrae"}
BRIGHT = 20.0
DETECTED = 5.0
"""Published flux over error from which a supernova's points fix the factor of its field."""


def stars(real: Movies, root: Path) -> pd.DataFrame:
    """One row a measurement of a star: ``object``, ``field``, and ``published``, ``ours``, mag.

    With ``published_error`` and ``our_error``.
    """
    chosen = real.select(np.isin(real.truth["label"], list(FOLDERS)))
    curves = measure(chosen)
    parts = []
    for n, star in chosen.truth.iterrows():
        place = re.match(r"(Blind15A_\d+_\w\d+)_(\d+)_(\d+)", star["object_id"])
        if place is None:
            continue
        name = f"{place[1]}_{int(place[2]):04d}_{int(place[3]):04d}_g.dat"
        folder = next(root.glob(f"**/{FOLDERS[star['label']]}"))
        _, mjd, magnitude, error = np.loadtxt(folder / "lightcurves" / name, ndmin=2).T
        row, image = matched(curves, int(n), mjd)
        parts.append(
            pd.DataFrame(
                {
                    "object": star["object_id"],
                    "field": star["field"],
                    "published": magnitude[row],
                    "published_error": error[row],
                    "ours": curves.magnitude[n, image],
                    "our_error": curves.magnitude_error[n, image],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def constants(real: Movies) -> NDArray[np.float64]:
    """Pulls of bright non-variables about their medians, the median's own scatter taken out."""
    curves = measure(real.select(real.truth["label"].to_numpy() == "non_variable"))
    seen = np.isfinite(curves.magnitude)
    kept = seen.sum(axis=1) > 1
    magnitude, error, n = curves.magnitude[kept], curves.magnitude_error[kept], seen[kept].sum(1)
    middle = np.nanmedian(magnitude, axis=1)
    pull = (magnitude - middle[:, None]) / error * np.sqrt(n / (n - 1))[:, None]
    return pull[(middle < BRIGHT)[:, None] & seen[kept]]


def supernovae(real: Movies, root: Path) -> pd.DataFrame:
    """One row a measurement of a supernova, its template images left out; fluxes in ADU."""
    chosen = real.select(real.truth["label"].to_numpy() == "supernova")
    curves = difference.measure(chosen)
    template = difference.template_images(chosen)
    folder = next(root.glob("**/SNstamps")) / "LC"
    parts = []
    for n, name in enumerate(chosen.object_id):
        path = folder / f"{name}.dat"
        if not path.exists():
            continue
        table = hits_stamps.difference_fluxes(path, chosen.survey.band)
        row, image = matched(curves, n, table["mjd"].to_numpy())
        row, image = row[~template[n, image]], image[~template[n, image]]
        parts.append(
            pd.DataFrame(
                {
                    "object": name,
                    "field": chosen.truth["field"].iloc[n],
                    "published": table["flux"].to_numpy()[row],
                    "published_error": table["error"].to_numpy()[row],
                    "ours": curves.flux[n, image],
                    "our_error": curves.flux_error[n, image],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def matched(
    curves: LightCurves, n: int, mjd: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of a published light curve and images of movie `n` that are of one exposure."""
    if not len(mjd):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    apart = np.abs(curves.time[n] - mjd[:, None])
    row = np.flatnonzero(np.nanmin(apart, axis=1) < SAME_EXPOSURE)
    return row, np.nanargmin(apart[row], axis=1)


def with_zero_points(table: pd.DataFrame) -> pd.DataFrame:
    """Bright stars; ``away``, mag, less the median of the field, and ``pull``."""
    bright = table[table["published"] < BRIGHT].copy()
    away = bright["ours"] - bright["published"]
    bright["away"] = away - away.groupby(bright["field"]).transform("median")
    bright["pull"] = bright["away"] / np.hypot(bright["our_error"], bright["published_error"])
    return bright


def with_factors(table: pd.DataFrame) -> pd.DataFrame:
    """Supernovae of fields with a detection; ``scaled`` and its error, and ``pull``.

    A field's factor that is off by more than two has been found on nothing: in the stamps of some
    supernovae, such as SNHiTS15G, there is none. Such fields take the median of all.
    """
    seen = table[table["published"] > DETECTED * table["published_error"]]
    factor = (seen["published"] / seen["ours"]).groupby(seen["field"]).median()
    middle = factor.median()
    factor = factor.where(factor.between(middle / 2, middle * 2), middle)
    out = table[table["field"].isin(factor.index)].copy()
    scale = out["field"].map(factor)
    out["scaled"], out["scaled_error"] = out["ours"] * scale, out["our_error"] * scale
    both = np.hypot(out["scaled_error"], out["published_error"])
    out["pull"] = (out["scaled"] - out["published"]) / both
    return out


def width(pull: Any) -> float:
    """Half the distance of the 16th and the 84th percentile."""
    low, high = np.nanpercentile(pull, [16, 84])
    return float(high - low) / 2


def draw(bright: pd.DataFrame, new: pd.DataFrame, path: Path) -> None:
    """Differences of the stars against magnitude, fluxes of the supernovae, and both pulls."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3)
    left.plot(bright["published"], bright["away"], ".", ms=2, alpha=0.4, color="#0072B2")
    left.set(
        xlabel="published magnitude in g", ylabel="ours less published / mag", ylim=(-0.2, 0.2)
    )
    left.set(xlim=(14.5, BRIGHT))
    left.axhline(0, color="0.3", lw=0.8)
    left.set_title(f"stars, {len(bright):,} measurements", fontsize=10)
    style: dict[str, Any] = {"fmt": ".", "ms": 4, "lw": 0.6, "alpha": 0.6, "color": "#D55E00"}
    middle.errorbar(
        new["published"], new["scaled"], new["scaled_error"], new["published_error"], **style
    )
    ends = np.nanpercentile(new["published"], [0, 100])
    middle.plot(ends, ends, color="0.3", lw=0.8)
    middle.set(xlabel="published difference flux / ADU", ylabel="ours / ADU")
    middle.set_xscale("symlog", linthresh=300)
    middle.set_yscale("symlog", linthresh=300)
    middle.set_title(f"supernovae, {len(new):,} measurements", fontsize=10)
    bins = np.linspace(-4, 4, 41)
    for table, name, colour in ((bright, "stars", "#0072B2"), (new, "supernovae", "#D55E00")):
        right.hist(
            table["pull"],
            bins,
            density=True,
            histtype="step",
            color=colour,
            lw=1.5,
            ls="-" if name == "stars" else "--",
            label=f"{name}: width {width(table['pull']):.2f}",
        )
    right.plot(bins, np.exp(-(bins**2) / 2) / np.sqrt(2 * np.pi), color="0.3", lw=0.8)
    right.set(xlabel="pull", ylabel="density")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=9)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", default="hits", help="as elsewhere (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("photometry.png"), help="(%(default)s)")
    options = parser.parse_args()
    real = open_real(options.real)
    root = hits_folder() if options.real == "hits" else Path(options.real)
    bright, new = with_zero_points(stars(real, root)), with_factors(supernovae(real, root))
    draw(bright, new, options.out)
    edges = [15, 16, 17, 18, 19, 20]
    constant = constants(real)
    print("stars    measurements   |ours - published|   pull")
    for low, high in pairwise(edges):
        some = bright[bright["published"].between(low, high, inclusive="left")]
        if len(some):
            off = some["away"].abs().median()
            print(f"{low}-{high} mag {len(some):10,} {off:16.4f} mag {width(some['pull']):8.2f}")
    seen = new["published"] > DETECTED * new["published_error"]
    for name, some in (("detected", new[seen]), ("fainter", new[~seen])):
        print(f"supernovae, {name}: {len(some)}, pull {width(some['pull']):.2f}")
    print(f"non-variables about their medians: {len(constant)}, pull {width(constant):.2f}")
    print(f"plot: {options.out}")
    print(
        json.dumps(
            {
                "median_difference_mag": round(float(bright["away"].abs().median()), 4),
                "pull_width": round(width(bright["pull"]), 3),
                "non_variable_pull_width": round(width(constant), 3),
                "supernova_pull_width": round(width(new["pull"]), 3),
                "supernova_detected_pull_width": round(width(new["pull"][seen]), 3),
                "measurements": len(bright),
                "supernova_measurements": len(new),
            }
        )
    )


if __name__ == "__main__":
    main()

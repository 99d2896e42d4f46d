"""Can a classifier tell real movies from simulated matched simulations? 0.5 is perfect, 1.0 means
always.

Every real non-variable, RR Lyrae and eclipsing binary gets a matched simulation: same field, dates,
conditions, CCD, class and brightness (`simulate.match.matched`). Two classifiers learn to tell them
apart, one from single stamps (their pixels and what is measured on them), one from statistics of
whole movies. Both are cross-validated by object: an original and its matched simulations are always
on the same side. Real images are rounded to whole ADU, in which simulated ones are stored. Last
line: one JSON object.

    python benchmarks/real_or_simulated.py
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from simulate.match import matched
from skymovie import TITLES, Movies
from skymovie.measure import photometry, stamp_statistics
from skymovie.real.reader import open_real

COMPARED = ("non_variable", "rr_lyrae", "eclipsing_binary")
FOLDS = 5
SHOWN = 10
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def stamps(movies: Movies) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Statistics of every image, with the light-curve's; and its pixels over the noise."""
    table = stamp_statistics.measure(movies)
    row, column = table["object"].to_numpy(), table["image"].to_numpy()
    magnitude = photometry.measure(movies).magnitude
    # The light curve's own scatter belongs to the movie: one stamp knows nothing of it.
    table["flux_scatter"] = (magnitude - np.nanmedian(magnitude, axis=1, keepdims=True))[
        row, column
    ]
    images = movies.images[row, column].astype(np.float64)
    sky = np.median(images, axis=(1, 2), keepdims=True)
    noise = np.sqrt(movies.survey.camera.variance(np.maximum(sky, 1)))
    pixels = np.arcsinh((images - sky) / noise).reshape(len(images), -1)
    return table, pd.DataFrame(pixels).add_prefix("pixel_")


def of_movies(table: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of each statistic over the images of a movie, its scatter, and what goes together.

    Returns
    -------
    DataFrame, one row a movie
    """
    names = [c for c in table.columns if c not in ("object", "image")]
    groups = table.groupby("object")[names]
    parts = [groups.quantile(q).add_suffix(f" at {q:.0%}") for q in QUANTILES]
    parts.append(groups.std().add_suffix(" scatter"))
    for other in ("width", "kurtosis", "ellipticity"):
        both = groups.apply(lambda g, other=other: g["flux_scatter"].corr(g[other], "spearman"))
        parts.append(both.rename(f"flux with {other}").to_frame())
    return pd.concat(parts, axis=1).fillna(0.0)


def told_apart(
    model: object, real: pd.DataFrame, ours: pd.DataFrame, groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cross-validated probability of being real, of the rows of both.

    Parameters
    ----------
    model : scikit-learn classifier
    real, ours : DataFrames of n rows each; row i of one is the matched simulation of row i of the
    other groups : int array, shape (n,)
        What each row belongs to; a group is never on both sides.
    """
    X = pd.concat([real, ours], ignore_index=True)
    y = np.repeat([1, 0], [len(real), len(ours)])
    both = np.concatenate([groups, groups])
    probability = np.zeros(len(y))
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=0).split(X, y, both):
        model.fit(X.iloc[train], y[train])
        probability[test] = model.predict_proba(X.iloc[test])[:, 1]
    return probability


def alone(real: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """How well each statistic by itself tells the two apart, the best first."""
    y = np.repeat([1, 0], [len(real), len(ours)])
    rows = []
    for name in real:
        area = roc_auc_score(y, np.concatenate([real[name], ours[name]]))
        rows.append((name, max(area, 1 - area), real[name].median(), ours[name].median()))
    table = pd.DataFrame(rows, columns=["", "AUC alone", "real", "simulated"])
    return table.sort_values("AUC alone", ascending=False).head(SHOWN)


def auc(
    probability: NDArray[np.float64], groups: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> str:
    """Area under the ROC curve with its bootstrap error over objects."""
    rng = np.random.default_rng(0)
    y = np.repeat([1, 0], len(groups))
    names = np.unique(groups[chosen])
    rows = {name: np.flatnonzero(np.tile(groups == name, 2)) for name in names}
    values = []
    for _ in range(50):
        drawn = np.concatenate([rows[k] for k in rng.choice(names, len(names))])
        values.append(roc_auc_score(y[drawn], probability[drawn]))
    both = np.tile(chosen, 2)
    return f"{roc_auc_score(y[both], probability[both]):.3f} ± {np.std(values):.3f}"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", default="hits", help="hits, or a folder of the same layout")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    every = open_real(options.real)
    real = every.select(np.flatnonzero(np.isin(every.truth["label"], COMPARED)))
    real = replace(real, images=np.rint(real.images))
    ours = matched.movies(real, options.seed)
    print(f"{len(real)} real movies and as many matched simulations, seed {options.seed}\n")

    (a, pixels_a), (b, pixels_b) = stamps(real), stamps(ours)
    label = real.truth["label"].to_numpy()
    compare(a, b, label)

    left_out = ["object", "image", "flux_scatter"]
    stats_a, stats_b = a.drop(columns=left_out), b.drop(columns=left_out)
    of_stamp, objects = np.asarray(a["object"]), np.arange(len(real))
    boosted = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.1, random_state=0)
    measured = told_apart(boosted, stats_a, stats_b, of_stamp)
    with_pixels = (
        pd.concat([stats_a, pixels_a], axis=1),
        pd.concat([stats_b, pixels_b], axis=1),
    )
    seen = told_apart(boosted, *with_pixels, of_stamp)
    movie_a, movie_b = of_movies(a), of_movies(b)
    trees = ExtraTreesClassifier(1000, min_samples_leaf=2, random_state=0, n_jobs=-1)
    whole = told_apart(trees, movie_a, movie_b, objects)
    field = pd.factorize(real.truth["field"])[0]
    elsewhere = told_apart(trees, movie_a, movie_b, field)
    for what, x, z in (("stamps", stats_a, stats_b), ("movies", movie_a, movie_b)):
        print(f"\nwhat tells {what} apart most:")
        print(alone(x, z).round(3).to_string(index=False))

    print("\nAUC by class:            stamp measures    with pixels       movies")
    for name in (*COMPARED, "all"):
        chosen = np.isin(label, COMPARED if name == "all" else [name])
        columns = (
            auc(measured, of_stamp, chosen[of_stamp]),
            auc(seen, of_stamp, chosen[of_stamp]),
            auc(whole, objects, chosen),
        )
        print(f"{TITLES.get(name, name):24s} {'  '.join(f'{c:16s}' for c in columns)}")
    of_field = roc_auc_score(np.repeat([1, 0], len(real)), elsewhere)
    print(f"movies of fields that were not learnt from: {of_field:.3f}\n")
    y = np.repeat([1, 0], len(a))
    stamp = max(roc_auc_score(y, measured), roc_auc_score(y, seen))
    movie = roc_auc_score(np.repeat([1, 0], len(real)), whole)
    print(json.dumps({"auc_stamp": round(stamp, 3), "auc_movie": round(movie, 3)}))


def compare(real: pd.DataFrame, ours: pd.DataFrame, label: NDArray[np.str_]) -> None:
    """Print the quantiles of every statistic by class, real beside simulated."""
    levels = (0.05, 0.5, 0.95)
    for name in COMPARED:
        rows = []
        for column in real.columns.drop(["object", "image"]):
            cells = []
            for table in (real, ours):
                values = table[column][label[table["object"]] == name]
                cells.append(" / ".join(f"{values.quantile(q):.3g}" for q in levels))
            rows.append([column, *cells])
        print(f"{TITLES[name]}, 5 / 50 / 95 % of single images")
        print(pd.DataFrame(rows, columns=["", "real", "simulated"]).to_string(index=False), "\n")


if __name__ == "__main__":
    main()

"""The prediction table of forests and boosting, kept while nothing it depends on changes.

Beside ``forest.parquet`` lies ``forest.json`` with a digest of all that went in: the description
and truth of the movie store (which fix its images: an object depends on the run's seed and
settings alone), the real movies to the last pixel, the options, and the code that measures and
learns. It is removed before a new table is written and comes last, so it never vouches for another
table.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skymovie import predictions, priors, splits
from skymovie.cli import console
from skymovie.measure import photometry
from skymovie.movies import Movies
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError
from surveys.files import atomic

TABLE = "forest.parquet"
RECORD = "forest.json"

CODE = (
    *("samples", "run", "search", "forest", "boosting", "importance", "embedding", "update"),
    "forest_table",
)
"""Modules that the table depends on, beside features, photometry and priors."""


@dataclass(frozen=True)
class ForestTable:
    """Predictions of forests and boosting.

    Attributes
    ----------
    table : pandas.DataFrame
        See `skymovie.predictions`.
    seconds : float
        Wall time that photometry, features, learning and predictions took when it was made.
    notes : dict
        See `lightcurve_rf.run.Outcome`.
    """

    table: pd.DataFrame
    seconds: float
    notes: dict[str, Any]


def obtain(store: MovieStore, real: Movies, out: Path, **options: int) -> ForestTable:
    """The table in the folder `out` if it was made of the same inputs; else a new one.

    Parameters
    ----------
    store : MovieStore
    real : Movies
    out : Path
        A folder that exists.
    **options
        ``real_samples`` and ``trials`` of the draws (see `skymovie.splits.draw`), and the ``seed``.
    """
    wanted = digest(store, real, options)
    if kept := _kept(out, wanted):
        console.out.print(f"{out / TABLE}: made of the same movies and options, used again")
        return kept
    from lightcurve_rf import run

    began = time.monotonic()
    draws = splits.draw(real, options["real_samples"], options["trials"], options["seed"])
    with console.progress("measure light curves", run.workload(store, real)) as advance:
        given = run.measure(store, real, progress=advance)
    with console.progress("forests and boosting", run.trainings(len(draws))) as advance:
        made = run.classify(given, draws, seed=options["seed"], progress=advance)
    seconds = round(time.monotonic() - began, 1)
    (out / RECORD).unlink(missing_ok=True)
    predictions.write(made.table, out / TABLE)
    record = {"inputs": wanted, "seconds": seconds, "notes": made.notes}
    atomic.put(out / RECORD, (json.dumps(record) + "\n").encode())
    return ForestTable(made.table, seconds, made.notes)


def digest(store: MovieStore, real: Movies, options: dict[str, int]) -> str:
    """SHA-256 of everything the table depends on."""
    total = hashlib.sha256()

    def add(value: Any) -> None:
        total.update(json.dumps(value, sort_keys=True, default=str).encode())

    add([store.attributes, options, version("scikit-learn"), version("skymovie")])
    for part in sorted(store.sizes):
        add(store.truth(part).to_csv(index=False))
    add([real.object_id.tolist(), real.truth["label"].tolist(), real.truth["start"].tolist()])
    for array in (real.images, real.exposure, real.conditions("mjd"), real.conditions("seeing")):
        total.update(np.ascontiguousarray(array).tobytes())
    here = Path(__file__).parent
    shared = [Path(str(module.__file__)) for module in (photometry, priors)]
    for path in [*shared, *sorted((here / "features").glob("*.py"))]:
        total.update(path.read_bytes())
    for name in CODE:
        total.update((here / f"{name}.py").read_bytes())
    return total.hexdigest()


def _kept(out: Path, wanted: str) -> ForestTable | None:
    """The earlier table, if its record says that it is the one wanted and it can be read."""
    try:
        record = json.loads((out / RECORD).read_text(encoding="utf-8"))
        if record["inputs"] != wanted:
            return None
        table = predictions.read(out / TABLE)
        return ForestTable(table, float(record["seconds"]), dict(record["notes"]))
    except (OSError, ValueError, KeyError, TypeError, SkymovieError):
        return None  # there is none, or it is damaged: it is made anew

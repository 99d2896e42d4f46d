"""From movies to the prediction table of forests and boosting: measure, then learn and answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lightcurve_rf import boosting, forest
from lightcurve_rf.boosting import BoostingSettings
from lightcurve_rf.embedding import embed
from lightcurve_rf.features import FEATURES
from lightcurve_rf.forest import ForestSettings
from lightcurve_rf.importance import importance
from lightcurve_rf.samples import Sample, observe, of_store, split
from lightcurve_rf.search import search
from lightcurve_rf.update import update_cost
from skymovie import predictions as tables
from skymovie import priors
from skymovie.classes import CLASSES
from skymovie.movies import Movies
from skymovie.store import cost
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError

SEEDS = 5
"""Forests that are grown on the same simulated movies, for the scatter between trainings."""

VALIDATED = 5000
"""Validation movies at most that are measured: the network's answers go no further either."""


@dataclass(frozen=True)
class Measured:
    """The movies that classifiers learn from, are chosen by, and are asked of.

    Attributes
    ----------
    training, validation, test, real : Sample
    timed : Movies
        Some of the test part, on which the cost of one more image is measured.
    """

    training: Sample
    validation: Sample
    test: Sample
    real: Sample
    timed: Movies


@dataclass(frozen=True)
class Outcome:
    """What came out.

    Attributes
    ----------
    table : pandas.DataFrame
        See `skymovie.predictions`. ``forest`` answers for the simulated test part, the validation
        part (the first seed alone) and all real movies, its trial being the seed's number;
        ``boosting`` for the same, once; ``forest_augmented`` and ``boosting_augmented`` for the
        real movies held out in each trial.
    notes : dict
        ``forest``: ``trees``, ``depth``, and the ``grid`` they were chosen from; ``importance``:
        see `lightcurve_rf.importance`; ``embedding``: see `lightcurve_rf.embedding`; ``update``:
        see `lightcurve_rf.update`. Nothing but what JSON holds.
    """

    table: pd.DataFrame
    notes: dict[str, Any]


class Classifier(Protocol):
    """What answers after each number of images."""

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Class probabilities, shape (N, T, C), from features, shape (N, T, F)."""


def measure(
    store: MovieStore,
    real: Movies,
    n_train: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Measured:
    """Measure a store's movies and real ones.

    Parameters
    ----------
    n_train : int, optional
        No more than the first so many movies of the train part.
    progress : function, optional
        Called with the number of movies measured since the last call, `workload` in all.

    Raises
    ------
    UsageError
        If the store has no validation part.
    """
    if not store.sizes["validation"]:
        raise UsageError(
            f"{store.path}: expected movies in the validation part, by which the forest is chosen; "
            "got none; simulate more"
        )
    return Measured(
        observe(of_store(store, "train", n_train), progress),
        observe(of_store(store, "validation", _validated(store)), progress),
        observe(of_store(store, "test"), progress),
        observe(split(real), progress),
        cost.some(store),
    )


def workload(store: MovieStore, real: Movies, n_train: int | None = None) -> int:
    """Number of movies that `measure` measures."""
    n = store.sizes["train"] if n_train is None else min(n_train, store.sizes["train"])
    return n + _validated(store) + store.sizes["test"] + len(real)


def classify(
    given: Measured,
    draws: list[NDArray[np.int64]],
    *,
    seed: int,
    progress: Callable[[int], None] | None = None,
    settings: ForestSettings | None = None,
    booster: BoostingSettings | None = None,
) -> Outcome:
    """Learn from simulated movies, with and without real ones, and answer.

    Parameters
    ----------
    given : Measured
    draws : list of int arrays
        Rows of the real movies to learn from in each trial; see `skymovie.splits.draw`.
    seed : int
    progress : function, optional
        Called with the number of trainings done since the last call, `trainings` in all.
    settings : ForestSettings, optional
        By default the paper's, with depth and number of trees from a grid search.
    booster : BoostingSettings, optional
    """
    done = progress or (lambda _: None)
    training, validation = given.training, given.validation
    notes: dict[str, Any] = {}
    if settings is None:
        last = training.features[:, -1], training.label, validation.features[:, -1]
        found = search(*last, validation.label, seed=seed)
        settings, notes["grid"] = found.settings, found.grid
    done(1)
    notes = {"forest": {"trees": settings.trees, "depth": settings.depth, **notes}}

    def asked(classifier: Classifier, name: str, trial: int = 0) -> list[pd.DataFrame]:
        samples = {"simulated": given.test, "real": given.real}
        if trial == 0:
            samples["validation"] = validation
        return [_answers(classifier, s, name, of, trial) for of, s in samples.items()]

    parts = []
    for number in range(SEEDS):
        rng = np.random.default_rng([seed, 0xF0, number])
        grown = forest.train(training.features, training.label, settings, rng)
        parts += asked(grown, "forest", number)
        if number == 0:
            notes["importance"] = importance(
                grown.steps[-1], validation.features[:, -1], validation.label, FEATURES, seed
            )
            important = [entry["feature"] for entry in notes["importance"]]
            shown = given.test, given.real, draws[0], FEATURES, important
            notes |= {"embedding": embed(*shown, seed), "update": update_cost(grown, given.timed)}
        done(1)
    booster = booster or BoostingSettings(weight=settings.copies)
    parts += asked(boosting.train(training, validation, booster, [seed, 0xB0]), "boosting")
    done(1)
    for trial, chosen in enumerate(draws):
        taught = given.real.select(chosen)
        held_out = given.real.select(np.setdiff1d(np.arange(len(given.real)), chosen))
        both = forest.augment(
            training.features, training.label, taught.features, taught.label, settings
        )
        grown = forest.train(*both, settings, np.random.default_rng([seed, 0xF1, trial]))
        sky = priors.of_sample(taught.label)
        shares = _taught(training, taught, settings.copies), sky
        parts.append(_answers(grown, held_out, "forest_augmented", "real", trial, shares))
        done(1)
        boosted = boosting.train(training, validation, booster, [seed, 0xB1, trial], taught)
        shares = _taught(training, taught, booster.weight), sky
        parts.append(_answers(boosted, held_out, "boosting_augmented", "real", trial, shares))
        done(1)
    return Outcome(pd.concat(parts, ignore_index=True), notes)


def trainings(trials: int) -> int:
    """Number of steps that `classify` counts: a search, and so many trainings."""
    return 2 + SEEDS + 2 * trials


def _validated(store: MovieStore) -> int:
    return min(VALIDATED, store.sizes["validation"])


def _taught(training: Sample, real: Sample, weight: float) -> NDArray[np.float64]:
    """How common the classes are in training, shape (C,), each real object counted many times."""
    return priors.shares(
        np.concatenate([training.label, real.label]),
        np.repeat([1.0, weight], [len(training), len(real)]),
    )


def _answers(
    classifier: Classifier,
    objects: Sample,
    name: str,
    sample: str,
    trial: int,
    shares: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> pd.DataFrame:
    """What a classifier says of objects, as a prediction table.

    With `shares` of the classes in its training and on the sky, it is told of the sky's.
    """
    probabilities = classifier.predict(objects.features)
    return tables.table(
        priors.shifted(probabilities, *shares) if shares else probabilities,
        objects.n_images,
        objects.object_id,
        np.asarray(CLASSES)[objects.label],
        classifier=name,
        sample=sample,
        trial=trial,
    )

"""Prediction tables brought together, and the check that all classifiers sat the same exam.

A comparison is fair only if each classifier saw the same objects, the same number of images of
each, and, where real movies train, held the same ones out in each trial.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from compare.report.metrics import SEEDED, Key
from compare.report.predictions import Answers, answers
from skymovie.classes import CLASSES
from skymovie.predictions import FIRST_PREDICTION, PROBABILITIES
from surveys.errors import SkymovieError, UsageError

RIVALS = (
    (("simulated", "rcnn"), ("simulated", "forest")),
    (("simulated", "rcnn"), ("simulated", "boosting")),
    (("real", "rcnn"), ("real", "forest")),
    (("real", "rcnn"), ("real", "boosting")),
    (("real", "rcnn_finetuned"), ("real", "forest_augmented")),
    (("real", "rcnn_finetuned"), ("real", "boosting_augmented")),
)
"""Pairs that are compared and so must have been asked the same."""


Question = tuple[int, str]
"""A trial and the name of an object."""

TERMS = (
    "both classifiers must be given the same store, real movies, --real-samples, --trials and "
    "--seed: run finetune and compare-rf with the same"
)


def pick(table: pd.DataFrame, wanted: tuple[Key, ...], where: str) -> dict[Key, Answers]:
    """The answers of the wanted classifiers; parameters and errors are those of `rows`."""
    return {key: answers(found) for key, found in rows(table, wanted, where).items()}


def rows(table: pd.DataFrame, wanted: tuple[Key, ...], where: str) -> dict[Key, pd.DataFrame]:
    """The rows of the wanted classifiers.

    Parameters
    ----------
    table : pandas.DataFrame
        A prediction table.
    wanted : tuple of (sample, classifier)
    where : str
        The table's file, for the error.

    Raises
    ------
    SkymovieError
        If a wanted classifier has no rows, or its rows hold impossible values.
    """
    found = {}
    for sample, classifier in wanted:
        chosen = table[(table["sample"] == sample) & (table["classifier"] == classifier)]
        if chosen.empty:
            there = table[["classifier", "sample"]].drop_duplicates().to_numpy(dtype=str)
            got = ", ".join(f"{c} on {s}" for c, s in there) or "an empty table"
            raise SkymovieError(
                f"{where}: expected predictions of {classifier} on {sample} movies, got {got}; "
                "run the classifier again"
            )
        _check(chosen, where)
        found[sample, classifier] = chosen
    return found


def check_exam(given: Answers, exam: set[Question], where: str, sample: str) -> None:
    """Hold that a classifier was asked of these objects in these trials, and of no others.

    This needs no rival, so it can come before a long calculation; `check_equal_terms` sees more.

    Parameters
    ----------
    given : Answers
    exam : set of (trial, object_id)
        Every question that is to be answered.
    where, sample : str
        The table's file, and what its movies are, for the error.

    Raises
    ------
    UsageError
        If a question was not answered, or an answer was not asked for.
    """
    got = set(zip(given.trial.tolist(), given.object_id.tolist(), strict=True))
    if got != exam:
        raise UsageError(
            f"{where}: expected answers on {len(exam):,} {sample} objects and trials, got "
            f"{len(got):,} of which {len(got & exam):,} agree; {TERMS}"
        )


def check_equal_terms(found: dict[Key, Answers], files: dict[Key, str]) -> None:
    """Hold that each pair of `RIVALS` was asked the same questions.

    Parameters
    ----------
    found : dict
        Answers by (sample, classifier); a pair with one side missing is passed over.
    files : dict
        Where each came from and how to make it anew, for the error.

    Raises
    ------
    UsageError
        If the objects, their classes, their held-out trials or their images differ.
    """
    for one, other in RIVALS:
        if one not in found or other not in found:
            continue
        a = _questions(found[one])
        for b in _sittings(found[other], other[1]):
            if a.equals(b):
                continue
            shared = len(a.merge(b))
            raise UsageError(
                f"{files[one]}: expected the {len(b):,} {one[0]} objects, trials and images that "
                f"{other[1]} was judged on, got {len(a):,} of which {shared:,} agree; {TERMS}"
            )


def _sittings(given: Answers, classifier: str) -> list[pd.DataFrame]:
    """The questions of all trials; of each seed by itself where trials are seeds."""
    every = _questions(given)
    if classifier not in SEEDED:
        return [every]
    return [of_seed.assign(trial=0).reset_index(drop=True) for _, of_seed in every.groupby("trial")]


def _questions(given: Answers) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "trial": given.trial,
            "object_id": given.object_id,
            "label": given.label,
            "first": (given.named < 0).sum(axis=1),
            "last": given.last,
        }
    )
    return frame.sort_values(["trial", "object_id"], ignore_index=True)


def _check(rows: pd.DataFrame, where: str) -> None:
    unknown = sorted(set(rows["label"].astype(str)) - set(CLASSES))
    if unknown:
        raise SkymovieError(
            f"{where}: expected labels among {', '.join(CLASSES)}; got {', '.join(unknown)}; "
            "run the classifier again with this version"
        )
    values = rows[PROBABILITIES].to_numpy(np.float64)
    total = values.sum(axis=1)
    wrong = ~(np.isfinite(values).all(axis=1) & (values >= 0).all(axis=1) & (abs(total - 1) < 1e-2))
    if wrong.any():
        raise SkymovieError(
            f"{where}: expected probabilities that add up to one, got {int(wrong.sum()):,} rows "
            "that do not; run the classifier again"
        )
    if int(rows["n_images"].min()) < FIRST_PREDICTION:
        raise SkymovieError(
            f"{where}: expected predictions from {FIRST_PREDICTION} images on, got one from "
            f"{rows['n_images'].min()}; run the classifier again with this version"
        )
    twice = int(rows.duplicated(["trial", "object_id", "n_images"]).sum())
    if twice:
        raise SkymovieError(
            f"{where}: expected one row an object, trial and number of images, got {twice:,} "
            "twice; run the classifier again"
        )

"""Search for settings: many short trainings, each drawn in the light of those before it.

Optuna draws (Akiba et al. 2019, KDD), by the tree-structured Parzen estimator of Bergstra et al.
(2011, NeurIPS, §4) or at random. All that is known of a search stands in Optuna's journal, one file
in its folder; a trial that was cut off goes on from the checkpoint of its training. The draw of
trial k depends on the seed, k and the losses before it alone, so that a search that was
interrupted ends as one that was not (where trials end by batches: time is never twice the same).

    OUT/journal.log          every trial, as Optuna notes it
    OUT/trials/007/          settings.toml and history.csv of trial 7; see rcnn.search.trial
    OUT/trials.csv           all finished trials, the best first
    OUT/search.png           loss against trial and against each setting, and what mattered
    OUT/best.toml            settings of the best trial
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rcnn import settings as settings_file
from rcnn.search import picture as search_picture
from rcnn.search.space import Space
from rcnn.search.trial import LOSS, OUTCOME, begins, clear, folder_of, loss_of, outcome
from rcnn.settings import TrainingSettings
from skymovie.classes import check_known
from skymovie.cli import console
from skymovie.store.movie_store import MovieStore
from surveys.errors import SkymovieError, UsageError
from surveys.files import atomic
from surveys.files.paths import local

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial

JOURNAL = "journal.log"
TABLE = "trials.csv"
PICTURE = "search.png"
BEST = "best.toml"

SAMPLERS = ("tpe", "random")

ENOUGH = 10
"""Trials from which importances are told; Optuna draws as many before it learns from them."""


def search(
    store: MovieStore,
    base: TrainingSettings,
    space: Space,
    trials: int,
    out: Path,
    sampler: str = "tpe",
) -> pd.DataFrame:
    """Search for the settings of least validation loss, or go on with a search.

    Parameters
    ----------
    store : MovieStore
    base : TrainingSettings
        Settings that are not searched. ``iterations`` or ``minutes`` end each trial; ``seed`` is
        that of the draws and of every training.
    space : Space
    trials : int
        Trials in all, those of earlier sittings among them.
    out : Path
        New folder, or that of the same search.
    sampler : str
        One of `SAMPLERS`.

    Returns
    -------
    DataFrame
        As `table`, the best trial first. Also written, with the picture and the best settings.

    Raises
    ------
    UsageError
        If `out` holds another search, or one that is being made by another process.
    SkymovieError
        If no trial came to a loss.
    """
    import optuna

    if trials < 1 or sampler not in SAMPLERS:
        raise UsageError(
            f"expected at least one trial and a sampler among {', '.join(SAMPLERS)}; "
            f"got {trials} and {sampler!r}"
        )
    check_known(store.attributes["settings"].get("classes", ()), str(store.path))
    out = local(out)
    _require_ours(out)
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        study = _study(out)
        _claim(study, out, store, base, space, sampler)
        running = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,))
        for trial in running:
            console.out.print(f"trial {trial.number}, which was interrupted, goes on")
            _take_up(study, trial, store, base, space, out)
        while (number := len(study.get_trials(deepcopy=False))) < trials:
            console.out.print(f"trial {number}, {number + 1} of {trials}{_least(study)}")
            study.sampler = _sampler(sampler, base.seed, number)
            study.ask(space.distributions())
            _take_up(study, study.get_trials(deepcopy=False)[number], store, base, space, out)
        return _conclude(study, store, base, space, out)


def table(study: Study, out: Path) -> pd.DataFrame:
    """Finished trials, the best first and the failed ones last.

    Columns ``trial``, ``validation_loss`` (NaN where failed), ``validation_accuracy``,
    ``iteration`` of the best validation, ``minutes`` of the training, then the drawn settings.
    """
    rows = []
    for trial in study.get_trials(deepcopy=False):
        if trial.state.is_finished():
            loss = np.nan if trial.value is None else trial.value
            told = outcome(folder_of(out, trial.number)) | {LOSS: loss}
            rows.append({"trial": trial.number, **told, **trial.params})
    names = list(dict.fromkeys(name for row in rows for name in row if name not in OUTCOME))
    found = pd.DataFrame(rows, columns=[*OUTCOME, *names])
    return found.sort_values([LOSS, "trial"], ignore_index=True)


def importances(study: Study) -> dict[str, float]:
    """Share of the variance of the loss that each setting explains, the most important first.

    Functional analysis of variance over a random forest (Hutter, Hoos & Leyton-Brown 2014, ICML);
    empty where there are fewer than `ENOUGH` losses, or all are equal.
    """
    import optuna

    done = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(done) < ENOUGH or len({trial.value for trial in done}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _take_up(
    study: Study,
    trial: FrozenTrial,
    store: MovieStore,
    base: TrainingSettings,
    space: Space,
    out: Path,
) -> None:
    """Begin a trial or go on with it, and tell Optuna what came of it."""
    import optuna

    folder = folder_of(out, trial.number)
    loss = float("nan")
    # One that was killed while it was drawn lacks some of its settings.
    if set(trial.params) == set(space.drawn) and begins(folder):
        loss = loss_of(store, space.settings(base, trial.params), folder)
    if np.isfinite(loss):
        study.tell(trial.number, loss)
    else:
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    clear(folder)


def _least(study: Study) -> str:
    """The least loss so far, in words; nothing before the first."""
    values = [t.value for t in study.get_trials(deepcopy=False) if t.value is not None]
    return f"; least loss so far {min(values):.3f}" if values else ""


def _conclude(
    study: Study, store: MovieStore, base: TrainingSettings, space: Space, out: Path
) -> pd.DataFrame:
    """Write the table, the picture and the best settings."""
    found = table(study, out)
    for number in found["trial"]:
        clear(folder_of(out, int(number)))  # of a sitting that was killed before it did
    atomic.put(out / TABLE, found.to_csv(index=False).encode())
    if not np.isfinite(found[LOSS]).any():
        raise SkymovieError(
            f"{out}: expected a trial with a validation loss, got {len(found)} that diverged or "
            "ran out of memory; search smaller learning rates or networks in another --out"
        )
    search_picture.draw(found, space, importances(study), out / PICTURE)
    best = space.settings(base, study.best_params)
    settings_file.write(out / BEST, best)
    return found


def _sampler(name: str, seed: int, number: int) -> BaseSampler:
    """The sampler of one trial."""
    import optuna

    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    if name == "random":
        return optuna.samplers.RandomSampler(seed=own)
    return optuna.samplers.TPESampler(seed=own, n_startup_trials=ENOUGH)


def _study(out: Path) -> Study:
    """Open the journal, mended if a killed process left it with half a line or a lock."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    path = out / JOURNAL
    if path.exists():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            atomic.put(path, whole)
    path.with_name(f"{JOURNAL}.lock").unlink(missing_ok=True)  # nobody else is here, see _alone
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
    return optuna.create_study(
        study_name="rcnn search", storage=storage, direction="minimize", load_if_exists=True
    )


def _require_ours(out: Path) -> None:
    if out.exists() and not (out / JOURNAL).exists() and any(out.iterdir()):
        raise UsageError(
            f"{out}: expected a new folder or a search's, got one with other files; "
            "choose another --out"
        )


def _claim(
    study: Study,
    out: Path,
    store: MovieStore,
    base: TrainingSettings,
    space: Space,
    sampler: str,
) -> None:
    """Note what is searched, or see that it is what the search was begun with."""
    wanted = {
        "store": str(store.path.resolve()),
        "sampler": sampler,
        **{f"space, {name}": entry for name, entry in (space.held | space.drawn).items()},
        **{name: v for name, v in asdict(base).items() if name not in space.held | space.drawn},
    }
    if not study.get_trials(deepcopy=False):
        for key, value in wanted.items():
            study.set_user_attr(key, value)
    found = study.user_attrs
    for key in {**found, **wanted}:
        if found.get(key) != wanted.get(key):
            raise UsageError(
                f"{out}: expected the search it was begun with, {key} = {found.get(key)!r}, got "
                f"{wanted.get(key)!r}; give the same or choose another --out"
            )


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep other searches out of the folder; the system lets go when this process ends, however."""
    handle = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"{out}: expected a folder that no other search writes, got one in use; "
                "wait for it or choose another --out"
            ) from error
        yield
    finally:
        os.close(handle)

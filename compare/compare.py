"""The comparison: the network's prediction tables and the forests', judged on equal terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compare import ensemble, provenance, report
from compare.report import supernovae, tables
from compare.report.metrics import Key
from compare.report.predictions import Answers, answers
from lightcurve_rf import forest_table
from skymovie import predictions, splits
from skymovie.classes import check_known
from skymovie.cli import console
from skymovie.movie_length import require_long_enough
from skymovie.movies import Movies
from skymovie.real.reader import open_real
from skymovie.store import cost
from skymovie.store.movie_store import PARTS, MovieStore
from surveys.errors import UsageError
from surveys.files.paths import local

VALIDATION = "validation_predictions.parquet"
TRAINED: tuple[Key, ...] = (("simulated", "rcnn"),)
FINETUNED: tuple[Key, ...] = (("real", "rcnn"), ("real", "rcnn_finetuned"))
FORESTS: tuple[Key, ...] = (
    ("simulated", "forest"),
    ("real", "forest"),
    ("real", "forest_augmented"),
    ("simulated", "boosting"),
    ("real", "boosting"),
    ("real", "boosting_augmented"),
)


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes
    ----------
    store : Path
        Movie store that both classifiers were trained on.
    rcnn : Path
        Run folder of ``train-rcnn``.
    finetuned : Path or None
        Folder of ``finetune``; None for the one inside `rcnn` that goes with `real`, if any.
    real : str
        As `skymovie.real.reader.open_real` takes it.
    real_samples, trials, seed : int
        Real movies a class that train the augmented forest, how often they are drawn, and the
        seed of the draw: those that ``finetune`` was run with.
    """

    store: Path
    rcnn: Path
    finetuned: Path | None = None
    real: str = "hits"
    real_samples: int = 10
    trials: int = 5
    seed: int = 0

    def write(self, out: Path) -> dict[str, Any]:
        """Write ``forest.parquet``, ``report.html`` and ``metrics.json`` into the folder `out`.

        Returns
        -------
        dict
            What stands in ``metrics.json``.

        Raises
        ------
        UsageError
            If an input is not there, or the classifiers were not judged on equal terms.
        SkymovieError
            If an input is damaged.
        """
        out = local(out)
        if out.exists() and not out.is_dir():
            raise UsageError(f"{out}: expected a folder for the report, got a file")
        store, finetuned = MovieStore.open(self.store), self._finetuned()
        check_known(store.attributes["settings"].get("classes", ()), str(self.store))
        require_long_enough(store, PARTS)
        if finetuned is not None:
            _check_prior(finetuned)
        network, files = self._network(finetuned)
        found = {key: answers(rows) for key, rows in network.items()}
        real = open_real(self.real)
        self._check_exams(found, files, store, real)  # before the long part
        validation = self._validation(store)
        out.mkdir(parents=True, exist_ok=True)
        options = {"real_samples": self.real_samples, "trials": self.trials, "seed": self.seed}
        forest = forest_table.obtain(store, real, out, **options)
        found |= tables.pick(forest.table, FORESTS, str(out / forest_table.TABLE))
        tables.check_equal_terms(found, files)
        notes = dict(forest.notes)
        notes["cost"] = {"rcnn": cost.read(self.rcnn), "forest": notes.pop("update", None)}
        if validation is not None:
            pool = ensemble.fit_to(validation, forest.table)
            joined = ensemble.answers(pool, network, forest.table)
            wanted = tuple((s, name) for s, one, _, name in ensemble.JOINED if (s, one) in network)
            found |= tables.pick(joined, wanted, "combined")
            notes["combined"] = {"network": pool.network, "forest": pool.forest}
        truth = store.truth("test")
        magnitude = zip(
            truth["object_id"].astype(str), truth["magnitude"].astype(float), strict=True
        )
        return report.write(
            found,
            self._setting(store, real, finetuned, forest.seconds, out),
            out,
            magnitude=dict(magnitude),
            notes=notes,
            supernovae=_supernovae(network, forest.table, real),
        )

    def _finetuned(self) -> Path | None:
        """The folder of the fine-tuning run; None if none was named and none lies in the run."""
        if self.finetuned is not None:
            return self.finetuned
        usual = self.rcnn / f"finetune-{Path(self.real).resolve().name}"
        return usual if usual.is_dir() else None

    def _network(self, finetuned: Path | None) -> tuple[dict[Key, pd.DataFrame], dict[Key, str]]:
        """The network's prediction tables, and the files they come from."""
        found: dict[Key, pd.DataFrame] = {}
        files: dict[Key, str] = {}
        for folder, wanted, how in (
            (self.rcnn, TRAINED, "train-rcnn"),
            (finetuned, FINETUNED, "finetune"),
        ):
            if folder is None:
                continue
            path = folder / predictions.FILE
            if not path.exists():
                raise UsageError(
                    f"{folder}: expected a folder that {how} wrote, with {predictions.FILE}; got "
                    f"{'one without' if folder.is_dir() else 'nothing'}; run {how} to its end"
                )
            found |= tables.rows(predictions.read(path), wanted, str(path))
            files |= dict.fromkeys(wanted, str(path))
        return found, files

    def _validation(self, store: MovieStore) -> pd.DataFrame | None:
        """The network's table of the validation part; None where the run has none."""
        path = self.rcnn / VALIDATION
        if not path.exists():
            console.note(
                f"{self.rcnn}: no {VALIDATION}, so network and forest are not combined; a run of "
                "train-rcnn with this version writes it"
            )
            return None
        key = ("validation", "rcnn")
        table = tables.rows(predictions.read(path), (key,), str(path))[key]
        asked = set(table["object_id"].astype(str))
        there = set(store.truth("validation")["object_id"].astype(str))
        if not asked <= there:
            raise UsageError(
                f"{path}: expected answers on objects of the store's validation part, got "
                f"{len(asked):,} of which {len(asked & there):,} are; {tables.TERMS}"
            )
        return table

    def _check_exams(
        self, found: dict[Key, Answers], files: dict[Key, str], store: MovieStore, real: Movies
    ) -> None:
        """Hold that the network was asked of the movies that the forests will be asked of."""
        draws = splits.draw(real, self.real_samples, self.trials, self.seed)
        long_enough = real.sequences().n_images >= predictions.FIRST_PREDICTION
        names = real.object_id
        exams: dict[Key, set[tables.Question]] = {
            ("simulated", "rcnn"): {(0, n) for n in store.truth("test")["object_id"].astype(str)},
            ("real", "rcnn"): {(0, n) for n in names[long_enough].tolist()},
            ("real", "rcnn_finetuned"): {
                (trial, n)
                for trial, chosen in enumerate(draws)
                for n in np.delete(names, chosen)[np.delete(long_enough, chosen)].tolist()
            },
        }
        for key, given in found.items():
            tables.check_exam(given, exams[key], files[key], key[0])

    def _setting(
        self, store: MovieStore, real: Movies, finetuned: Path | None, seconds: float, out: Path
    ) -> report.Setting:
        options = {k: v for k, v in vars(self).items() if k not in ("store", "finetuned")}
        made = provenance.command(
            "compare-rf", self.store, **options | {"finetuned": finetuned, "out": out}
        )
        forest = (("photometry, features, learning", f"{seconds:,.0f} s"),)
        sections = (
            ("Command", (("compare-rf", made),)),
            ("Movie store", provenance.store(store.attributes, store.sizes)),
            ("RCNN, training", provenance.training(self.rcnn)),
            ("RCNN, fine-tuning", provenance.finetuning(finetuned) if finetuned else ()),
            ("Forests and boosting", forest),
            ("Versions now", provenance.versions()),
        )
        return report.Setting(
            simulated=f"simulated as {store.survey.title} would see them",
            real=real.origin,
            stand_in=real.stand_in,
            n_training=store.sizes["train"],
            real_samples=self.real_samples,
            trials=self.trials,
            start=provenance.start(self.rcnn),
            made=tuple((heading, rows) for heading, rows in sections if rows),
        )


def _check_prior(finetuned: Path) -> None:
    """Hold that the real movies told the network how common classes are, as they tell the forests.

    Records of before there was a choice name none: they were made so.
    """
    prior = dict(provenance.finetuning(finetuned)).get("prior", "sample")
    if prior != "sample":
        raise UsageError(
            f"{finetuned}: expected a fine-tuning with --prior sample, as the other classifiers "
            f"have it, got {prior}; run finetune without --prior into another --out"
        )


def _supernovae(
    network: dict[Key, pd.DataFrame], forest: pd.DataFrame, real: Movies
) -> tuple[int, list[supernovae.Example]]:
    """Three real supernovae, of the classifiers that learnt from simulated movies alone."""
    if ("real", "rcnn") not in network:
        return 0, []
    said = ensemble.first_seed(forest, "real", "forest")
    return supernovae.choose(network["real", "rcnn"], said, real)

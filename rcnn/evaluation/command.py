"""The command ``rcnn evaluate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rcnn import settings as settings_file
from rcnn.model import calibration, pretrained
from skymovie import TITLES
from skymovie.cli import console
from skymovie.real.reader import open_real
from skymovie.splits import PARTS
from skymovie.store.movie_store import MovieStore
from surveys.errors import UsageError


def evaluate(
    model: Annotated[str, typer.Argument(help="A training run's folder, or shipped weights.")],
    real: Annotated[
        str | None, typer.Option(help="hits, or a folder of real movies in that layout.")
    ] = None,
    simulated: Annotated[
        Path | None,
        typer.Option(
            help="Movie store, whose test part is looked at.  "
            "[default: without --real, the one MODEL was trained on]"
        ),
    ] = None,
    part: Annotated[
        str,
        typer.Option(
            help=f"Real movies to judge by: {', '.join(PARTS)}. What is chosen by some is not "
            "judged by them: tuning is for choosing, held-out for the number in the end."
        ),
    ] = "tuning",
    most: Annotated[int, typer.Option(help="Simulated movies to look at.", min=1)] = 5000,
    worst: Annotated[
        int, typer.Option(help="Real movies to draw, those of largest loss.", min=0)
    ] = 8,
    seed: Annotated[int, typer.Option(help="Of the bootstrap errors.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results.  [default: MODEL/evaluation]")
    ] = None,
) -> None:
    """Judge a network: recall, confusion, calibration, and the movies it gets most wrong.

    Prints recalls by class; the last line is one JSON object. Writes a prediction table, numbers
    and pictures; that of the worst real movies needs simulated ones beside them.

    Example: `rcnn evaluate run --real hits --simulated movies`
    """
    run = pretrained.resolve(model)  # before Keras takes its seconds to be imported
    if real is None and simulated is None:
        simulated = _trained_on(run)
    if out is None:
        home = Path(f"{model}-evaluated") if run.parent == pretrained.ROOT else run
        out = home / "evaluation"
    movies = open_real(real) if real is not None else None
    store = MovieStore.open(simulated) if simulated is not None else None
    from rcnn.evaluation.evaluate import evaluate as judge
    from rcnn.model.classifier import load

    network = load(run)
    if network.prior is not None:
        console.note(
            f"{calibration.FILE} has a prior, to which probabilities are shifted: "
            f"{calibration.in_words(network.prior)}"
        )
    summary = judge(
        network, out, real=movies, part=part, store=store, most=most, worst_of=worst, seed=seed
    )
    samples = [name for name in ("real", "simulated") if name in summary]
    for name in samples:
        title = f"real movies, {part}" if name == "real" else "simulated movies, test part"
        _show(title, summary[name])
    console.out.print(f"{out}: predictions, metrics.json, pictures")
    typer.echo(json.dumps({"part": summary["part"]} | {n: _short(summary[n]) for n in samples}))


def _trained_on(run: Path) -> Path:
    """The store that a run was trained on."""
    _, more = settings_file.read(run / settings_file.FILE)
    path = more.get("store", "")
    if not (path and MovieStore.exists(path)):
        raise UsageError(
            "expected movies to evaluate on, got neither --real nor --simulated, and the store "
            f"that {run.name} was trained on is not here; give one or both"
        )
    return Path(path)


def _show(title: str, score: dict[str, Any]) -> None:
    """Recalls and what each class is taken for, after the last image."""
    recall, names = score["recall"], score["classes"]
    matrix = score["confusion"]["by_images"]["22"]
    shown = console.table("class", "movies", "recall", "named otherwise", title=title)
    for name, entry in recall["by_class"].items():
        row = dict(zip(names, matrix[names.index(name)], strict=True))
        others = sorted(((n, k) for k, n in row.items() if n and k != name), reverse=True)
        taken = ", ".join(f"{n} {TITLES[k]}" for n, k in others)
        value = f"{entry['recall']:.3f} ± {entry['error']:.3f}"
        shown.add_row(TITLES[name], f"{entry['n']:,}", value, taken)
    value = f"{recall['mean']:.3f} ± {recall['error']:.3f}"
    shown.add_row("mean", f"{score['n']:,}", value, "", style="bold")
    console.show(shown)
    found = score["calibration"]
    console.out.print(
        f"calibration error {found['after']:.3f} ({found['before']:.3f} as the network gave it; "
        f"temperature {found['temperature']:.2f}, best here {found['best_temperature']:.2f}; "
        f"{found['noise']:.3f} would be noise alone)\n"
    )


def _short(score: dict[str, Any]) -> dict[str, Any]:
    """What goes into the last line: everything is in metrics.json."""
    return {
        "n": score["n"],
        "recall": score["recall"],
        "loss": score["loss"],
        "calibration": {k: v for k, v in score["calibration"].items() if k != "by_images"},
    }

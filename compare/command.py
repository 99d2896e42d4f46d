"""The command ``compare-rf``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skymovie.cli import console


def compare_rf(
    store: Annotated[Path, typer.Argument(help="Movie store written by `simulate`.")],
    rcnn: Annotated[Path, typer.Option(help="Run folder written by `train-rcnn`.")],
    finetuned: Annotated[
        Path | None,
        typer.Option(help="Folder written by `finetune`; by default the one inside the run."),
    ] = None,
    real: Annotated[
        str, typer.Option(help="Real movies: hits, a folder of that layout, or a movie store.")
    ] = "hits",
    real_samples: Annotated[
        int, typer.Option(help="Real movies a class for the augmented forest; as in `finetune`.")
    ] = 10,
    trials: Annotated[int, typer.Option(help="Draws of real movies; as in `finetune`.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the draws and the forests; as in `finetune`.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report"),
) -> None:
    """Compare the network with a random forest on light curves of the same movies.

    Measures the light curves of all movies, grows forests and boosted trees on their features,
    combines network and forest, and writes the report as one page,
    report.html, and its numbers, metrics.json.

    Example: `compare-rf store --rcnn run --real hits --out report`
    """
    from compare.compare import Comparison

    comparison = Comparison(store, rcnn, finetuned, real, real_samples, trials, seed)
    metrics = comparison.write(out)
    console.out.print(summary(metrics))
    if metrics["real"]["stand_in"]:
        console.out.print("The real movies are stand-ins: these are no numbers of the real sky.")
    if metrics["real"]["recall"]["rcnn"] is None:
        console.out.print("The network was not judged on real movies: run finetune, then this.")
    console.out.print(f"{out / 'report.html'}: the report; {out / 'metrics.json'}: its numbers")


def summary(metrics: dict[str, Any]) -> Any:
    """The headline table, for a terminal of 80 columns."""
    from rich.table import Table

    from compare.report.captions import difference, share
    from compare.report.metrics import MEASURE
    from compare.report.style import LOOKS

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for title in ("ours", "paper", "difference"):
        table.add_column(title, justify="right")
    sky = "stand-in" if metrics["real"]["stand_in"] else "real"
    for sample, measure in MEASURE.items():
        title = "accuracy, simulated" if sample == "simulated" else f"mean recall, {sky}"
        table.add_row(f"[bold]{title}[/bold]")
        for classifier, ours in metrics[sample][measure].items():
            paper = metrics["paper"][sample][measure].get(classifier)
            table.add_row(
                f"  {LOOKS[classifier].title}",
                share(ours["mean"], ours["std"]) if ours else "not run",
                share(paper["mean"], paper["std"]) if paper else "–",
                difference(paper["difference"]) if ours and paper else "–",
            )
    return table


def main() -> None:
    """Entry point."""
    console.run(compare_rf)

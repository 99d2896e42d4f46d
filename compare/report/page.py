"""The page: numbers, figures and captions poured into one self-contained HTML file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from compare.report import captions, figures, supernovae
from compare.report.metrics import MEASURE
from compare.report.paper import NUMBERS, SOURCE, TRAINED_ON
from compare.report.style import LOOKS

Row = tuple[str, str]

FEATURES_SHOWN = 15
"""Features whose importance is drawn; metrics.json has them all."""


@dataclass(frozen=True)
class Setting:
    """What was compared, on what, and how it was made.

    Attributes
    ----------
    simulated, real : str
        Origin of the movies, in words.
    stand_in : bool
        True where `real` are simulated movies in the place of real ones.
    n_training : int
        Simulated movies that both classifiers were trained on.
    real_samples, trials : int
        Real movies a class to fine-tune and augment with, and how often they were drawn.
    start : str
        The weights that the network's training went on from, trained on other movies before;
        empty where it began from nothing.
    made : tuple of (heading, rows)
        Data, seeds, versions, commands and times; a row is a name and a value.
    """

    simulated: str
    real: str
    stand_in: bool
    n_training: int
    real_samples: int
    trials: int
    start: str = ""
    made: tuple[tuple[str, tuple[Row, ...]], ...] = ()


@dataclass(frozen=True)
class Panel:
    """One figure on the page: SVG text, what a reader who cannot see it hears, and the caption."""

    svg: str
    alt: str
    caption: str

    @property
    def source(self) -> str:
        """The figure as a data URI."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


def render(
    metrics: dict[str, Any], setting: Setting, examples: Sequence[supernovae.Example] = ()
) -> str:
    """The report as HTML text.

    Parameters
    ----------
    metrics : dict
        As `compare.report.metrics.metrics` returns it, with the origins added.
    setting : Setting
    examples : sequence of Example
        Those of ``supernovae`` in `metrics`.
    """
    environment = Environment(
        loader=PackageLoader("compare", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "difference": captions.difference,
        "ordinal": captions.ordinal,
        "share": _share,
        "shape": captions.shape,
        "weights": captions.weights,
    }
    simulated = _published(metrics, "simulated")
    real = _published(metrics, "real")
    sky = "stand-in" if setting.stand_in else "real"
    return environment.get_template("report.html.j2").render(
        metrics=metrics,
        setting=setting,
        sky=sky,
        headline=captions.headline(metrics),
        rows=_headline_rows(metrics),
        simulated=_panels(simulated, "simulated", "simulated"),
        real=_panels(real, "real", sky),
        embedding=_embedding(metrics, sky),
        examples=_supernovae(metrics, examples),
        beyond=captions.beyond(metrics),
        cost=captions.cost(metrics["cost"]) if metrics["cost"] else "",
        titles={name: look.title for name, look in LOOKS.items()},
        beyond_panels=_beyond(metrics, sky),
        n_simulated=simulated["rcnn"]["n_objects"],
        real_counts=real["forest"]["by_class_n"],
        finetuned="rcnn_finetuned" in real,
        single=_with_error(metrics, "real", "bootstrap"),
        single_simulated=_with_error(metrics, "simulated", "bootstrap"),
        seeded=_with_error(metrics, "simulated", "seeds"),
        paper_source=SOURCE,
        paper_training=TRAINED_ON,
    )


def _panels(scores: captions.Scores, sample: str, sky: str) -> dict[str, list[Panel]]:
    """The figures of one sample, in three galleries; `sky` is what the page calls its movies."""
    what = "Accuracy" if sample == "simulated" else "Mean recall"

    def panel(title: str, svg: str, caption: str) -> Panel:
        return Panel(svg, f"{title}, {sky} movies", f"{title}, {sky} movies. {caption}")

    images = panel(
        f"{what} against number of images",
        figures.against_images(scores, sample),
        captions.against_images(scores, sample),
    )
    classes = panel(
        "Recall by class after the last image",
        figures.by_class(scores, sample),
        captions.by_class(scores, sample),
    )
    confusions = [
        panel(
            f"Confusion matrix of the {LOOKS[classifier].title}",
            figures.confusion(score),
            captions.confusion(score, sample, classifier),
        )
        for classifier, score in scores.items()
    ]
    more = [panel("Reliability", figures.reliability(scores), captions.reliability(scores))]
    if all(score.get("by_magnitude") for score in scores.values()):
        magnitude = figures.against_magnitude(scores), captions.against_magnitude(scores)
        more.insert(0, panel("Accuracy against magnitude", *magnitude))
    return {"images": [images, classes], "confusion": confusions, "more": more}


def _embedding(metrics: dict[str, Any], sky: str) -> list[Panel]:
    if not metrics["embedding"]:
        return []
    title = f"The six most important features, simulated and {sky} movies"
    caption = captions.embedding(metrics["embedding"], sky)
    svg = figures.embedding(metrics["embedding"], sky)
    return [Panel(svg, title, f"{title}. {caption}")]


def _supernovae(metrics: dict[str, Any], examples: Sequence[supernovae.Example]) -> list[Panel]:
    panels = []
    for example, entry in zip(
        examples, (metrics["supernovae"] or {}).get("examples", ()), strict=True
    ):
        caption = captions.supernova(entry, metrics["supernovae"]["n"])
        title = "A supernova image by image"
        panels.append(Panel(supernovae.draw(example), f"{title}: {entry['object_id']}", caption))
    return panels


def _beyond(metrics: dict[str, Any], sky: str) -> list[Panel]:
    """Boosting and the combination beside the paper's classifiers; what the forest looks at."""
    panels = []
    for sample, names, where in (
        ("simulated", ("rcnn", "forest", "boosting", "combined"), "simulated"),
        (
            "real",
            ("rcnn_finetuned", "forest_augmented", "boosting_augmented", "combined_finetuned"),
            sky,
        ),
    ):
        scores = {n: s for n, s in metrics[sample][MEASURE[sample]].items() if n in names and s}
        title = f"Boosting and combination against number of images, {where} movies"
        svg = figures.against_images(scores, sample)
        caption = captions.against_images(scores, sample)
        panels.append(Panel(svg, title, f"{title}. {caption}"))
    if metrics.get("importance"):
        title = "What the forest looks at"
        svg = figures.importance(metrics["importance"][:FEATURES_SHOWN])
        caption = captions.importance(metrics["importance"])
        panels.append(Panel(svg, title, f"{title}. {caption}"))
    return panels


def _headline_rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for sample, measure in MEASURE.items():
        for classifier, ours in metrics[sample][measure].items():
            beside = metrics["paper"][sample][measure].get(classifier)
            rows.append(
                {
                    "sample": sample,
                    "title": LOOKS[classifier].title,
                    "ours": ours,
                    "paper": beside,
                    "difference": beside and beside["difference"],
                }
            )
    return rows


def _published(metrics: dict[str, Any], sample: str) -> dict[str, dict[str, Any]]:
    """The scores of those classifiers that the paper has too."""
    scores = metrics[sample][MEASURE[sample]]
    return {c: s for c, s in scores.items() if s is not None and (sample, c) in NUMBERS}


def _with_error(metrics: dict[str, Any], sample: str, kind: str) -> list[str]:
    """Titles of the classifiers whose error is of this kind."""
    scores = metrics[sample][MEASURE[sample]]
    return [LOOKS[c].title for c, s in scores.items() if s is not None and s["std_is"] == kind]


def _share(score: dict[str, Any]) -> Markup:
    """A score or a published number, ``mean ± std``, kept on one line."""
    shown = captions.share(score["mean"], score["std"])
    return Markup('<span class="number">{}</span>').format(shown)

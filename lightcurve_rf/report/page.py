"""The page: numbers, figures and captions poured into one self-contained HTML file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lightcurve_rf.report import captions, figures
from lightcurve_rf.report.metrics import MEASURE
from lightcurve_rf.report.paper import NUMBERS, SOURCE, TRAINED_ON
from lightcurve_rf.report.style import LOOKS

Row = tuple[str, str]


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


def render(metrics: dict[str, Any], setting: Setting) -> str:
    """The report as HTML text.

    Parameters
    ----------
    metrics : dict
        As `lightcurve_rf.report.metrics.metrics` returns it, with the origins added.
    setting : Setting
    """
    environment = Environment(
        loader=PackageLoader("lightcurve_rf", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"difference": captions.difference, "share": _share}
    simulated = _measured(metrics["simulated"]["accuracy"])
    real = _measured(metrics["real"]["recall"])
    sky = "stand-in" if setting.stand_in else "real"
    return environment.get_template("report.html.j2").render(
        metrics=metrics,
        setting=setting,
        sky=sky,
        headline=captions.headline(metrics),
        rows=_headline_rows(metrics),
        simulated=_panels(simulated, "simulated", "simulated"),
        real=_panels(real, "real", sky),
        n_simulated=simulated["rcnn"]["n_objects"],
        real_counts=real["forest"]["by_class_n"],
        finetuned="rcnn_finetuned" in real,
        single=[LOOKS[c].title for c, s in real.items() if s["std_is"] == "bootstrap"],
        single_simulated=all(s["std_is"] == "bootstrap" for s in simulated.values()),
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


def _headline_rows(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for (sample, classifier), paper in NUMBERS.items():
        ours = metrics[sample][MEASURE[sample]][classifier]
        beside = metrics["paper"][sample][MEASURE[sample]][classifier]
        rows.append(
            {
                "sample": sample,
                "title": LOOKS[classifier].title,
                "ours": ours,
                "paper": paper,
                "difference": beside["difference"],
            }
        )
    return rows


def _measured(scores: dict[str, dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    return {name: score for name, score in scores.items() if score is not None}


def _share(score: Any) -> Markup:
    """A score or a published number, ``mean ± std``, kept on one line."""
    mean, std = (
        (score["mean"], score["std"]) if isinstance(score, dict) else (score.mean, score.std)
    )
    return Markup('<span class="number">{}</span>').format(captions.share(mean, std))

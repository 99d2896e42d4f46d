"""The sentences under the figures, written from the numbers so that they cannot go stale.

Each function takes ``metrics.json``'s parts (see `lightcurve_rf.report.metrics`) and returns plain
text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightcurve_rf.report.metrics import FEWEST_IN_BIN
from lightcurve_rf.report.paper import NUMBERS
from movies.classes import TITLES

Scores = Mapping[str, dict[str, Any]]
"""Scores by classifier."""

NARROW = "\N{NARROW NO-BREAK SPACE}"

PLURALS = {name: f"{title}s" for name, title in TITLES.items()} | {
    "rr_lyrae": "RR Lyrae",
    "eclipsing_binary": "eclipsing binaries",
    "supernova": "supernovae",
    "galaxy": "galaxies",
}


def share(mean: float, std: float | None = None) -> str:
    """A share with its error, with three decimals where the error is that small."""
    digits = 3 if std is not None and std < 0.0095 else 2
    if std is None:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f}{NARROW}±{NARROW}{std:.{digits}f}"


def difference(value: float) -> str:
    """A signed difference with a true minus sign."""
    return f"{value:+.3f}".replace("-", "−")


def per_cent(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f}{NARROW}%" if value >= 0.01 or value == 0 else f"under 1{NARROW}%"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, or ``a, b and c``."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _name(classifier: str) -> str:
    return {
        "rcnn": "the RCNN",
        "rcnn_finetuned": "the fine-tuned RCNN",
        "forest": "the forest",
        "forest_augmented": "the augmented forest",
    }[classifier]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def against_images(scores: Scores, sample: str) -> str:
    """First and last point of each curve, who leads, and the paper's values."""
    first = [f"{share(s['by_images'][0]['mean'])} for {_name(c)}" for c, s in scores.items()]
    last = [f"{share(s['mean'], s['std'])} for {_name(c)}" for c, s in scores.items()]
    what = "accuracy" if sample == "simulated" else "mean recall"
    n_first, n_last = (next(iter(scores.values()))["by_images"][i]["n_images"] for i in (0, -1))
    paper = [f"{share(p.mean, p.std)} for {_name(c)}" for c in scores for p in [NUMBERS[sample, c]]]
    return (
        f"After {n_first} images the {what} is {listed(first)}; after {n_last}, {listed(last)}. "
        f"{leader(scores)}Bands and bars are one standard deviation. "
        f"Diamonds at the right: the paper after its last image, {listed(paper)}."
    )


def leader(scores: Scores) -> str:
    """Which of RCNN and forest is ahead after how many images; empty if one of them is missing."""
    if "rcnn" not in scores or "forest" not in scores:
        return ""
    steps = zip(scores["rcnn"]["by_images"], scores["forest"]["by_images"], strict=True)
    ahead = [a["n_images"] for a, b in steps if a["mean"] > b["mean"]]
    total = len(scores["rcnn"]["by_images"])
    if len(ahead) == total:
        return "The RCNN is ahead of the forest at every number of images. "
    if not ahead:
        return "The RCNN is ahead of the forest at no number of images. "
    if ahead == list(range(ahead[0], scores["rcnn"]["by_images"][-1]["n_images"] + 1)):
        return f"The RCNN is ahead of the forest from {ahead[0]} images on. "
    return f"The RCNN is ahead of the forest at {len(ahead)} of {total} numbers of images. "


def by_class(scores: Scores, sample: str) -> str:
    """Each classifier's easiest and hardest class, with the paper's recalls where it gives them."""
    parts = []
    for classifier, score in scores.items():
        ranked = sorted(score["by_class"].items(), key=lambda item: item[1])
        (hard, low), (easy, high) = ranked[0], ranked[-1]
        parts.append(
            f"{_sentence(_name(classifier))} does best on {PLURALS[easy]} ({share(high)}) and "
            f"worst on {PLURALS[hard]} ({share(low)})."
        )
    for classifier in scores:
        known = NUMBERS[sample, classifier].by_class
        if known:
            values = listed([f"{PLURALS[c]} {share(v)}" for c, v in known.items()])
            parts.append(f"The paper gives for {_name(classifier)}: {values}.")
    return " ".join(parts)


def confusion(score: dict[str, Any], sample: str, classifier: str) -> str:
    """The commonest mistake, and the mean beside the paper's."""
    mistakes = [
        (value, true, named)
        for true, row in score["confusion"].items()
        for named, value in row.items()
        if named != true
    ]
    value, true, named = max(mistakes)
    worst = (
        f"Commonest mistake: {per_cent(value)} of the {PLURALS[true]} are named {TITLES[named]}."
        if value > 0
        else "No object is named wrongly."
    )
    paper = NUMBERS[sample, classifier]
    what = "Accuracy" if sample == "simulated" else "Mean recall"
    return (
        f"{worst} {what} "
        f"{share(score['mean'], score['std'])}, in the paper {share(paper.mean, paper.std)}."
    )


def against_magnitude(scores: Scores) -> str:
    """The brightest and the faintest bin."""
    parts = []
    for classifier, score in scores.items():
        bright, faint = score["by_magnitude"][0], score["by_magnitude"][-1]
        parts.append(
            f"{_name(classifier)} goes from {share(bright['mean'], bright['std'])} "
            f"({bright['from']}–{bright['to']} mag, {bright['n']:,} objects) to "
            f"{share(faint['mean'], faint['std'])} "
            f"({faint['from']}–{faint['to']} mag, {faint['n']:,})"
        )
    return _sentence("; ".join(parts)) + ". The paper shows this in its Figure 2."


def reliability(scores: Scores) -> str:
    """How far each classifier's confidence is from its accuracy, and on which side."""
    parts = []
    for classifier, score in scores.items():
        bins = score["calibration"]["bins"]
        total = sum(b["n"] for b in bins)
        lean = sum(b["n"] * (b["confidence"] - b["accuracy"]) for b in bins) / total
        side = "more" if lean > 0 else "less"
        parts.append(
            f"{abs(lean):.2f} {side} for {_name(classifier)} "
            f"(expected calibration error {score['calibration']['error']:.2f})"
        )
    return (
        f"The probability given to the class named is, against the share named rightly, "
        f"{listed(parts)}. Bins of fewer than {FEWEST_IN_BIN} answers are not drawn."
    )


def headline(metrics: dict[str, Any]) -> str:
    """The result in a few sentences."""
    simulated = _measured(metrics["simulated"]["accuracy"])
    real = _measured(metrics["real"]["recall"])
    sky = "stand-in" if metrics["real"]["stand_in"] else "real"

    def values(scores: Scores, names: tuple[str, ...]) -> str:
        return listed(
            [f"{share(scores[n]['mean'], scores[n]['std'])} for {_name(n)}" for n in names]
        )

    before = tuple(n for n in ("rcnn", "forest") if n in real)
    after = tuple(n for n in ("rcnn_finetuned", "forest_augmented") if n in real)
    text = (
        f"On simulated test movies the accuracy is {values(simulated, ('rcnn', 'forest'))}. "
        f"On {sky} movies the mean recall is {values(real, before)}"
    )
    text += f"; with a few of them to learn from, {values(real, after)}." if after else "."
    gains = [
        f"{_name(n)} by {difference(real[m]['mean'] - real[n]['mean'])}"
        for n, m in (("rcnn", "rcnn_finetuned"), ("forest", "forest_augmented"))
        if n in real and m in real
    ]
    return f"{text} The {sky} examples move {listed(gains)}." if gains else text


def _measured(scores: Mapping[str, dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    return {name: score for name, score in scores.items() if score is not None}

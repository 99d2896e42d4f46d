"""The sentences under the figures, written from the numbers so that they cannot go stale.

Each function takes ``metrics.json``'s parts (see `compare.report.metrics`) and returns plain
text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compare.report.metrics import FEWEST_IN_BIN, PAIRS
from compare.report.paper import NUMBERS
from skymovie.classes import TITLES

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
        "boosting": "gradient boosting",
        "boosting_augmented": "augmented gradient boosting",
        "combined": "RCNN and forest combined",
        "combined_finetuned": "fine-tuned RCNN and augmented forest combined",
    }[classifier]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def against_images(scores: Scores, sample: str) -> str:
    """First and last point of each curve, who leads, and the paper's values."""
    first = [f"{share(s['by_images'][0]['mean'])} for {_name(c)}" for c, s in scores.items()]
    last = [f"{share(s['mean'], s['std'])} for {_name(c)}" for c, s in scores.items()]
    what = "accuracy" if sample == "simulated" else "mean recall"
    n_first, n_last = (next(iter(scores.values()))["by_images"][i]["n_images"] for i in (0, -1))
    known = [(c, NUMBERS[sample, c]) for c in scores if (sample, c) in NUMBERS]
    paper = [f"{share(p.mean, p.std)} for {_name(c)}" for c, p in known]
    return (
        f"After {n_first} images the {what} is {listed(first)}; after {n_last}, {listed(last)}. "
        f"{leader(scores)}Bands and bars are one standard deviation."
        + (
            f" Diamonds at the right: the paper after its last image, {listed(paper)}."
            if paper
            else ""
        )
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
    if not gains:
        return text
    rare = "Classes that do not occur among them count as rare."
    return f"{text} The {sky} examples move {listed(gains)}. {rare}"


CLEAR = 2.0
"""Standard deviations from which a difference is called one."""


def verdict(apart: dict[str, Any], one: str, other: str) -> str:
    """Who is ahead on the same objects, and whether that can be told.

    Parameters
    ----------
    apart : dict
        ``mean`` and ``std``; see `compare.report.metrics.paired`.
    """
    mean, std = apart["mean"], apart["std"]
    size = f"{difference(mean)}{NARROW}±{NARROW}{std:.3f}"
    if abs(mean) <= CLEAR * std or mean == 0:
        return f"{_sentence(_name(one))} cannot be told apart from {_name(other)} ({size})."
    does = "beats" if mean > 0 else "loses to"
    return f"{_sentence(_name(one))} {does} {_name(other)} by {size.lstrip('+−')}."


def beyond(metrics: dict[str, Any]) -> list[str]:
    """What boosting and the combination gain: a paragraph on simulated movies, one on real ones."""
    sky = "stand-in" if metrics["real"]["stand_in"] else "real"
    paragraphs = []
    for sample, pairs in PAIRS.items():
        apart = metrics[sample]["difference"]
        said = [
            verdict(apart[f"{one}_less_{other}"], one, other)
            for one, other in pairs
            if apart[f"{one}_less_{other}"] is not None
        ]
        where = "simulated test" if sample == "simulated" else sky
        paragraphs.append(f"On {where} movies, after the last image: {' '.join(said)}")
    return paragraphs


def shape(forest: dict[str, Any]) -> str:
    """The forest's shape and how it was found."""
    text = f"{forest['trees']} trees of depth {forest['depth']} at most"
    grid = forest.get("grid")
    if not grid:
        return f"The forest has {text}."
    best = max(grid, key=lambda entry: entry["accuracy"])
    chosen = next(e for e in grid if (e["trees"], e["depth"]) == (forest["trees"], forest["depth"]))
    return (
        f"Of {len(grid)} shapes, {text} were chosen: accuracy {chosen['accuracy']:.3f} on "
        f"validation movies, and no larger forest is better by more than a standard error "
        f"(the best has {best['accuracy']:.3f}: {best['trees']} of depth {best['depth']}). "
        f"The paper found 25 of depth 15."
    )


def weights(pool: dict[str, Any]) -> str:
    """How much network and forest count in the combination."""
    (u, v), (x, y) = pool["network"], pool["forest"]
    return (
        f"Exponents of the combination: after 3 images {u:.2f} for the RCNN and {x:.2f} for the "
        f"forest; after 22, {v:.2f} and {y:.2f}."
    )


def importance(features: list[dict[str, Any]]) -> str:
    """The most important features."""
    top = [f"{f['feature']} ({f['mean']:.3f})" for f in features[:3]]
    return (
        f"Most is lost without {listed(top)}. Shuffled on simulated validation movies after the "
        "last image; of two features that tell the same, neither alone seems important."
    )


def supernova(entry: dict[str, Any], ranked: int) -> str:
    """What is seen of one of the supernovae: see `compare.report.supernovae`."""
    alert = entry["first_alert"]
    text = f"{entry['object_id']}, number {entry['place']} of {ranked}: {entry['images']} images, "
    text += f"first alert with the {ordinal(alert)}. " if alert else "no alert. "
    return text + " ".join(_settled(entry[c], c, entry["images"]) for c in ("rcnn", "forest"))


def _settled(said: dict[str, Any], classifier: str, images: int) -> str:
    """What a classifier names at last, and since when."""
    since = said["named_from"]
    when = "after the last image alone" if since == images else f"from image {since} on"
    return (
        f"{_sentence(_name(classifier))} names it {TITLES[said['named']]} {when}; after the last "
        f"its probability of a supernova is {probability(said['probability'][-1])}."
    )


def embedding(found: dict[str, Any], sky: str) -> str:
    """What is seen of the map of the features: see `lightcurve_rf.embedding`."""
    near = found["neighbours"]
    own = [
        f"{share(n['own_class'])} of those of {sky} {PLURALS[c]} "
        f"({share(n['own_class_simulated'])} of simulated ones)"
        for c, n in near.items()
    ]
    mixed = [
        f"{share(n['real'])} for {PLURALS[c]} ({share(n['real_if_mixed'])})"
        for c, n in near.items()
    ]
    return (
        f"t-SNE of {listed(found['features'])}, after the last image. Among the ten nearest "
        f"simulated objects, of the same class are {listed(own)}. Among the ten nearest of the "
        f"same class, {sky} ones are {listed(mixed)}; in brackets, if {sky} and simulated ones "
        "were mixed at random. In each panel the other objects are grey. The paper shows this in "
        "its Figure 14."
    )


def cost(found: dict[str, Any]) -> str:
    """What one more image costs: who is cheaper, and whether the later image costs more."""
    parts, machines = [], set()
    for classifier, measured in found.items():
        if measured:
            first, last = measured["by_images"]
            ratio = last["cpu_milliseconds"] / first["cpu_milliseconds"]
            parts.append(f"{ratio:.2f} times for {_name(classifier)}")
            machines.add(measured["machine"])
    if not parts:
        return "Not measured: no test movie has as many images."
    images = [entry["n_images"] for entry in next(m for m in found.values() if m)["by_images"]]
    text = (
        f"The {ordinal(images[1])} image costs, of the processor’s time that the "
        f"{ordinal(images[0])} costs, {listed(parts)}. "
    )
    if len(machines) > 1:
        return f"{text}They were measured on different machines: {listed(sorted(machines))}."
    return f"{text}Machine: {machines.pop()}."


def probability(p: float) -> str:
    """A probability, of which nothing is certain."""
    return f"{p:.2f}" if 0.005 <= p < 0.995 else "over 0.99" if p > 0.5 else "under 0.01"


def ordinal(n: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th`` …"""
    return f"{n}{'th' if 10 <= n % 100 < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _measured(scores: Mapping[str, dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    return {name: score for name, score in scores.items() if score is not None}

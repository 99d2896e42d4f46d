"""docs/reference/metrics.md names every key of metrics.json, and no other."""

import json
import re
from pathlib import Path

from compare import report
from compare.report.metrics import CLASSIFIERS, MEASURE, PAIRS
from skymovie.classes import CLASSES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def paths(value, path=""):
    """Where a value stands, ``[]`` for any place in a list and ``<class>`` for any class."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = "<class>" if key in CLASSES else key
            yield from paths(inner, f"{path}.{name}".lstrip("."))
        return
    yield path
    if isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{path}[]")


def short(path):
    """As the page has it: what all classifiers, and all pairs, have in common is told once."""
    samples = "|".join(f"{sample}.{measure}" for sample, measure in MEASURE.items())
    path = re.sub(rf"^({samples})\.\w+\.", "", path)
    path = re.sub(r"^(simulated|real)\.difference\.\w+", "difference.<pair>", path)
    path = re.sub(r"^(cost|supernovae\.examples\[\])\.(rcnn|forest)\.", r"\1.<classifier>.", path)
    return re.sub(rf"^paper\.({samples})\.\w+", "paper.<sample>.<measure>.<classifier>", path)


def test_every_key_is_described(found, setting, magnitude, notes, real_supernovae, tmp_path):
    extra = {"magnitude": magnitude, "notes": notes, "supernovae": real_supernovae[2]}
    report.write(found, setting, tmp_path, **extra)
    numbers = json.loads((tmp_path / "metrics.json").read_text())
    used = {short(p) for p in paths(numbers)}
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), flags=re.M)
    judged = {f"{s}.{MEASURE[s]}.{name}" for s, names in CLASSIFIERS.items() for name in names}
    described = {row.removesuffix("[]") for row in rows} - judged
    assert judged <= set(rows)
    assert {p.removesuffix("[]") for p in used} == described
    assert len(rows) == len(set(rows))


def test_every_pair_is_named():
    text = PAGE.read_text("utf-8")
    assert all(f"`{one}`–`{other}`" in text for pairs in PAIRS.values() for one, other in pairs)

"""The written page: complete, self-contained, and whole in a browser."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from compare import report
from compare.report import captions


class Links(HTMLParser):
    """Every address that the page would load or lead to, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found += [v for k, v in attrs if k in ("src", "href", "srcset", "data") and v]


@pytest.fixture(scope="module")
def extra(magnitude, notes, real_supernovae):
    """What makes a page whole."""
    return {"magnitude": magnitude, "notes": notes, "supernovae": real_supernovae[2]}


@pytest.fixture(scope="module")
def page(found, setting, extra, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    report.write(found, setting, out, **extra)
    return out / "report.html"


def test_page_loads_nothing(page):
    links = Links()
    text = page.read_text()
    links.feed(text)
    assert links.found
    assert all(link.startswith("data:") for link in links.found)
    assert "script" not in links.tags
    assert not re.search(r"url\(|@import", text)


def test_numbers_on_the_page_are_those_of_the_json(page):
    numbers = json.loads((page.parent / "metrics.json").read_text())
    text = page.read_text()
    for score in numbers["real"]["recall"].values():
        assert captions.share(score["mean"], score["std"]) in text
    assert "stand-in" not in re.sub(r"<style>.*?</style>", "", text, flags=re.S)
    assert numbers["real"]["stand_in"] is False
    assert not list(page.parent.glob("*.part"))


def test_same_input_gives_the_same_page(page, found, setting, extra, tmp_path):
    report.write(found, setting, tmp_path, **extra)
    assert (tmp_path / "report.html").read_bytes() == page.read_bytes()


def test_stand_in_is_named_in_every_section(found, setting, tmp_path):
    report.write(found, replace(setting, stand_in=True, real="rendered by GalSim"), tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert "not the real sky" in text
    assert len(re.findall(r"<h2>.*badge.*</h2>", text)) == len(re.findall("<h2>", text)) == 6


def test_without_the_network_on_real_movies(found, setting, tmp_path):
    fewer = {k: v for k, v in found.items() if not (k[0] == "real" and k[1].startswith("rcnn"))}
    numbers = report.write(fewer, setting, tmp_path)
    assert numbers["real"]["recall"]["rcnn"] is None
    assert "not run" in (tmp_path / "report.html").read_text()


def test_without_the_combination(found, setting, notes, tmp_path):
    fewer = {k: v for k, v in found.items() if not k[1].startswith("combined")}
    numbers = report.write(fewer, setting, tmp_path, notes=notes | {"combined": None})
    assert numbers["real"]["recall"]["combined"] is None
    assert numbers["real"]["difference"]["combined_less_rcnn"] is None
    assert "were not combined" in (tmp_path / "report.html").read_text()


def test_what_is_beyond_the_paper_is_told(page):
    text = page.read_text()
    numbers = json.loads((page.parent / "metrics.json").read_text())
    apart = numbers["simulated"]["difference"]["boosting_less_forest"]
    assert f"{abs(apart['mean']):.3f}" in text
    assert "25 trees of depth 5" in text
    assert "Most is lost without F00 (0.100)" in text
    assert "were not combined" not in text


def test_the_cost_of_an_image_is_told(page, found, setting, notes, tmp_path):
    text = page.read_text()
    assert "0.200 (0.400)" in text
    assert "1.00 times for the RCNN and 1.50 times for the forest" in text
    missing = notes | {"cost": notes["cost"] | {"rcnn": None}}
    report.write(found, setting, tmp_path, notes=missing)
    told = (tmp_path / "report.html").read_text("utf-8")
    assert "The network’s run has no measured cost" in told
    assert "that the 4th costs, 1.50 times for the forest." in told


def test_a_head_start_of_the_network_is_told(page, found, setting, tmp_path):
    assert "did not begin from nothing" not in page.read_text("utf-8")
    report.write(found, replace(setting, start="hits"), tmp_path)
    told = (tmp_path / "report.html").read_text("utf-8")
    assert "did not begin from nothing" in told
    assert "“hits”" in told

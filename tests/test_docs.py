"""Links of README and docs lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages():
    return [page for page in PAGES if "_build" not in page.parts]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        if "://" in target:
            assert re.fullmatch(r"https://[\w.-]+(/[\w./~%-]*)?", target), link
            continue
        file = (page.parent / target) if target else page
        assert file.exists(), f"{page.name}: {link}"
        if anchor:
            titles = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            known = [re.sub(r"[^\w -]", "", t).lower().replace(" ", "-") for t in titles]
            assert anchor in known, f"{page.name}: {link}"


def test_every_page_is_in_the_contents():
    listed = set(re.findall(r"^([\w/]+)$", (ROOT / "docs/index.md").read_text(), re.MULTILINE))
    there = {
        str(page.relative_to(ROOT / "docs").with_suffix(""))
        for page in pages()
        if page.name not in ("README.md", "index.md")
    }
    assert there == listed


def test_examples_never_write_to_a_folder_named_like_a_package():
    for page in pages():
        text = page.read_text("utf-8")
        assert not re.search(r"--out (movies|simulate|rcnn|surveys|skymovie|compare)\b", text)

"""The report as a person sees it: whole at both widths, silent, and open to everybody."""

import pytest

from compare import report
from tests import browser

WIDTHS = (400, 1280)


@pytest.fixture(scope="module")
def address(found, setting, magnitude, notes, real_supernovae, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    extra = {"magnitude": magnitude, "notes": notes, "supernovae": real_supernovae[2]}
    report.write(found, setting, out, **extra)
    return (out / "report.html").as_uri()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_whole_and_silent(address, width):
    with browser.opened(address, width) as (page, faults):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
        sizes = page.evaluate("Array.from(document.images, image => image.naturalWidth)")
        assert len(sizes) == 20
        assert min(sizes) > 300
        assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_image_has_a_text_and_axe_finds_nothing_serious(address, width):
    with browser.opened(address, width) as (page, _):
        texts = page.evaluate("Array.from(document.images, image => image.alt.trim())")
        assert all(texts)
        assert browser.serious(page) == []


def test_what_is_looked_for_would_be_found(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<html><body><img src='data:,'><script>nothing()</script></body></html>")
    with browser.opened(bad.as_uri(), 400) as (page, faults):
        assert any("image-alt" in line for line in browser.serious(page))
        assert any("nothing is not defined" in line for line in faults)

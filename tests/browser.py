"""Debian's Chromium, for tests that look at pages as a person does.

Where ``SKYMOVIE_REQUIRE_BROWSER`` is set, as in CI, a missing browser fails; elsewhere it skips.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@contextmanager
def opened(address: str, width: int) -> Iterator[tuple[Any, list[str]]]:
    """A page in a window of a given width, and what it complains of or asks the network for."""
    if CHROMIUM is None:
        if os.environ.get("SKYMOVIE_REQUIRE_BROWSER"):
            pytest.fail("expected chromium in PATH, got none; apt-get install chromium")
        pytest.skip("no chromium in PATH; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, offline=True)
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("console", lambda line: faults.append(f"{line.type}: {line.text}"))
        page.on(
            "request",
            lambda one: (
                None
                if one.url.startswith(("file:", "data:"))
                else faults.append(f"request: {one.url}")
            ),
        )
        page.goto(address, wait_until="load")
        yield page, faults
        browser.close()


def serious(page: Any) -> list[str]:
    """Serious and critical findings of axe-core, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} ({len(one['nodes'])}: {one['nodes'][0]['html'][:120]})"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]

"""A site that embeds the snippet, and how its tests wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.far_end import Collector, Site, serving

Visit = Callable[..., Page]

LONGEST_WAIT = 600  # milliseconds; the snippet lets a call wait 500 for company, and a new route 100 to settle
NOTHING_KEPT = "!Object.keys(localStorage).some((key) => key.startsWith('leadscore.call.'))"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(Collector()) as server:
        yield server


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as server:
        yield server


@pytest.fixture
def visit(page: Page, site: Site, collector: Collector) -> Visit:
    """Loads a page with the snippet: `attributes` go into its tag, `early` runs before it; in a second tab where `tab` is given."""

    def load(path: str = "/", attributes: str = "", early: str = "", body: str = "", key: str = "wk", tab: Page = page) -> Page:
        tag = f'<script async src="{collector.url}/js/leadscore.js" data-write-key="{key}" {attributes}></script>'
        site.head, site.body = f"<script>{early}</script>{tag}", body
        tab.goto(site.url + path)
        return ready(tab)

    return load


def ready(page: Page) -> Page:
    page.wait_for_function("window.leadscore && !Array.isArray(leadscore)")
    return page


def quiet(page: Page, collector: Collector) -> None:
    """Until whatever the page was going to send has reached the collector: its timers end in order, and a request of the test's own goes last."""
    script = "async ([wait, fence]) => { await new Promise((done) => setTimeout(done, wait)); await fetch(fence); }"
    page.evaluate(script, [LONGEST_WAIT, f"{collector.url}/fence"])


def events(collector: Collector) -> list[str]:
    return [call["event"] for call in collector.calls("track")]


def stored_keys(page: Page) -> list[str]:
    keys: list[str] = page.evaluate("Object.keys(localStorage)")
    return keys

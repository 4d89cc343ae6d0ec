"""The main job, told by Segment's own clients, unchanged: Python, Node.js, and the browser in both ways to load it."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request
from segment.analytics.client import Client

from leadscore.assets import MODULES, ROOT, npm_environment
from tests.browser.far_end import Site, serving
from tests.browser.leads import FORM, Visitor, check, write_key
from tests.product import Product

CLIENTS = Path(__file__).with_name("clients")
# Milliseconds are what these clients send.
NOW = datetime.now(UTC).replace(microsecond=0)
LOOKED = [NOW - timedelta(minutes=minutes, milliseconds=-minutes) for minutes in (30, 20, 10)]
ASKED = NOW - timedelta(minutes=5, milliseconds=7)


def complain(error: Exception, items: list[Any]) -> None:
    raise AssertionError(f"{error}: {items}")


@pytest.mark.parametrize(("gzip", "visitor"), [(False, Visitor("Bo", "Lind")), (True, Visitor("Liv", "Berg"))])
def test_the_story_by_the_client_for_python(product: Product, gzip: bool, visitor: Visitor) -> None:
    client, who = Client(write_key(product), host=product.url, on_error=complain, max_retries=1, gzip=gzip), str(uuid.uuid4())
    for at in LOOKED:
        client.page(anonymous_id=who, name="Pricing", properties={"url": "https://northwind.example/pricing"}, timestamp=at)
    client.identify(anonymous_id=who, traits=visitor.traits, timestamp=ASKED)
    client.track(anonymous_id=who, event="Form Submitted", properties=FORM, timestamp=ASKED)
    client.shutdown()
    check(product, visitor, who, LOOKED, ASKED)


def node(script: str, told: object) -> str:
    """Runs a script of `clients/` with what it is told as JSON; what it printed."""
    command = ["node", str(CLIENTS / script), json.dumps(told, default=datetime.isoformat)]
    ran = subprocess.run(command, cwd=ROOT, env=npm_environment(), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_story_by_the_client_for_node(product: Product) -> None:
    visitor, who = Visitor("Ida", "Falk"), str(uuid.uuid4())
    node("tell.mjs", {
        "writeKey": write_key(product), "host": product.url, "anonymousId": who,
        "looked": LOOKED, "asked": ASKED, "traits": visitor.traits, "form": FORM,
    })  # fmt: skip
    check(product, visitor, who, LOOKED, ASKED)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as server:
        yield server


def by_snippet(product: Product, site: Site) -> None:
    """Segment's web snippet, with our host in place of theirs; the test's product speaks plain HTTP."""
    snippet = node("snippet.cjs", {"host": product.url.removeprefix("http://"), "apiKey": write_key(product)})
    site.head = f"<script>{snippet.replace('https://', 'http://')}</script>"


def by_package(product: Product, site: Site) -> None:
    """The npm package in a site's own bundle, told the host alone."""
    bundler = [str(MODULES / ".bin" / "esbuild"), str(CLIENTS / "site.js"), "--bundle", "--format=iife", "--log-level=warning"]
    script = subprocess.run(bundler, cwd=ROOT, env=npm_environment(), capture_output=True, text=True, check=True, timeout=60).stdout
    options = json.dumps({"writeKey": write_key(product), "cdnURL": product.url})
    site.head = f"<script>{script}</script><script>window.analytics = load({options}); analytics.page()</script>"


@pytest.mark.parametrize(("embedded", "visitor"), [(by_snippet, Visitor("Eva", "Strand")), (by_package, Visitor("Per", "Holm"))])
def test_the_story_by_the_client_for_browsers(
    product: Product, site: Site, page: Page, embedded: Callable[[Product, Site], None], visitor: Visitor
) -> None:
    embedded(product, site)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # a built-in is no handler to Playwright
    for number in range(1, 4):
        page.goto(f"{site.url}/pricing")
        wait_for(page, asked, number, "p")
    who = page.evaluate("async () => (await analytics.user()).anonymousId()")
    page.evaluate("([traits, form]) => Promise.all([analytics.identify(traits), analytics.track('Form Submitted', form)])", [visitor.traits, FORM])
    wait_for(page, asked, 2, "i", "t")
    check(product, visitor, who, [sent_at(one) for one in answered(asked, "p")], sent_at(*answered(asked, "t")))
    assert {re.sub(r"^(\w+://[^/]+).*", r"\1", request.url) for request in asked} == {site.url, product.url}


def wait_for(page: Page, asked: list[Request], number: int, *kinds: str) -> None:
    """Playwright tells of requests only while the test waits for it."""
    for _ in range(200):
        if len([one for kind in kinds for one in answered(asked, kind)]) == number:
            return
        page.wait_for_timeout(100)
    raise AssertionError([request.url for request in asked])


def answered(asked: list[Request], kind: str) -> list[Request]:
    """The calls of a kind that were answered with success."""
    calls = [request for request in asked if request.method == "POST" and request.url.endswith(f"/v1/{kind}")]
    return [request for request in calls if (response := request.response()) and response.status == 200]


def sent_at(request: Request) -> datetime:
    assert request.post_data
    return datetime.fromisoformat(json.loads(request.post_data)["timestamp"])

"""What becomes of the snippet's page and its calls over time: left and shown again, with other tabs, offline, with more than can be kept."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.embedding import NOTHING_KEPT, Visit, collector, events, quiet, ready, site, stored_keys, visit
from tests.browser.far_end import Collector, Site

__all__ = ["collector", "site", "visit"]

SHOWN_AGAIN = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"


def paths(collector: Collector) -> list[str]:
    return [call["properties"]["path"] for call in collector.calls("page")]


# Shown again


def test_a_page_that_the_browser_shows_again_is_viewed_again(visit: Visit, collector: Collector) -> None:
    page = visit("/one")
    collector.wait_for_calls(1)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))")
    page.evaluate(SHOWN_AGAIN)
    collector.wait_for_calls(2)
    quiet(page, collector)
    assert paths(collector) == ["/one", "/one"]


def test_a_page_shown_again_is_not_viewed_where_views_are_the_sites(visit: Visit, collector: Collector) -> None:
    page = visit(attributes='data-pages="manual"')
    page.evaluate(SHOWN_AGAIN)
    quiet(page, collector)
    assert collector.calls() == []


def test_a_page_shown_again_does_not_outlive_its_consent(visit: Visit, collector: Collector) -> None:
    """While the browser kept it, no other page could tell it that the visitor has denied."""
    page = visit(attributes='data-consent="required"', early="window.leadscore = [['consent', 'granted']]")
    collector.wait_for_calls(1)
    page.wait_for_function(NOTHING_KEPT)
    page.evaluate("localStorage.clear()")
    page.evaluate(SHOWN_AGAIN)
    page.evaluate("leadscore.track('Later')")
    quiet(page, collector)
    assert (len(collector.calls()), stored_keys(page)) == (1, [])


# Campaigns


def test_a_campaign_stays_on_the_later_routes_of_an_application(visit: Visit, collector: Collector) -> None:
    page = visit("/landing?utm_source=news&utm_campaign=spring")
    collector.wait_for_calls(1)
    page.evaluate("history.pushState({}, '', '/pricing')")
    collector.wait_for_calls(2)
    page.evaluate("leadscore.track('Signed Up')")
    collector.wait_for_calls(3)
    page.evaluate("history.pushState({}, '', '/other?utm_source=ad')")
    collector.wait_for_calls(4)
    spring = {"source": "news", "name": "spring"}
    assert [call["context"].get("campaign") for call in collector.calls()] == [spring, spring, spring, {"source": "ad"}]
    assert collector.calls()[1]["context"]["page"]["search"] == ""


# Other tabs


def test_two_tabs_do_not_send_the_same_calls(visit: Visit, context: BrowserContext, collector: Collector) -> None:
    """Both have them all: each took up what the other had left unsent."""
    collector.status = 503
    one = visit()
    one.evaluate("leadscore.track('One')")
    collector.wait_for(lambda: len(collector.attempts) >= 1)
    two = visit("/two", tab=context.new_page())
    collector.wait_for(lambda: len(collector.attempts) >= 2)
    collector.status = 200
    collector.held.set()
    before = len(collector.attempts)
    for page in (one, two):
        page.evaluate("dispatchEvent(new Event('online'))")
    collector.wait_for(lambda: len(collector.attempts) > before)
    collector.held.clear()
    collector.wait_for_calls(3)
    for page in (one, two):
        page.wait_for_function(NOTHING_KEPT)
        quiet(page, collector)
    sent = [call["messageId"] for request in collector.requests for call in request["batch"]]
    assert (len(sent), len(set(sent))) == (3, 3)


def test_it_sends_where_tabs_cannot_know_of_each_other(visit: Visit, page: Page, collector: Collector) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    visit()
    assert len(collector.wait_for_calls(1)) == 1


def test_it_sends_where_locks_are_refused(visit: Visit, page: Page, collector: Collector) -> None:
    page.add_init_script("navigator.locks.request = () => Promise.reject(new DOMException('sandboxed', 'SecurityError'))")
    visit()
    assert len(collector.wait_for_calls(1)) == 1


# Consent


def test_denying_ends_the_request_that_is_under_way(visit: Visit, page: Page, collector: Collector) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.method))
    collector.held.set()
    visit()
    collector.wait_for(lambda: len(collector.attempts) == 1)
    page.evaluate("leadscore.track('Waiting'); leadscore.consent('denied')")
    quiet(page, collector)
    collector.held.clear()
    assert (failed, len(collector.attempts), stored_keys(page)) == (["POST"], 1, [])


# Away and full


def test_calls_made_offline_are_sent_when_the_network_is_back(visit: Visit, context: BrowserContext, collector: Collector) -> None:
    page = visit()
    collector.wait_for_calls(1)
    context.set_offline(True)
    page.evaluate("leadscore.track('Offline')")
    page.wait_for_function("Object.keys(localStorage).some((key) => key.startsWith('leadscore.call.'))")
    context.set_offline(False)
    collector.wait_for(lambda: events(collector) == ["Offline"], seconds=4)
    page.wait_for_function(NOTHING_KEPT)


def test_what_is_kept_has_an_end(visit: Visit, collector: Collector) -> None:
    collector.status = 503
    page = visit(attributes='data-pages="manual"')
    page.evaluate("for (let i = 0; i < 60; i++) leadscore.track('E' + i, {pad: 'x'.repeat(30000)})")
    page.evaluate("for (let i = 60; i < 70; i++) leadscore.track('E' + i)")
    kept: dict[str, Any] = page.evaluate(
        "() => { const calls = Object.entries(localStorage).filter(([key]) => key.startsWith('leadscore.call.')).map(([, call]) => call);"
        " return {names: calls.map((call) => JSON.parse(call).event).sort(), size: calls.join('').length} }"
    )
    assert 900_000 < kept["size"] <= 1_000_000
    assert kept["names"] == sorted(f"E{number}" for number in range(70 - len(kept["names"]), 70))  # the newest


def test_at_most_300_calls_are_kept(visit: Visit, collector: Collector) -> None:
    collector.status = 503
    page = visit(attributes='data-pages="manual"')
    page.evaluate("for (let i = 0; i < 320; i++) leadscore.track('E' + i)")
    assert len([key for key in stored_keys(page) if ".call." in key]) == 300


def test_beacons_stay_below_what_browsers_let_outlive_a_page_and_the_rest_is_kept(visit: Visit, page: Page, site: Site, collector: Collector) -> None:
    collector.status = 503
    visit(attributes='data-pages="manual"', early="window.leadscore = [['track', 'First']]")
    collector.wait_for(lambda: len(collector.attempts) == 1)
    page.evaluate("for (let i = 0; i < 6; i++) leadscore.track('E' + i, {pad: 'é'.repeat(12000)})")
    collector.status = 200
    page.goto("about:blank")
    collector.wait_for(lambda: len(collector.attempts) >= 2)
    assert all(int(attempt["size"]) <= 64 * 1024 for attempt in collector.attempts)
    page.goto(site.url)
    ready(page)
    collector.wait_for(lambda: set(events(collector)) == {"E0", "E1", "E2", "E3", "E4", "E5", "First"})


# Strict sites


def test_it_works_under_a_strict_policy(visit: Visit, page: Page, site: Site, collector: Collector) -> None:
    ours = f"script-src {collector.url}; connect-src {collector.url}"
    site.policy = f"default-src 'none'; {ours}; require-trusted-types-for 'script'; trusted-types 'none'"
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    tag = f'<script async src="{collector.url}/js/leadscore.js" data-write-key="wk" data-forms data-outbound></script>'
    site.head = tag
    page.goto(site.url)
    ready(page)
    collector.wait_for_calls(1)
    page.evaluate("leadscore.identify('u1', {plan: 'pro'}); history.pushState({}, '', '/two')")
    collector.wait_for_calls(3)
    assert sorted(call["type"] for call in collector.calls()) == ["identify", "page", "page"]
    assert [text for text in said if "favicon" not in text] == []


SECRETS = [
    '<input type="password" name="email" value="secret-1">',
    '<input autocomplete="cc-number" name="phone" value="secret-1">',
    '<input autocomplete="one-time-code" name="company" value="secret-1">',
    '<input name="card_number" data-leadscore-trait="card" value="secret-1">',
    '<input name="iban" data-leadscore-trait="iban" value="secret-1">',
    '<input name="company" data-leadscore-private value="secret-1">',
    '<div data-leadscore-private><input name="company" value="secret-1"></div>',
    '<fieldset data-leadscore-private><input type="email" value="secret-1"></fieldset>',
    '<input name="phone" value="4111 1111 1111 1111 secret-1">',
    '<input type="hidden" name="company" value="secret-1">',
    '<input type="file" name="company">',
]


@pytest.mark.parametrize("field", SECRETS)
def test_no_secret_of_a_form_leaves_or_is_kept(visit: Visit, collector: Collector, field: str) -> None:
    body = f"<form method='post' novalidate>{field}<input name='first_name' value='Ada'><button>Send</button></form>"
    page = visit(attributes="data-forms", body=body)
    page.click("button")
    (identified,) = collector.wait_for_calls(1, "identify")
    assert identified["traits"] == {"first_name": "Ada"}
    assert "secret-1" not in str(collector.requests) + str(page.evaluate("Object.entries(localStorage)"))


def test_card_numbers_in_the_address_are_masked(visit: Visit, collector: Collector) -> None:
    """Where a form with GET has put them."""
    visit("/thanks?cardNumber=1&cvc=123&note=4111+1111+1111+1111&order=4111111111111112&iban=NO93#/x?pan=4111-1111-1111-1111")
    (call,) = collector.wait_for_calls(1)
    assert call["context"]["page"]["url"].partition("?")[2] == (
        "cardNumber=[masked]&cvc=[masked]&note=[masked]&order=4111111111111112&iban=[masked]#/x?pan=[masked]"
    )

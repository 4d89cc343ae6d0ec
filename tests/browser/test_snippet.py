"""The snippet in a real browser, on a site of another origin."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.embedding import NOTHING_KEPT, Visit, collector, events, quiet, ready, site, stored_keys, visit
from tests.browser.far_end import SCRIPT, Collector, Site

__all__ = ["collector", "site", "visit"]


def test_it_is_at_most_5_kb_gzipped() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) <= 5 * 1024


def test_a_page_view_says_what_was_viewed_and_where_from(visit: Visit, site: Site, collector: Collector) -> None:
    visit("/pricing?utm_source=news&utm_campaign=spring&utm_medium=&q=1")
    (call,) = collector.wait_for_calls(1)
    described = {
        "title": "A page",
        "url": f"{site.url}/pricing?utm_source=news&utm_campaign=spring&utm_medium=&q=1",
        "path": "/pricing",
        "search": "?utm_source=news&utm_campaign=spring&utm_medium=&q=1",
        "referrer": "",
    }
    assert (call["type"], call["properties"], call["context"]["page"]) == ("page", described, described)
    assert call["context"]["campaign"] == {"source": "news", "name": "spring"}
    assert call["context"]["library"]["name"] == "leadscore.js"
    assert call["context"]["locale"] == "en-US"
    (request,) = collector.requests
    assert request["writeKey"] == "wk"
    assert request["sentAt"] >= call["timestamp"]


def test_requests_need_no_preflight_and_carry_no_cookies(visit: Visit, collector: Collector, context: BrowserContext) -> None:
    context.add_cookies([{"name": "session", "value": "1", "url": collector.url}])
    page = visit()
    collector.wait_for_calls(1)
    (attempt,) = collector.attempts
    assert (attempt["path"], attempt["Content-Type"], attempt.get("Cookie")) == ("/v1/batch", "text/plain;charset=UTF-8", None)
    assert collector.preflights == 0
    assert page.evaluate("document.cookie") == ""


def test_a_call_arrives_within_two_seconds(visit: Visit, collector: Collector) -> None:
    page = visit()
    collector.wait_for_calls(1)
    page.evaluate("leadscore.track('Signed Up', {plan: 'pro', seats: 3})")
    collector.wait_for(lambda: events(collector) == ["Signed Up"], seconds=2)
    assert collector.calls("track")[0]["properties"] == {"plan": "pro", "seats": 3}


def test_ten_calls_go_together_and_at_once(visit: Visit, collector: Collector) -> None:
    page = visit()
    collector.wait_for_calls(1)
    page.evaluate("for (let i = 0; i < 10; i++) leadscore.track('E' + i)")
    collector.wait_for_calls(11)
    assert [len(request["batch"]) for request in collector.requests] == [1, 10]
    assert events(collector) == [f"E{number}" for number in range(10)]


def test_commands_queued_before_it_loads_run_after_the_page_view(visit: Visit, collector: Collector) -> None:
    visit(early="window.leadscore = window.leadscore || []; leadscore.push(['track', 'Early', {a: 1}]); leadscore.push(['identify', 'u1'])")
    calls = collector.wait_for_calls(3)
    assert [call["type"] for call in calls] == ["page", "track", "identify"]
    assert [call.get("userId") for call in calls] == [None, None, "u1"]


def test_a_visitor_keeps_their_ids_until_reset(visit: Visit, collector: Collector) -> None:
    page = visit()
    page.evaluate("leadscore.identify('u1', {email: 'ada@example.org'})")
    collector.wait_for_calls(2)
    page = visit("/second")
    page.evaluate("leadscore.reset(); leadscore.track('After')")
    calls = collector.wait_for_calls(4)
    first, identified, second, after = calls
    assert identified["traits"] == {"email": "ada@example.org"}
    assert first["anonymousId"] == identified["anonymousId"] == second["anonymousId"] != after["anonymousId"]
    assert [call.get("userId") for call in calls] == [None, "u1", "u1", None]


def test_identify_takes_traits_alone_and_group_a_company(visit: Visit, collector: Collector) -> None:
    page = visit()
    page.evaluate("leadscore.identify({first_name: 'Ada'}); leadscore.group('acme', {name: 'Acme'})")
    _, identified, grouped = collector.wait_for_calls(3)
    assert (identified["traits"], identified.get("userId")) == ({"first_name": "Ada"}, None)
    assert (grouped["groupId"], grouped["traits"]) == ("acme", {"name": "Acme"})


def test_pages_of_a_single_page_application_are_viewed_once_each(visit: Visit, site: Site, collector: Collector) -> None:
    page = visit("/one")
    page.evaluate("history.replaceState({}, '', '/one'); history.pushState({}, '', '/two'); document.title = 'Two'")
    collector.wait_for_calls(2)
    page.evaluate("location.hash = '#place'")
    page.evaluate("location.hash = '#/route'")
    collector.wait_for_calls(3)
    page.go_back()
    collector.wait_for_calls(4)
    page.go_back()  # to /two without a place: the same page
    page.go_back()
    quiet(page, collector)
    viewed = [call["properties"] for call in collector.calls("page")]
    assert [view["url"].removeprefix(site.url) for view in viewed] == ["/one", "/two", "/two#/route", "/two#place", "/one"]
    assert (viewed[1]["title"], viewed[1]["referrer"]) == ("Two", f"{site.url}/one")


def test_page_views_can_be_left_to_the_site(visit: Visit, collector: Collector) -> None:
    page = visit(attributes='data-pages="manual"')
    page.evaluate("history.pushState({}, '', '/two'); leadscore.page('Tour', {step: 2})")
    quiet(page, collector)
    (call,) = collector.calls()
    assert (call["name"], call["properties"]["name"], call["properties"]["step"]) == ("Tour", "Tour", 2)
    assert call["properties"]["path"] == "/two"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_calls_that_the_server_could_not_take_are_sent_again(visit: Visit, collector: Collector, status: int) -> None:
    collector.status = status
    page = visit()
    page.evaluate("leadscore.track('Kept')")
    collector.wait_for(lambda: len(collector.attempts) >= 1)
    collector.status = 200
    assert [call["type"] for call in collector.wait_for_calls(2)] == ["page", "track"]
    page.wait_for_function(NOTHING_KEPT)


def test_calls_outlive_the_page_while_the_server_is_away(visit: Visit, collector: Collector, page: Page) -> None:
    collector.status = 503
    visit()
    page.evaluate("leadscore.track('Unheard')")
    collector.wait_for(lambda: len(collector.attempts) >= 1)
    page.goto("about:blank")
    collector.status = 200
    visit("/later")
    collector.wait_for_calls(3)
    assert [call["context"]["page"]["path"] for call in collector.calls()] == ["/", "/", "/later"]


def test_calls_that_the_server_refuses_for_good_are_let_go(visit: Visit, collector: Collector) -> None:
    collector.status = 401
    page = visit()
    page.wait_for_function(NOTHING_KEPT)
    quiet(page, collector)
    assert len(collector.attempts) == 1


def test_calls_of_the_last_moment_leave_by_beacon(visit: Visit, collector: Collector) -> None:
    page = visit()
    collector.wait_for_calls(1)
    page.evaluate("leadscore.track('Leaving'); location.href = 'about:blank'")
    collector.wait_for(lambda: events(collector) == ["Leaving"], seconds=2)
    assert collector.attempts[-1]["Content-Type"] == "text/plain;charset=UTF-8"


def test_two_tabs_do_not_lose_each_other_s_calls(visit: Visit, collector: Collector, context: BrowserContext, site: Site) -> None:
    collector.status = 503
    one = visit()
    two = context.new_page()
    two.goto(site.url + "/two")
    ready(two)
    one.evaluate("leadscore.track('One')")
    two.evaluate("leadscore.track('Two')")
    collector.wait_for(lambda: len(collector.attempts) >= 2)
    collector.status = 200
    collector.wait_for_calls(4)
    assert sorted(events(collector)) == ["One", "Two"]


def test_it_works_where_storage_is_blocked(visit: Visit, collector: Collector, page: Page) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('blocked', 'SecurityError') }})")
    visit()
    page.evaluate("leadscore.identify('u1'); leadscore.track('Signed Up')")
    calls = collector.wait_for_calls(3)
    assert len({call["anonymousId"] for call in calls}) == 1
    assert [call.get("userId") for call in calls] == [None, "u1", "u1"]


def test_a_page_survives_a_wrong_command(visit: Visit, collector: Collector) -> None:
    page = visit(early="window.leadscore = [['nonsense'], ['track', 'Fine']]")
    page.evaluate("const loop = {}; loop.loop = loop; leadscore.track('Loop', loop); leadscore.track('Big', {a: 'x'.repeat(40000)})")
    page.evaluate("leadscore.track('Still')")
    collector.wait_for(lambda: events(collector) == ["Fine", "Still"])


# Consent


def test_denied_means_no_request_and_no_storage(visit: Visit, collector: Collector) -> None:
    page = visit(early="window.leadscore = [['track', 'Early'], ['consent', 'denied']]", attributes="data-forms")
    page.evaluate("leadscore.identify('u1'); leadscore.track('Later'); leadscore.page(); leadscore.anonymousId()")
    quiet(page, collector)
    assert (collector.attempts, stored_keys(page)) == ([], [])


def test_denying_later_forgets_what_was_stored_and_waits(visit: Visit, collector: Collector) -> None:
    collector.status = 503
    page = visit()
    page.evaluate("leadscore.identify('u1')")
    collector.wait_for(lambda: len(collector.attempts) >= 1)
    page.evaluate("localStorage.setItem('own', '1'); leadscore.consent('denied')")
    collector.status = 200
    quiet(page, collector)
    page.goto("about:blank")
    assert collector.calls() == []
    assert stored_keys(visit(early="window.leadscore = [['consent', 'denied']]")) == ["own"]


def test_where_consent_is_required_nothing_leaves_or_is_stored_before_it(visit: Visit, collector: Collector) -> None:
    page = visit("/landing?utm_source=ad", attributes='data-consent="required"')
    page.evaluate("leadscore.track('Looked')")
    quiet(page, collector)
    assert (collector.attempts, stored_keys(page)) == ([], [])
    page.evaluate("leadscore.consent('granted')")
    first, looked = collector.wait_for_calls(2)
    assert (first["context"]["campaign"], looked["event"]) == ({"source": "ad"}, "Looked")
    visit("/next", attributes='data-consent="required"')
    assert collector.wait_for_calls(3)[2]["anonymousId"] == first["anonymousId"]


def test_consent_after_a_denial_counts_from_the_page_looked_at(visit: Visit, collector: Collector) -> None:
    page = visit("/here", early="window.leadscore = [['consent', 'denied']]")
    page.evaluate("leadscore.consent('granted'); leadscore.consent('granted')")
    quiet(page, collector)
    assert [call["properties"]["path"] for call in collector.calls()] == ["/here"]


def test_global_privacy_control_is_honoured(visit: Visit, collector: Collector, page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    visit()
    page.evaluate("leadscore.track('Signed Up'); leadscore.consent('granted'); leadscore.track('Again')")
    quiet(page, collector)
    assert (collector.attempts, stored_keys(page)) == ([], [])


# Forms and links

FORM = """<form id="demo" name="Demo request" method="post" action="/thanks">
  <input name="email" value="Ada@Example.org"><input name="first_name" value="Ada"><input autocomplete="family-name" name="x" value="Byron">
  <input name="company" value="Acme"><input data-leadscore-trait="team_size" name="t" value="12"><input name="other" value="not read">
  <input type="password" name="email2" data-leadscore-trait="secret" value="hunter2"><input autocomplete="cc-number" name="name" value="4111">
  <input name="phone" value="4111 1111 1111 1111"><input name="job_title" value="CTO" data-leadscore-private>
  <input type="hidden" name="full_name" value="hidden"><input type="checkbox" data-leadscore-trait="wants_demo" value="yes">
  <input type="checkbox" data-leadscore-trait="newsletter" value="yes" checked><button>Send</button></form>"""


def test_a_form_tells_who_the_visitor_is_and_no_secrets(visit: Visit, collector: Collector) -> None:
    page = visit("/contact", attributes="data-forms", body=FORM)
    page.click("button")
    collector.wait_for(lambda: events(collector) == ["Form Submitted"])
    (identified,) = collector.calls("identify")
    assert identified["traits"] == {
        "email": "Ada@Example.org", "first_name": "Ada", "last_name": "Byron", "company": "Acme", "team_size": "12", "newsletter": "yes",
    }  # fmt: skip
    (submitted,) = collector.calls("track")
    assert submitted["properties"] == {"form": "Demo request", "form_name": "Demo request", "form_id": "demo"}
    assert submitted["context"]["page"]["path"] == "/contact"
    assert "hunter2" not in json.dumps(collector.requests)


def test_forms_are_left_alone_unless_asked_for_and_where_private(visit: Visit, collector: Collector) -> None:
    for attributes, body in [("", FORM), ("data-forms", f"<div data-leadscore-private>{FORM}</div>")]:
        page = visit(attributes=attributes, body=body)
        with page.expect_navigation():
            page.click("button")
    quiet(page, collector)
    assert {call["type"] for call in collector.calls()} == {"page"}


LINKS = """<a id="file" href="/files/guide.pdf">Guide</a> <a id="out" href="http://127.0.0.1:1/away"> Away </a>
<a id="in" href="/inside">Inside</a> <a id="mail" href="mailto:a@b.org">Mail</a>
<script>addEventListener("click", (event) => event.preventDefault())</script>"""


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("data-downloads data-outbound", ["File Downloaded", "Outbound Link Clicked"]),
        ("data-downloads", ["File Downloaded"]),
        ("data-outbound", ["Outbound Link Clicked"]),
        ("", []),
    ],
)
def test_downloads_and_outbound_links_are_told_where_asked_for(
    visit: Visit, collector: Collector, site: Site, attributes: str, expected: list[str]
) -> None:
    page = visit(attributes=attributes, body=LINKS)
    for link in ("file", "out", "in", "mail"):
        page.click(f"#{link}")
    quiet(page, collector)
    assert events(collector) == expected
    properties: dict[str, Any] = {call["event"]: call["properties"] for call in collector.calls("track")}
    if "File Downloaded" in properties:
        assert properties["File Downloaded"] == {"url": f"{site.url}/files/guide.pdf", "text": "Guide", "file": "guide.pdf"}
    if "Outbound Link Clicked" in properties:
        assert properties["Outbound Link Clicked"] == {"url": "http://127.0.0.1:1/away", "text": "Away"}

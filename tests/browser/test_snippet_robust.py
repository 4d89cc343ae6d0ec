"""The snippet in a real browser where things are amiss: wrong tags, other tabs, unwilling servers, secrets on the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.embedding import NOTHING_KEPT, Visit, collector, events, quiet, site, visit
from tests.browser.far_end import SCRIPT, Collector, Site

__all__ = ["collector", "site", "visit"]


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page threw and nobody caught."""
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    return thrown


# Wrong tags and events


@pytest.mark.parametrize(
    "head",
    [
        '<script src="{url}/js/leadscore.js"></script>',
        '<script src="{url}/js/leadscore.js" data-write-key=""></script>',
        '<script type="module" src="{url}/js/leadscore.js"></script>',
        '<script data-write-key="wk">{code}</script>',
    ],
    ids=["no key", "empty key", "no tag to be found", "inline"],
)
def test_a_tag_that_says_too_little_gives_one_warning_and_nothing_else(
    page: Page, site: Site, collector: Collector, errors: list[str], head: str
) -> None:
    said: list[tuple[str, str]] = []
    page.on("console", lambda message: said.append((message.type, message.text)))
    site.head = head.replace("{url}", collector.url).replace("{code}", SCRIPT.read_text()) + '<link rel="icon" href="data:,">'
    page.goto(site.url)
    quiet(page, collector)
    assert (errors, [kind for kind, text in said if "leadscore" in text]) == ([], ["warning"])
    assert (collector.attempts, page.evaluate("Object.keys(localStorage)")) == ([], [])


def test_events_commands_and_kept_calls_that_make_no_sense_are_survived(
    visit: Visit, page: Page, site: Site, collector: Collector, errors: list[str]
) -> None:
    page.goto(site.url)
    page.evaluate("localStorage.setItem('leadscore.call.wk.x', 'null'); localStorage.setItem('leadscore.call.x', 'null')")
    visit(early="window.leadscore = [null, 7, ['track', 'Early']]", attributes="data-forms data-outbound data-downloads")
    page.evaluate("for (const target of [window, document]) for (const kind of ['submit', 'click']) target.dispatchEvent(new Event(kind))")
    page.evaluate("leadscore.push(null); leadscore.track('Fine')")
    collector.wait_for(lambda: events(collector) == ["Early", "Fine"])
    assert errors == []


# Other tabs


def test_denying_in_one_tab_stops_the_others(visit: Visit, context: BrowserContext, collector: Collector) -> None:
    one, two = visit(), visit("/two", tab=context.new_page())
    collector.wait_for_calls(2)
    one.evaluate("leadscore.consent('denied')")
    quiet(two, collector)
    two.evaluate("leadscore.identify('u1'); leadscore.track('Later')")
    quiet(two, collector)
    assert len(collector.calls()) == 2
    assert two.evaluate("Object.keys(localStorage)") == []


def test_a_reset_in_one_tab_holds_in_the_others(visit: Visit, context: BrowserContext, collector: Collector) -> None:
    one, two = visit(), visit("/two", tab=context.new_page())
    two.evaluate("leadscore.identify('u1')")
    collector.wait_for_calls(3)
    one.evaluate("leadscore.reset()")
    two.evaluate("leadscore.track('After')")
    one.evaluate("leadscore.track('Also after')")
    collector.wait_for_calls(5)
    identified, (after, also) = collector.calls("identify")[0], collector.calls("track")
    assert (after.get("userId"), after["anonymousId"]) == (None, also["anonymousId"])
    assert after["anonymousId"] != identified["anonymousId"]


# Unwilling servers


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_not_tried_again_on_the_page(visit: Visit, collector: Collector, status: int) -> None:
    collector.status = status
    page = visit()
    collector.wait_for(lambda: len(collector.attempts) == 1)
    quiet(page, collector)
    page.evaluate("for (let i = 0; i < 12; i++) leadscore.track('Later')")
    quiet(page, collector)
    page.evaluate("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('online'))")
    quiet(page, collector)
    assert len(collector.attempts) == 1
    assert [key for key in page.evaluate("Object.keys(localStorage)") if ".call." in key] == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_is_spared_as_long_as_it_asks(visit: Visit, collector: Collector, status: int) -> None:
    collector.status, collector.retry_after = status, "3"
    page = visit()
    collector.wait_for(lambda: len(collector.attempts) == 1)
    collector.status = 200
    page.evaluate("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('online'))")
    collector.wait_for_calls(1)
    first, second = collector.times
    assert second - first >= 3


def test_a_call_that_spoils_its_batch_is_dropped_alone(visit: Visit, collector: Collector) -> None:
    page = visit()
    collector.wait_for_calls(1)
    collector.unreadable = "E3"
    page.evaluate("for (let i = 0; i < 10; i++) leadscore.track('E' + i)")
    expected = [f"E{number}" for number in range(10) if number != 3]
    collector.wait_for(lambda: sorted(events(collector)) == expected, seconds=12)
    page.wait_for_function(NOTHING_KEPT)


def test_calls_left_under_one_key_are_not_sent_under_another(visit: Visit, collector: Collector) -> None:
    collector.status = 503
    visit(key="one")
    collector.wait_for(lambda: len(collector.attempts) >= 1)
    visit("/none", key="two", early="window.leadscore = [['track', 'Of two']]")
    collector.status = 200
    collector.wait_for(lambda: events(collector) == ["Of two"])
    visit("/later", key="one")
    collector.wait_for_calls(4)
    paths = {
        key: sorted({call["context"]["page"]["path"] for request in collector.requests if request["writeKey"] == key for call in request["batch"]})
        for key in ("one", "two")
    }
    assert paths == {"one": ["/", "/later"], "two": ["/none"]}


# Secrets


def test_addresses_and_secrets_in_a_url_are_masked(visit: Visit, site: Site, collector: Collector) -> None:
    visit("/in?q=ada%40example.org&utm_term=ada@example.org&resetToken=t0p&keyword=crm&next=%2Fx%3Fpwd%3Dt0p&utm_source=news#access_token=t0p")
    (call,) = collector.wait_for_calls(1)
    page = call["context"]["page"]
    search = "?q=[masked]&utm_term=[masked]&resetToken=[masked]&keyword=crm&next=[masked]&utm_source=news"
    assert (page["search"], page["url"]) == (search, f"{site.url}/in{search}#access_token=[masked]")
    assert call["context"]["campaign"] == {"term": "[masked]", "source": "news"}


def test_referrers_and_links_are_masked_as_well(visit: Visit, site: Site, page: Page, collector: Collector) -> None:
    link = '<a href="http://127.0.0.1:1/away?code=t0p&a=1" onclick="event.preventDefault()">Away</a>'
    site.body = '<a id="on" href="/next?a=1">On</a>'
    page.goto(site.url + "/from?email=nobody&b=2")
    visit_from = f'<script async src="{collector.url}/js/leadscore.js" data-write-key="wk" data-outbound></script>'
    site.head, site.body = visit_from, link
    page.click("#on")
    collector.wait_for_calls(1)
    page.click("a")
    collector.wait_for(lambda: events(collector) == ["Outbound Link Clicked"])
    assert collector.calls("page")[0]["properties"]["referrer"] == f"{site.url}/from?email=[masked]&b=2"
    assert collector.calls("track")[0]["properties"]["url"] == "http://127.0.0.1:1/away?code=[masked]&a=1"


def test_a_card_number_inside_a_text_keeps_the_field_from_being_read(visit: Visit, collector: Collector) -> None:
    fields = {"one": "my card is 4111-1111-1111-1111, thanks", "two": "order 12 4111 1111 1111 1111", "three": "call 4111 1111 1111 1112 or so"}
    inputs = "".join(f'<input data-leadscore-trait="{name}" value="{value}">' for name, value in fields.items())
    page = visit(attributes="data-forms", body=f"<form>{inputs}<button>Send</button></form>")
    page.click("button")
    (identified,) = collector.wait_for_calls(1, "identify")
    assert identified["traits"] == {"three": fields["three"]}


def test_fields_outside_their_form_are_read_with_it(visit: Visit, collector: Collector) -> None:
    body = '<form id="f"><input name="company" value="Acme"><button>Send</button></form><input form="f" type="email" value="ada@example.org">'
    page = visit(attributes="data-forms", body=body + '<input name="phone" value="1">')
    page.click("button")
    (identified,) = collector.wait_for_calls(1, "identify")
    assert identified["traits"] == {"company": "Acme", "email": "ada@example.org"}


SHADOW = """<div id="host"></div><script>
host.attachShadow({mode: "open"}).innerHTML = '<a href="http://127.0.0.1:1/away"><b>Away</b></a>';
for (const kind of ["click", "auxclick"]) addEventListener(kind, (event) => event.preventDefault());
</script>"""


@pytest.mark.parametrize("button", ["left", "middle"])
def test_links_in_a_shadow_tree_are_seen_whichever_button_opens_them(visit: Visit, collector: Collector, button: Any) -> None:
    page = visit(attributes="data-outbound", body=SHADOW)
    page.click("#host b", button=button)
    collector.wait_for(lambda: events(collector) == ["Outbound Link Clicked"])
    assert json.dumps(collector.calls("track")[0]["properties"]) == '{"url": "http://127.0.0.1:1/away", "text": "Away"}'

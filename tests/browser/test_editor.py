"""The editor in a real browser: a type is built, published and watched; nobody's typing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Job, User, Workspace
from accounts.scope import workspace_scope
from contacts import cataloguing
from scoring import drafts, publishing
from scoring.models import ScoringType
from tests.scoring.conftest import DOCUMENT, accept, publish
from tests.scoring.documents import document, rule, stage
from tracking.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, workspace: Workspace, alice: User) -> Iterator[Open]:
    """Opens a path of Acme's scoring types as Alice. Anything the browser complains about fails the test."""
    complaints: list[str] = []
    client = Client()
    client.force_login(alice)

    def open_page(path: str = "", **options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/w/acme/scoring/{path}")
        return page

    yield open_page
    for context in browser.contexts:
        for page in context.pages:
            page.wait_for_load_state("networkidle")  # what is still being answered would be in the way of emptying the tables
        context.close()
    assert complaints == []


def is_complaint(message: ConsoleMessage) -> bool:
    """A refused form is an answer with status 422, which the browser logs; that is no fault."""
    return message.type in ("error", "warning") and "422" not in message.text


def make(workspace: Workspace, alice: User, **changes: Any) -> None:
    with workspace_scope(workspace.id):
        drafts.create(workspace, document(**changes), by=alice)


def draft(workspace: Workspace) -> dict[str, Any]:
    with workspace_scope(workspace.id):
        stored: dict[str, Any] = ScoringType.objects.get(workspace=workspace, key="new-leads").draft
    return stored


def work(workspace: Workspace) -> None:
    """What a worker does with the open publishing job."""
    with workspace_scope(workspace.id):
        job = Job.objects.get(workspace=workspace, state="queued")
    while publishing.advance(workspace.id, job.id):
        pass


def test_a_type_is_built_published_and_watched(open_page: Open, workspace: Workspace, now: Any) -> None:
    accept(workspace, [{"type": "track", "userId": "u1", "event": "Demo Requested", "properties": {"plan": "pro", "seats": 7}}], now)
    drain(workspace.id)
    cataloguing.read_on()  # sees how far activities go
    cataloguing.read_on()  # and counts them, as beat has it done every ten seconds
    page = open_page()
    page.get_by_label("Name").fill("New leads")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("No rules yet")).to_be_visible()

    page.get_by_role("link", name="Activity rule").click()
    form = page.locator("#rule-new-form")
    expect(form.locator("datalist option[value='Demo Requested']")).to_have_count(1)
    form.get_by_label("When a contact does").fill("Demo Requested")
    form.get_by_role("button", name="Condition").click()
    expect(form.get_by_label("Field")).to_be_focused()
    expect(form.locator("datalist option[value='properties.seats']")).to_have_count(1)
    form.get_by_label("Field").fill("properties.seats")
    form.get_by_label("Comparison").select_option("between")
    form.get_by_label("Lowest").fill("5")
    form.get_by_label("Highest").fill("20")
    form.get_by_role("button", name="Group").click()
    expect(form.get_by_label("Field")).to_have_count(3)
    form.get_by_label("Field").nth(1).fill("properties.plan")
    form.get_by_label("Value", exact=True).nth(0).fill("pro")
    form.get_by_role("button", name="Remove this condition").nth(2).click()
    expect(form.get_by_label("Field")).to_have_count(2)
    form.get_by_label("give").fill("50")
    form.get_by_role("button", name="Save rule").last.click()

    expect(page.locator(".rule-line")).to_have_text("for Demo Requested where the seats is between 5 and 20 and the plan contains pro")
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Note").fill("The first")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 1 is being computed")).to_be_visible()
    work(workspace)
    expect(page.get_by_text("Nobody was told about stages")).to_be_visible()
    expect(page.locator("#state")).to_have_text("Version 1 is live")
    expect(page.locator("#stage-hot")).to_contain_text("1 now")


def test_what_is_typed_elsewhere_survives_a_save_and_can_be_saved_after_it(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/")
    page.locator("#threshold-hot").fill("55")
    expect(page.locator("#stages .unsaved")).to_be_visible()
    page.locator("#rule-r .rule-line").click()
    expect(page.locator("#rule-r-activity")).to_be_focused()  # once the form stands; before, what is typed goes there
    page.locator("#rule-r-points").fill("8")
    page.locator("#rule-r-form").get_by_role("button", name="Save rule").last.click()
    expect(page.locator("#rule-r .pt")).to_have_text("+8")
    expect(page.locator("#threshold-hot")).to_have_value("55")
    page.get_by_role("button", name="Save stages").click()
    expect(page.get_by_text("Stages saved.")).to_be_visible()
    expect(page.locator("#stages .unsaved")).to_be_hidden()
    assert (draft(workspace)["stages"][0]["threshold"], draft(workspace)["rules"][0]["points"]) == (55, 8)


def slow_down(page: Page) -> None:
    """Lets every answer take 800 ms."""
    network = page.context.new_cdp_session(page)
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": 800, "downloadThroughput": -1, "uploadThroughput": -1})


def test_what_is_typed_while_the_form_is_drawn_anew_stays(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(conditions={"field": "properties.plan", "op": "is", "value": "pro"})])
    page = open_page("new-leads/rules/r/")
    slow_down(page)
    form = page.locator("#rule-r-form")
    form.get_by_label("Comparison").select_option("contains")
    form.get_by_label("Value", exact=True).fill("enterprise")
    form.get_by_label("How often").select_option("reach")
    expect(page.locator("#rule-r-form[data-changed] option[value=contains][selected]")).to_have_count(1)
    expect(form.get_by_label("Value", exact=True)).to_have_value("enterprise")
    expect(form.get_by_label("How often")).to_have_value("reach")


def test_a_rule_saved_while_its_form_is_drawn_anew_is_stored_and_said_to_be(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(conditions={"field": "properties.plan", "op": "is", "value": "pro"})])
    page = open_page("new-leads/rules/r/")
    slow_down(page)
    form = page.locator("#rule-r-form")
    form.get_by_label("Comparison").select_option("contains")
    form.get_by_role("button", name="Save rule").last.click()
    expect(page.get_by_text("Rule saved.")).to_be_visible()
    expect(page.locator("#rule-r .rule-line")).to_have_text("for viewing a page where the plan contains pro")
    assert draft(workspace)["rules"][0]["conditions"] == {"all": [{"field": "properties.plan", "op": "contains", "value": "pro"}]}


def test_presses_that_overtake_the_answers_are_done_in_their_order(open_page: Open, workspace: Workspace, alice: User) -> None:
    plans = [{"field": "properties.plan", "op": "is", "value": value} for value in ("pro", "team")]
    make(workspace, alice, rules=[rule(conditions={"any": plans})])
    page = open_page("new-leads/rules/r/")
    slow_down(page)
    form = page.locator("#rule-r-form")
    form.get_by_role("button", name="Remove this condition").first.click()
    form.get_by_role("button", name="Save rule").last.click()
    expect(page.get_by_text("Rule saved.")).to_be_visible()
    assert draft(workspace)["rules"][0]["conditions"] == {"any": plans[1:]}
    page.locator("#rule-r .rule-line").click()
    form.get_by_role("button", name="Condition", exact=True).click()
    form.get_by_role("button", name="Condition", exact=True).click()
    form.get_by_label("Comparison").first.select_option("contains")
    expect(form.get_by_label("Field")).to_have_count(3)
    expect(form.locator("option[value=contains][selected]")).to_have_count(3)


def test_two_forms_saved_at_once_are_both_stored(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(), rule(key="s", name="S")], stages=[stage()])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-s .rule-line").click()
    expect(page.locator("#rule-s-activity")).to_be_focused()  # once the form stands; before, what is typed goes there
    page.locator("#rule-s-points").fill("9")
    page.locator("#rule-r-points").fill("8")
    page.locator("#threshold-hot").fill("55")
    slow_down(page)
    page.locator("#rule-r-form").get_by_role("button", name="Save rule").last.click()
    page.get_by_role("button", name="Save stages").click()
    page.locator("#rule-s-form").get_by_role("button", name="Save rule").last.click()
    expect(page.locator("#rule-s .pt")).to_have_text("+9")
    assert ([one["points"] for one in draft(workspace)["rules"]], draft(workspace)["stages"][0]["threshold"]) == ([8, 9], 55)


def test_a_rule_being_written_stays_open_when_another_is_saved(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(), rule(key="s", name="S")])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-s .rule-line").click()
    expect(page.locator("#rule-s-activity")).to_be_focused()  # once the form stands; before, what is typed goes there
    page.locator("#rule-s-points").fill("9")
    page.get_by_role("link", name="Activity rule").click()
    page.locator("#rule-new-form").get_by_label("When a contact does").fill("Demo Requested")
    page.locator("#rule-r-points").fill("8")
    page.locator("#rule-r-form").get_by_role("button", name="Save rule").last.click()
    expect(page.locator("#rule-r .pt")).to_have_text("+8")
    expect(page.locator("#rule-s-points")).to_have_value("9")
    page.locator("#rule-s-form").get_by_role("button", name="Save rule").last.click()
    expect(page.locator("#rule-s .pt")).to_have_text("+9")
    expect(page.locator("#rule-new-form").get_by_label("When a contact does")).to_have_value("Demo Requested")
    assert [one["points"] for one in draft(workspace)["rules"]] == [8, 9]


def test_two_people_at_one_draft_lose_nothing(open_page: Open, workspace: Workspace, alice: User, bob: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-r-points").fill("9")
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(rules=[rule()], stages=[stage(threshold=60)]), by=bob)
    page.locator("#rule-r-form").get_by_role("button", name="Save rule").last.click()
    expect(page.get_by_text("Your rule was not stored, and is here as you wrote it")).to_be_visible()
    expect(page.locator("#rule-r-points")).to_have_value("9")
    page.locator("#rule-r-form").get_by_role("button", name="Save rule").last.click()
    expect(page.locator("#rule-r .pt")).to_have_text("+9")
    assert (draft(workspace)["stages"][0]["threshold"], draft(workspace)["rules"][0]["points"]) == (60, 9)


def test_deleting_a_rule_asks_first(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(), rule(key="s", name="S")])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-r-form > .card-footer > button", has_text="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    assert len(draft(workspace)["rules"]) == 2
    page.locator("#rule-r-form > .card-footer > button", has_text="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".rule-slot")).to_have_count(1)
    assert [one["key"] for one in draft(workspace)["rules"]] == ["s"]


def test_it_works_without_scripts(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/", java_script_enabled=False)
    page.locator("#rule-r .rule-line").click()
    form = page.locator("#rule-r-form")
    form.get_by_role("button", name="Condition").click()
    form.get_by_label("Field").fill("properties.plan")
    form.get_by_label("Comparison").select_option("in")
    form.get_by_label("Value", exact=True).fill("pro")
    form.get_by_role("button", name="Save rule").last.click()
    expect(page.locator("#rule-r .rule-line")).to_have_text("for viewing a page where the plan is pro")
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is being computed")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "new-leads/", "new-leads/rules/pricing/", "new-leads/versions/", "new-leads/versions/1/", "new-leads/publish/"])
def test_no_page_is_wider_than_a_phone(open_page: Open, workspace: Workspace, path: str, scheme: str) -> None:
    publish(workspace, DOCUMENT)
    page = open_page(path, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    expect(page.locator("main")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390

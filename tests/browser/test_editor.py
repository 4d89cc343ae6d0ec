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
from scoring import drafts, previewing, publishing
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
    """A refused form is an answer with status 422 or 409, which the browser logs; that is no fault."""
    return message.type in ("error", "warning") and not {"422", "409"} & set(message.text.split())


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
    for _ in range(2):  # up to where all is there; then what is there
        cataloguing.read_on()
    page = open_page()
    page.get_by_label("Name").fill("New leads")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Points for what contacts do")).to_be_visible()

    page.get_by_role("link", name="New rule: What people did").click()
    form = page.locator("#rule-new-form")
    expect(form.locator("datalist option[value='Demo Requested']")).to_have_count(1)
    form.get_by_label("When a contact does").fill("Demo Requested")
    form.get_by_role("button", name="Condition").click()
    expect(form.get_by_label("Field")).to_be_focused()
    expect(form.locator("datalist option[value='Seats']")).to_have_count(1)
    form.get_by_label("Field").fill("Seats")
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
    form.get_by_role("button", name="Add rule").click()

    expect(page.locator(".rule-line")).to_have_text("for Demo Requested where the seats is between 5 and 20 and the plan contains pro")
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Note").fill("The first")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 1 is being computed")).to_be_visible()
    work(workspace)
    expect(page.get_by_text("Nobody was told about stages")).to_be_visible()
    expect(page.locator("#state")).to_have_text("Version 1 is live")
    expect(page.locator("#stage-hot")).to_contain_text("1 now")


def slow_down(page: Page) -> None:
    """Lets every answer take 800 ms."""
    network = page.context.new_cdp_session(page)
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": 800, "downloadThroughput": -1, "uploadThroughput": -1})


def points_and_threshold(workspace: Workspace) -> tuple[int, int]:
    return draft(workspace)["rules"][0]["points"], draft(workspace)["stages"][0]["threshold"]


def test_what_is_changed_is_saved_as_one_goes(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/")
    page.locator("#threshold-hot").fill("55")
    expect(page.get_by_text("not saved yet")).to_be_visible()
    page.locator("#rule-r .rule-line").click()
    expect(page.locator(".saved")).to_contain_text("Saved")
    page.locator("#rule-r-points").fill("8")
    page.keyboard.press("Tab")
    expect(page.locator("#rule-r .pt")).to_have_text("+8")
    expect(page.locator("#rule-r-points")).to_have_value("8")
    page.locator("#type-name").fill("Newcomers")
    page.keyboard.press("Tab")
    expect(page.locator("#type-name")).to_have_value("Newcomers")
    expect(page.get_by_text("not saved yet")).to_be_hidden()
    assert points_and_threshold(workspace) == (8, 55)
    page.reload()
    expect(page.locator("#threshold-hot")).to_have_value("55")


def test_a_form_that_opens_takes_the_focus_once(open_page: Open, workspace: Workspace, alice: User) -> None:
    """Whoever goes on to another field at once types there, however slow the machine."""
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/")
    page.evaluate("""document.addEventListener("htmx:afterSwap", function first() {
        const field = document.getElementById("rule-r-points");
        if (!field) return;
        document.removeEventListener("htmx:afterSwap", first);
        queueMicrotask(() => field.focus());
    })""")
    page.locator("#rule-r .rule-line").click()
    expect(page.locator("#rule-r-points")).to_be_focused()
    page.wait_for_timeout(100)
    expect(page.locator("#rule-r-points")).to_be_focused()


def test_what_is_typed_while_it_is_saved_stays_and_is_saved_too(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage(key="cold", threshold=10), stage()])
    page = open_page("new-leads/")
    slow_down(page)
    page.locator("#threshold-hot").fill("55")
    page.keyboard.press("Tab")
    page.locator("#more-hot summary").click()
    page.wait_for_timeout(600)
    page.locator("#threshold-cold").fill("12")
    page.locator("#name-hot").press("End")
    page.keyboard.type(" leads", delay=250)
    expect(page.locator("#name-hot")).to_have_value("Hot leads")
    expect(page.locator("#name-hot")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_text("not saved yet")).to_be_hidden()
    assert [(one["name"], one["threshold"]) for one in draft(workspace)["stages"]] == [("Hot", 12), ("Hot leads", 55)]


def test_what_is_wrong_is_saved_and_marked(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-r-points").fill("5o")
    page.keyboard.press("Tab")
    expect(page.locator("#rule-r-points[aria-invalid=true]")).to_have_value("5o")
    expect(page.get_by_text("1 thing to mend")).to_be_visible()
    page.locator("#rule-r-points").fill("50")
    page.keyboard.press("Tab")
    expect(page.get_by_text("1 thing to mend")).to_be_hidden()
    assert draft(workspace)["rules"][0]["points"] == 50


def test_a_new_stage_waits_for_its_button(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, stages=[stage()])
    page = open_page("new-leads/")
    page.locator("#stages").get_by_role("button", name="Stage", exact=True).click()
    page.locator("#new-stage-name").fill("Warm")
    page.locator("#threshold-hot").fill("55")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    expect(page.locator("#new-stage-name")).to_have_value("Warm")
    page.locator("#new-stage-from").fill("20")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.locator("#stage-warm")).to_be_visible()
    assert [(one["key"], one["threshold"]) for one in draft(workspace)["stages"]] == [("warm", 20), ("hot", 55)]


def test_closing_a_rule_or_leaving_the_page_waits_until_all_is_saved(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-r-points").fill("8")
    page.get_by_role("link", name="Close R").click()
    expect(page.locator("#rule-r .rule-line")).to_be_visible()
    expect(page.locator("#rule-r .pt")).to_have_text("+8")
    page.locator("#threshold-hot").fill("55")
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_text("No versions yet")).to_be_visible()
    assert points_and_threshold(workspace) == (8, 55)


def test_edits_are_undone_and_done_again_by_key_and_by_button(open_page: Open, workspace: Workspace, alice: User, bob: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(rules=[rule()], stages=[stage(threshold=60)]), by=bob)
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-r-points").fill("8")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: “R”: 8 points instead of 5 points (by Alice Archer).")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Undone: “Hot”: from 60 instead of 40 (by Bob Baker).")).to_be_visible()
    assert points_and_threshold(workspace) == (5, 40)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.reload()
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#threshold-hot")).to_have_value("60")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#rule-r .pt")).to_have_text("+8")
    assert points_and_threshold(workspace) == (8, 60)


def test_a_field_keeps_its_own_undo(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, stages=[stage()])
    page = open_page("new-leads/")
    page.locator("#threshold-hot").fill("55")
    page.locator("#threshold-hot").press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.locator("#threshold-hot").press("Control+z")
    page.wait_for_timeout(300)
    assert draft(workspace)["stages"][0]["threshold"] == 55


def test_what_is_typed_while_the_form_is_drawn_anew_stays(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(conditions={"field": "properties.plan", "op": "is", "value": "pro"})])
    page = open_page("new-leads/rules/r/")
    slow_down(page)
    form = page.locator("#rule-r-form")
    form.get_by_label("Comparison").select_option("contains")
    page.wait_for_timeout(600)
    form.get_by_label("Value", exact=True).fill("enterprise")
    form.get_by_label("How often").select_option("reach")
    expect(page.locator("#rule-r .rule > span").nth(1)).to_contain_text("contains enterprise, once, when it is there")
    expect(form.get_by_label("How often")).to_have_value("reach")


def test_presses_that_overtake_the_answers_are_done_in_their_order(open_page: Open, workspace: Workspace, alice: User) -> None:
    plans = [{"field": "properties.plan", "op": "is", "value": value} for value in ("pro", "team")]
    make(workspace, alice, rules=[rule(conditions={"any": plans})])
    page = open_page("new-leads/rules/r/")
    slow_down(page)
    form = page.locator("#rule-r-form")
    form.get_by_role("button", name="Remove this condition").first.click()
    expect(form.get_by_label("Field")).to_have_count(1)
    assert draft(workspace)["rules"][0]["conditions"] == {"any": plans[1:]}
    form.get_by_role("button", name="Condition", exact=True).click()
    form.get_by_role("button", name="Condition", exact=True).click()
    expect(form.get_by_label("Field")).to_have_count(3)
    assert draft(workspace)["rules"][0]["conditions"] == {"any": plans[1:]}


def test_two_forms_changed_at_once_are_both_stored(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(), rule(key="s", name="S")], stages=[stage()])
    page = open_page("new-leads/rules/r/")
    page.locator("#rule-s .rule-line").click()
    expect(page.locator("#rule-s-activity")).to_be_focused()  # once the form stands; before, what is typed goes there
    slow_down(page)
    page.locator("#rule-s-points").fill("9")
    page.locator("#rule-r-points").fill("8")
    page.locator("#threshold-hot").fill("55")
    page.keyboard.press("Tab")
    expect(page.locator("#rule-s .pt")).to_have_text("+9")
    expect(page.locator("#rule-r .pt")).to_have_text("+8")
    expect(page.get_by_text("not saved yet")).to_be_hidden()
    assert ([one["points"] for one in draft(workspace)["rules"]], draft(workspace)["stages"][0]["threshold"]) == ([8, 9], 55)


def test_a_rule_being_written_stays_open_when_another_moves(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, rules=[rule(), rule(key="s", name="S")])
    page = open_page("new-leads/rules/s/")
    page.get_by_role("link", name="New rule: What people did").click()
    page.locator("#rule-new-form").get_by_label("When a contact does").fill("Demo Requested")
    page.locator("#rule-s-points").fill("9")
    page.locator("#rule-s-form").get_by_role("button", name="Move up").click()
    expect(page.get_by_text("Rule moved up.")).to_be_visible()
    expect(page.locator(".rule-slot .pt")).to_have_text(["+9", "+5"])
    expect(page.locator("#rule-new-form").get_by_label("When a contact does")).to_have_value("Demo Requested")
    assert [(one["key"], one["points"]) for one in draft(workspace)["rules"]] == [("s", 9), ("r", 5)]


def test_two_people_at_one_draft_lose_nothing(open_page: Open, workspace: Workspace, alice: User, bob: User) -> None:
    make(workspace, alice, rules=[rule()], stages=[stage()])
    page = open_page("new-leads/rules/r/")
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(rules=[rule()], stages=[stage(threshold=60)]), by=bob)
    page.locator("#rule-r-points").fill("9")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Your rule was not stored, and is here as you wrote it")).to_be_visible()
    expect(page.locator("#rule-r-points")).to_have_value("9")
    page.locator("#rule-r-points").press("Enter")
    expect(page.locator("#rule-r .pt")).to_have_text("+9")
    assert points_and_threshold(workspace) == (9, 60)
    page.locator("#threshold-hot").fill("45")  # in a form that was drawn before the other's edit
    page.keyboard.press("Tab")
    expect(page.get_by_text("Your change was not stored.").first).to_be_visible()
    assert points_and_threshold(workspace) == (9, 60)


def test_who_changed_a_rule_that_another_changed_chooses_whose_it_is(open_page: Open, workspace: Workspace, alice: User, bob: User) -> None:
    make(workspace, alice, rules=[rule()])
    page = open_page("new-leads/rules/r/")
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(rules=[rule(points=6)]), by=bob)
    points = page.locator("#rule-r-points")
    points.fill("9")
    page.keyboard.press("Tab")
    expect(page.get_by_text("saving yours puts all of its fields in place of that")).to_be_visible()
    expect(page.locator("#rule-r .pt")).to_have_text("+6")
    expect(page.get_by_text("not saved yet")).to_be_visible()
    page.locator("#rule-r-form").get_by_role("button", name="Condition").click()  # drawn anew, it is no more stored by itself than before
    expect(page.locator("#rule-r-form").get_by_label("Field")).to_be_visible()
    points.fill("8")
    page.keyboard.press("Tab")
    page.wait_for_timeout(700)
    assert draft(workspace)["rules"][0]["points"] == 6
    page.get_by_role("link", name="Load theirs").click()
    expect(points).to_have_value("6")
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(rules=[rule(points=7)]), by=bob)
    points.fill("9")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#rule-r .pt")).to_have_text("+9")
    assert draft(workspace)["rules"][0]["points"] == 9


def test_an_undo_does_not_touch_an_edit_that_was_not_seen(open_page: Open, workspace: Workspace, alice: User, bob: User) -> None:
    make(workspace, alice, stages=[stage()])
    page = open_page("new-leads/")
    page.locator("#threshold-hot").fill("45")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    with workspace_scope(workspace.id):
        drafts.save(workspace, "new-leads", document(stages=[stage(threshold=60)]), by=bob)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The draft was saved elsewhere meanwhile.")).to_be_visible()
    assert draft(workspace)["stages"][0]["threshold"] == 60


def test_a_grade_is_made_and_asked_for_by_a_stage(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, stages=[stage()])
    page = open_page("new-leads/")
    page.locator("#grade").get_by_role("button", name="Grade").click()
    page.locator("#grade").get_by_role("link", name="Edit").click()
    page.locator("#grade-start").select_option("C")
    page.locator("#grading").get_by_role("link", name="Criterion").click()
    form = page.locator("#grading form.editor")
    form.get_by_label("Field").fill("company.industry")
    with page.expect_response("**/grade/"):
        form.get_by_label("Comparison").select_option("is")
    form.get_by_label("Value", exact=True).fill("Software")
    form.get_by_label("move the grade by").fill("2")
    form.get_by_role("button", name="Add criterion").click()
    expect(page.locator("#grade .lines")).to_contain_text("+2")
    page.locator("#grading .rule-line").click()
    form.get_by_label("move the grade by").fill("3")
    page.keyboard.press("Tab")
    expect(page.locator("#grade .lines")).to_contain_text("+3")
    page.locator("#more-hot summary").click()
    page.locator("#grades-hot-0").select_option("D")
    page.locator("#grades-hot-0-points").fill("90")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Grade D needs 90")).to_be_visible()
    stored = draft(workspace)
    industry = {"all": [{"field": "company.industry", "op": "is", "value": "Software"}]}
    name = stored["grade"]["criteria"][0]["name"]
    assert stored["grade"] == {"start": "C", "criteria": [{"name": name, "steps": 3, "conditions": industry}]}
    assert stored["stages"][0]["by_grade"] == {"D": 90}


SELECT = """document.addEventListener("htmx:beforeOnLoad", () => { const field = document.querySelector("#grading [name=steps]");
                field.focus(); field.select(); }, {once: true})"""


def test_what_is_selected_stays_so_in_a_form_that_is_drawn_anew(open_page: Open, workspace: Workspace, alice: User) -> None:
    """As by a press of Tab into a field while the answer was on its way: the next key replaces what is in it."""
    make(workspace, alice, grade={"criteria": []})
    page = open_page("new-leads/grade/?criterion=new")
    page.evaluate(SELECT)
    with page.expect_response("**/grade/"):
        page.locator("#grading").get_by_label("Comparison").select_option("in")
    expect(page.locator("#grading").get_by_label("Values, one a line")).to_be_visible()
    page.keyboard.type("2")
    expect(page.locator("#grading [name=steps]")).to_have_value("2")


def test_an_earlier_version_is_compared_and_made_the_draft(open_page: Open, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    publish(workspace, {**DOCUMENT, "maximum": 77})
    page = open_page("new-leads/versions/1/")
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".changes")).to_have_text("The highest score 77 instead of no bound")
    page.go_back()
    page.get_by_role("button", name="Make it the draft").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it the draft").click()
    expect(page.get_by_text("The draft is what version 1 was.")).to_be_visible()
    assert draft(workspace) == DOCUMENT
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone:")).to_be_visible()
    assert draft(workspace)["maximum"] == 77


def test_a_preview_of_an_older_draft_says_so(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, stages=[stage()])
    with workspace_scope(workspace.id):
        previewing.preview(workspace, "new-leads", by=alice)
        drafts.save(workspace, "new-leads", document(stages=[stage(threshold=60)]), by=alice)
    page = open_page("new-leads/preview/")
    expect(page.get_by_text("has changed since this was counted")).to_be_visible()


def test_a_menu_closes_once_something_of_it_is_chosen(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, groups=[{"key": "fit", "name": "Fit"}])
    page = open_page("new-leads/")
    menu = page.locator("details.menu", has=page.get_by_label("New rule in Fit"))
    menu.locator("summary").click()
    menu.get_by_role("link", name="Start again").click()
    expect(page.locator("#rule-new-activity")).to_be_focused()
    expect(menu.locator(".menu-list")).to_be_hidden()


def test_the_grade_opens_below_the_bar(open_page: Open, workspace: Workspace, alice: User) -> None:
    make(workspace, alice, grade={"start": "D"}, rules=[rule(key=f"r{number}") for number in range(30)], stages=[stage()])
    page = open_page("new-leads/", viewport={"width": 390, "height": 844})
    page.locator("#grade").get_by_role("link", name="Edit").click()
    expect(page.get_by_role("link", name="Criterion")).to_be_in_viewport()
    page.wait_for_timeout(300)
    top, bar = (page.locator(place).bounding_box() for place in ("#grading", ".ls-bar"))
    assert top["y"] >= bar["y"] + bar["height"]


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
@pytest.mark.parametrize(
    "path",
    [
        "", "new-leads/", "new-leads/rules/pricing/", "new-leads/versions/", "new-leads/versions/1/", "new-leads/publish/",
        "new-leads/compare/", "new-leads/grade/",
    ],
)  # fmt: skip
def test_no_page_is_wider_than_a_phone(open_page: Open, workspace: Workspace, path: str, scheme: str) -> None:
    publish(workspace, DOCUMENT)
    page = open_page(path, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    expect(page.locator("main")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390

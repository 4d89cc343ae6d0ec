"""The templates: each valid and publishable, with the documented points, and a made-up lead that gets what it should."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from accounts.models import User, Workspace
from accounts.scope import workspace_scope
from contacts.mail_kinds import mail_kind
from contacts.models import CatalogueEntry, Contact, Side
from contacts.names import name_looks_fake
from scoring import document, engine
from scoring.api.document_schema import schema
from scoring.engine import Activity, Profile
from scoring.publishing import obstacles
from scoring.ready_made.needs import names, needs, received
from scoring.ready_made.starters import FOLDER, KEYS, Starter, find, starters
from tests.scoring.conftest import Send, publish, score_of, send
from tests.scoring.contacts import at
from tests.scoring.pages import Make, draft, maker, url

__all__ = ["send"]

T = at("2026-11-25T12:00")
GALLERY = "/w/acme/scoring-types/templates/"

# What each gives, to the letter of its description.
POINTS: dict[str, dict[str, int]] = {
    "b2b-saas": {
        "under-10": 2, "from-10": 8, "from-30": 19, "from-100": 3, "newsletter": 2, "trial": 8, "key-feature": 20, "no-answer": -5, "pricing": 5,
        "careers": -10, "unsubscribed": -10, "free-mail": -5,
    },
    "saas-trial": {"key-features": 10, "trial": 20, "demo": 25, "knowledge-base": 15, "ticket": 30},
    "e-commerce": {"product": 7, "cart": 15, "wish-list": 10, "purchase": 20, "newsletter": 5},
    "education": {"page": 5, "download": 10, "demo": 20, "form": 25, "webinar": 30},
    "b2b-enterprise": {"white-paper": 15, "demo": 30, "webinar": 25, "decision-makers": 20, "proposal": 35, "quote": 35},
    "content-engagement": {"open": 2, "click": 5, "newsletter": 5, "report": 10, "consultation": 20},
    "score-and-grade": {"form": 50, "file": 3, "search": 3, "visit": 3, "page": 1, "form-error": -5},
    "bant": {"budget": 25, "authority": 25, "need": 25, "timeframe": 25},
    "matrix": {
        "page": 1, "open": 2, "click": 3, "file": 5, "pricing": 6, "webinar": 8, "form": 10, "demo": 15, "silent": -10, "title": 4, "company": 7,
        "phone": 9, "decides": 15, "private-mail": -10,
    },
    "lamb-or-spam": {"business-mail": 10, "title": 10, "real-name": 10},
}  # fmt: skip

every_starter = pytest.mark.parametrize("starter", starters(), ids=lambda starter: starter.key)


def profile(contact: dict[str, Any], company: dict[str, Any]) -> Profile:
    """As the contact would be stored, created 200 days ago."""
    built_in = {
        "email_kind": mail_kind(contact.get("email", "")), "name_looks_fake": name_looks_fake(contact.get("first_name"), contact.get("last_name")),
        "created_at": (T - timedelta(days=200)).isoformat(),
    }  # fmt: skip
    return Profile({**contact, **built_in}, company)


def outcome(key: str, *did: tuple[str, int, dict[str, Any]], contact: Any = None, company: Any = None) -> Any:
    """What comes of the activities (event, days ago, properties) and traits under a template."""
    found = find(key)
    assert found is not None
    model = document.parse(found.document, "UTC")
    activities = [
        Activity(place, event, T - timedelta(days=days, minutes=len(did) - place), f"m{place}", properties, {})
        for place, (event, days, properties) in enumerate(did)
    ]
    return engine.explain(model, engine.ledger_of(model, activities, T, ()), profile(contact or {}, company or {}), T).outcome


def test_there_is_a_file_for_each_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(KEYS)
    assert [starter.key for starter in starters()] == list(KEYS) == [starter.document["key"] for starter in starters()]


@every_starter
def test_each_is_valid(starter: Starter) -> None:
    assert document.problems(starter.document) == []
    assert Draft202012Validator(schema("https://leads.example.com/")).is_valid(starter.document)


@every_starter
def test_each_gives_the_documented_points(starter: Starter) -> None:
    assert {rule["key"]: rule["points"] for rule in starter.document["rules"]} == POINTS[starter.key]


@every_starter
def test_a_made_up_lead_gets_what_is_told_of_it(starter: Starter) -> None:
    lead = starter.lead
    did = [(one.event, one.days_ago, dict(one.properties)) for one in lead.did]
    found = outcome(starter.key, *did, contact=dict(lead.contact), company=dict(lead.company))
    assert (found.points, found.stage, found.grade) == (lead.points, lead.stage, lead.grade)


@every_starter
def test_each_is_of_use_to_sales_or_marketing(starter: Starter) -> None:
    stages = starter.document["stages"]
    assert len(stages) >= 2
    assert stages[-1]["notify"]
    assert {recipient for one in stages for recipient in one.get("notify", [])} <= {"team:marketing", "team:sales", "owner"}


@every_starter
def test_what_is_said_of_a_source_is_about_something_that_it_needs(starter: Starter) -> None:
    needed = {event if side == Side.EVENT else f"{side}.{path}" for side, event, path in names(starter.document)}
    assert set(starter.sources) - needed == set()


@pytest.mark.parametrize(
    ("employees", "points"), [(0, 2), (9, 2), (10, 8), (29, 8), (30, 19), (99, 19), ("99", 19), (100, 3), (5000, 3), (None, 0), ("many", 0)]
)
def test_the_size_of_a_company_gives_points_once(employees: Any, points: int) -> None:
    assert outcome("b2b-saas", company={"employees": employees}).points == points


def test_the_stages_of_b2b_saas_begin_where_they_should() -> None:
    assert [one["threshold"] for one in find("b2b-saas").document["stages"]] == [25, 50, 75]  # type: ignore[union-attr]


@pytest.mark.parametrize(("trial", "points"), [(True, 20), (False, 0), (None, 0)])
def test_the_key_feature_counts_in_a_trial_alone(trial: Any, points: int) -> None:
    assert outcome("b2b-saas", ("Key Feature Used", 1, {"trial": trial})).points == points


def test_doubts_take_points() -> None:
    liked = ("Trial Started", 5, {}), ("Key Feature Used", 4, {"trial": True}), ("Newsletter Subscribed", 4, {})
    doubts = ("Demo Not Answered", 1, {}), ("Unsubscribed", 1, {}), ("Page Viewed", 1, {"url": "https://saas.example/careers/berlin"})
    assert [outcome("b2b-saas", *liked, *doubts[:many]).points for many in range(4)] == [30, 25, 15, 5]
    assert outcome("b2b-saas", *liked, contact={"email": "a@gmail.com"}).points == 25


def test_mails_count_for_90_days_and_the_rest_for_good() -> None:
    did = [("Email Opened", {}), ("Email Link Clicked", {}), ("Form Submitted", {"form": "newsletter"}), ("File Downloaded", {"file": "report.pdf"})]
    assert [outcome("content-engagement", *((event, days, properties) for event, properties in did)).points for days in (1, 89, 90)] == [22, 22, 15]


def test_asking_for_a_proposal_and_a_quote_counts_once() -> None:
    assert outcome("b2b-enterprise", ("Proposal Requested", 2, {}), ("Quote Requested", 1, {})).points == 35


@pytest.mark.parametrize(("deciders", "points"), [(0, 0), (1, 0), (2, 20), (5, 20), (None, 0)])
def test_another_decision_maker_is_one_beside_the_first(deciders: Any, points: int) -> None:
    assert outcome("b2b-enterprise", company={"decision_makers": deciders}).points == points


@pytest.mark.parametrize(
    ("grade", "threshold"),
    [("A+", 100), ("A", 100), ("A-", 100), ("B+", 100), ("B", 100), ("B-", 120), ("C+", 160), ("C", 180), ("C-", 200), ("D+", 240), ("D", None),
     ("D-", None), ("F", None)],
)  # fmt: skip
def test_the_grade_says_how_many_points_sales_need_to_see(grade: str, threshold: int | None) -> None:
    found = find("score-and-grade")
    assert found is not None
    ready = found.document["stages"][-1]
    assert ready["by_grade"].get(grade, ready["threshold"]) == threshold


def test_nobody_below_is_ever_ready_however_many_points_there_are() -> None:
    forms = [("Form Submitted", day, {}) for day in range(30)]
    found = outcome("score-and-grade", *forms)
    assert (found.points, found.grade, found.stage) == (1500, "D", "engaged")


@pytest.mark.parametrize(
    ("contact", "company", "grade"),
    [
        ({}, {}, "D"), ({}, {"industry": "software"}, "C"), ({}, {"country": "Austria"}, "C-"), ({"job_title": "Sales Director"}, {}, "C"),
        ({}, {"account_kind": "target"}, "C-"), ({}, {"account_kind": "competitor"}, "F"),
        ({"job_title": "Chief of staff"}, {"industry": "Logistics", "country": "Germany", "account_kind": "prospect"}, "A+"),
    ],
)  # fmt: skip
def test_the_grade_moves_in_thirds(contact: dict[str, Any], company: dict[str, Any], grade: str) -> None:
    assert outcome("score-and-grade", contact=contact, company=company).grade == grade


def test_a_visit_counts_once_a_day_and_each_page_of_it() -> None:
    views = [("Page Viewed", 0, {})] * 3 + [("Page Viewed", 1, {})] * 2
    assert outcome("score-and-grade", *views).points == 5 * 1 + 2 * 3


@pytest.mark.parametrize(
    ("answers", "points"),
    [
        ({"budget_confirmed": "yes"}, 25), ({"budget_confirmed": False}, 0), ({"buying_role": "Champion"}, 25), ({"buying_role": "user"}, 0),
        ({"need": "x"}, 25), ({"need": " "}, 0), ({"decides_within_months": 6}, 25), ({"decides_within_months": 7}, 0),
    ],
)  # fmt: skip
def test_each_question_of_budget_authority_need_and_timeframe_is_a_quarter(answers: dict[str, Any], points: int) -> None:
    assert outcome("bant", contact=answers).points == points


def test_the_matrix_weighs_from_one_to_ten_and_what_is_crucial_fifteen() -> None:
    given = {points for points in POINTS["matrix"].values() if points > 0}
    assert given - {15} <= set(range(1, 11))
    assert [key for key, points in POINTS["matrix"].items() if points == 15] == ["demo", "decides"]


@pytest.mark.parametrize(("days", "points"), [(29, 15), (30, 5), (100, 5)])
def test_thirty_silent_days_take_ten(days: int, points: int) -> None:
    assert outcome("matrix", ("Demo Requested", days, {})).points == points


@pytest.mark.parametrize(
    ("contact", "points"),
    [
        ({"email": "a@firm.example", "job_title": "Buyer", "first_name": "Jo"}, 30),
        ({"email": "a@gmail.com", "job_title": "Buyer", "last_name": "Weber"}, 20),
        ({"email": "a@firm.example", "job_title": " ", "last_name": "Weber"}, 20), ({"email": "a@firm.example", "last_name": "asdfgh"}, 10), ({}, 0),
    ],
)  # fmt: skip
def test_a_lamb_has_a_business_address_a_title_and_a_name_that_is_not_fake(contact: dict[str, Any], points: int) -> None:
    assert outcome("lamb-or-spam", contact=contact).points == points


@every_starter
def test_a_new_workspace_can_publish_it_and_the_lead_gets_its_points(starter: Starter, workspace: Workspace, send: Send, now: datetime) -> None:
    lead = starter.lead
    with workspace_scope(workspace.id):
        assert obstacles(workspace.id, starter.document) == []
    publish(workspace, dict(starter.document))
    who = {"userId": "lead"}
    oldest = now - timedelta(days=200)
    calls = [
        {"type": "identify", **who, "traits": dict(lead.contact), "timestamp": oldest.isoformat()},
        {"type": "group", **who, "groupId": "g", "traits": {**lead.company}, "timestamp": oldest.isoformat()},
        *({"type": "track", **who, "event": one.event, "properties": dict(one.properties),
           "timestamp": (now - timedelta(days=one.days_ago, seconds=len(lead.did) - place)).isoformat()} for place, one in enumerate(lead.did)),
    ]  # fmt: skip
    send(*calls, at=now)
    with workspace_scope(workspace.id):
        score = score_of(workspace, Contact.objects.get(workspace=workspace, merged_into=None).id, starter.key)
        assert (score.points, score.stage, score.grade or None) == (lead.points, lead.stage, lead.grade)


# What it needs


def entry(workspace: Workspace, now: datetime, side: str, event: str = "", path: str = "") -> None:
    CatalogueEntry.objects.create(
        workspace=workspace, side=side, event=event, path=path, seen=1, by_server=False, first_seen=now, last_seen=now
    )  # fmt: skip


def test_needs_are_the_events_properties_and_traits_that_rules_ask_about() -> None:
    found = find("b2b-saas")
    assert found is not None
    told = needs(found.document, found.sources, {("event", "Page Viewed", ""), ("contact", "", "email")})
    assert [(need.side, need.name, need.received, [part.path for part in need.parts]) for need in told] == [
        ("company", "employees", False, []), ("event", "Newsletter Subscribed", False, []), ("event", "Trial Started", False, []),
        ("event", "Key Feature Used", False, ["trial"]), ("event", "Page Viewed", True, ["url"]), ("event", "Demo Not Answered", False, []),
        ("event", "Unsubscribed", False, []), ("contact", "email", True, []),
    ]  # fmt: skip
    assert told[3].source == "Your product sends it, with trial set to true while the account is on trial."


def test_a_decision_maker_is_said_to_be_beyond_what_leadscore_knows() -> None:
    found = find("b2b-enterprise")
    assert found is not None
    (need,) = [need for need in needs(found.document, found.sources, ()) if need.name == "decision_makers"]
    assert (need.side, "leadscore does not know who decides" in need.source) == ("company", True)


@pytest.mark.django_db
def test_only_what_this_workspace_received_counts(workspace: Workspace, elsewhere: Workspace, now: datetime) -> None:
    with workspace_scope(elsewhere.id):
        entry(elsewhere, now, "event", "Trial Started")
    with workspace_scope(workspace.id):
        entry(workspace, now, "event", "Page Viewed")
        entry(workspace, now, "property", "Page Viewed", "url")
        entry(workspace, now, "property", "Trial Started", "trial")
        entry(workspace, now, "company", path="employees")
        asked = [("event", "Page Viewed", ""), ("property", "Page Viewed", "url"), ("event", "Trial Started", ""), ("contact", "", "employees"),
                 ("company", "", "employees"), ("property", "Key Feature Used", "trial")]  # fmt: skip
        assert received(workspace.id, asked) == {("event", "Page Viewed", ""), ("property", "Page Viewed", "url"), ("company", "", "employees")}


# Pages


@pytest.fixture
def make(workspace: Workspace, alice: User, client: Client) -> Make:
    return maker(workspace, alice, client)


@pytest.mark.django_db
def test_the_gallery_shows_all_and_asks_the_catalogue_once(client: Client, workspace: Workspace, make: Make, now: datetime) -> None:
    with workspace_scope(workspace.id):
        entry(workspace, now, "event", "Page Viewed")
        entry(workspace, now, "event", "Demo Requested")
    make()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(GALLERY)
    assert [card.starter.key for card in response.context["cards"]] == list(KEYS)
    assert {card.starter.key: (card.received, card.needs) for card in response.context["cards"]}["education"] == (2, 5)
    assert len([query for query in queries if "contacts_catalogueentry" in query["sql"]]) == 1


@pytest.mark.django_db
@every_starter
def test_each_is_shown_with_its_rules_needs_and_lead(client: Client, make: Make, starter: Starter) -> None:
    make()
    response = client.get(f"{GALLERY}{starter.key}/")
    html = response.content.decode()
    assert (response.status_code, sum(len(section.rows) for section in response.context["sections"])) == (200, len(starter.document["rules"]))
    assert [need.name for need in response.context["needs"] if need.name not in html] == []
    assert starter.lead.name in html


@pytest.mark.django_db
def test_there_is_no_other(client: Client, make: Make) -> None:
    make()
    assert [client.get(f"{GALLERY}nothing/").status_code, client.post(f"{GALLERY}nothing/").status_code] == [404, 404]


@pytest.mark.django_db
def test_using_one_makes_a_draft_under_a_free_key(client: Client, workspace: Workspace, make: Make) -> None:
    make()
    locations = [client.post(f"{GALLERY}matrix/")["Location"] for _ in range(2)]
    assert locations == ["/w/acme/scoring/matrix/", "/w/acme/scoring/matrix-2/"]
    assert b"Matrix of 1 to 10 is a draft of yours now" in client.get(locations[0]).content


@pytest.mark.django_db
def test_an_empty_type_is_filled_and_keeps_key_and_name(client: Client, workspace: Workspace, make: Make) -> None:
    make(name="Mine")
    assert f"{GALLERY}?into=new-leads" in client.get(url("edit")).content.decode()
    assert client.get(f"{GALLERY}bant/?into=new-leads").context["into"].key == "new-leads"
    client.post(f"{GALLERY}bant/", {"into": "new-leads"})
    found = find("bant")
    assert found is not None
    assert draft(workspace) == {**found.document, "key": "new-leads", "name": "Mine"}


@pytest.mark.django_db
def test_a_type_that_has_rules_is_left_alone(client: Client, workspace: Workspace, make: Make) -> None:
    rules = [{"key": "a", "name": "A", "when": "reset", "activity": "Won"}]
    make(rules=rules)
    client.post(f"{GALLERY}bant/", {"into": "new-leads"})
    assert draft(workspace)["rules"] == rules


@pytest.mark.django_db
def test_a_type_of_another_workspace_is_not_filled(client: Client, make: Make, elsewhere: Workspace) -> None:
    make()
    assert client.post(f"{GALLERY}bant/", {"into": "theirs"}).status_code == 404

"""Trying a model by the API: an existing contact or a made-up one, the draft or a version; every wrong body refused by its path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Workspace
from accounts.scope import workspace_scope
from contacts.models import Activity, Contact
from scoring.models import Award, ScoringType
from tests.api.conftest import Api
from tests.scoring.conftest import DOCUMENT, publish

pytestmark = pytest.mark.django_db(transaction=True)

TRY = "/scoring-types/new-leads/try/"
VIEW = {"name": "Page Viewed", "properties": {"url": "https://shop.test/pricing"}}
DEARER = {**DOCUMENT, "rules": [{**DOCUMENT["rules"][1], "points": 61}, *DOCUMENT["rules"][2:]]}


def attempt(api: Api, **body: Any) -> dict[str, Any]:
    response = api("POST", TRY, body)
    assert response.status_code == 200, response.content
    answered: dict[str, Any] = json.loads(response.content)
    values = [one["value"] for name in ("rules", "adjustments", "cut") for one in answered[name]]
    assert round(sum(values) * 1000) == round(answered["exact"] * 1000)
    return answered


def rules(answered: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {one["rule"]: (one["verdict"], one["value"], one["reason"]) for one in answered["rules"]}


def test_an_existing_contact_is_explained_by_every_rule_as_it_is_scored(api: Api, lead: int) -> None:
    answered = attempt(api, contact=lead)
    (score,) = api.get(f"/contacts/{lead}/scores/")["results"]
    assert (answered["contact"], answered["version"], answered["points"], answered["stage"]) == (lead, None, score["points"], score["stage"])
    assert rules(answered) == {
        "pricing": ("gives", 15, "4 activities matched: 3 gave points and 1 is over the limit, at most 3 times a day."),
        "demo": ("gives", 60, "1 activity matched: gave points."),
        "cto": ("gives", 20, "The job title is “CTO of Firm”, which contains “CTO”."),
    }
    latest = answered["rules"][0]["activities"][0]
    assert (latest["verdict"], latest["value"], latest["index"], latest["reason"]) == ("limit", 0, None, "over the limit, at most 3 times a day")
    assert latest["activity"] > 0


def test_the_draft_is_tried_unless_a_version_is_asked_for(api: Api, lead: int) -> None:
    api("PUT", "/scoring-types/new-leads/", DEARER)
    assert [attempt(api, contact=lead, **asked)["points"] for asked in ({}, {"version": "draft"}, {"version": 1})] == [81, 81, 95]


def test_a_made_up_contact_with_activities_at_an_instant(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    answered = attempt(
        api, contact={"jobTitle": "Engineer"}, company={"name": "Firm"}, at="2026-06-15T12:00:00Z",
        activities=[{**VIEW, "occurred_at": "2026-06-15"}, {"name": "Page Viewed", "properties": {"url": "/blog"}},
                    {"name": "Demo Requested", "occurred_at": "2026-06-16"}],
    )  # fmt: skip
    assert (answered["points"], answered["stage"], answered["contact"], answered["later"]) == (5, None, None, 1)
    assert rules(answered) == {
        "pricing": ("gives", 5, "1 of 2 matched: gave points."),
        "demo": ("nothing", 0, "Nothing was done by the name “Demo Requested”."),
        "cto": ("failed", 0, "The job title is “Engineer”, which does not contain “CTO”."),
    }
    (failed, gave) = answered["rules"][0]["activities"]
    assert [(one["index"], one["activity"], one["verdict"]) for one in (failed, gave)] == [(1, None, "failed"), (0, None, "gives")]
    assert failed["failed"] == [
        {"condition": {"field": "properties.url", "op": "matches", "value": "*/pricing*"}, "found": "/blog", "holds": False,
         "reason": "the address is “/blog”, which does not match “*/pricing*”"},
    ]  # fmt: skip
    assert [(one["stage"], one["reached"], one["reason"]) for one in answered["stages"]] == [
        ("cold", False, "5 points short"), ("hot", False, "35 points short"), ("mql", False, "70 points short"),
    ]  # fmt: skip


def test_what_an_existing_contact_would_have_done_besides(api: Api, lead: int) -> None:
    assert attempt(api, contact=lead, activities=[{"name": "Demo Requested"}])["points"] == 155


def test_a_body_without_anything_tries_nobody(api: Api, workspace: Workspace) -> None:
    publish(workspace, DOCUMENT)
    assert attempt(api)["points"] == 0


def test_nothing_is_stored(api: Api, lead: int, workspace: Workspace) -> None:
    def stored() -> list[int]:
        with workspace_scope(workspace.id):
            return [kind.objects.count() for kind in (Contact, Activity, Award, ScoringType)]

    before = stored()
    attempt(api, contact=lead, activities=[VIEW])
    attempt(api, contact={"email": "new@firm.test"}, activities=[VIEW])
    assert stored() == before


def test_a_merged_contact_is_tried_as_its_survivor(api: Api, lead: int, workspace: Workspace) -> None:
    other = json.loads(api("POST", "/contacts/", {"user_id": "u2"}).content)["id"]
    assert api("POST", f"/contacts/{other}/merge/", {"into": lead}).status_code == 200
    assert attempt(api, contact=other)["contact"] == lead


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], ("", "invalid")),
        ({"contacts": 1}, ("contacts", "unknown")),
        ({"contact": "1"}, ("contact", "type")),
        ({"contact": None}, ("contact", "null")),
        ({"contact": True}, ("contact", "type")),
        ({"contact": 0}, ("contact", "unknown")),
        ({"contact": 2**70}, ("contact", "unknown")),
        ({"contact": {"email_kind": "free"}}, ("contact.email_kind", "built_in")),
        ({"contact": {"email": 5}}, ("contact.email", "type")),
        ({"contact": {"created_at": "soon"}}, ("contact.created_at", "invalid")),
        ({"contact": {"createdAt": "2999-01-01"}}, ("contact.created_at", "range")),
        ({"contact": {str(n): n for n in range(501)}}, ("contact", "length")),
        ({"company": []}, ("company", "type")),
        ({"activities": {}}, ("activities", "type")),
        ({"activities": [1]}, ("activities[0]", "type")),
        ({"activities": [{}]}, ("activities[0].name", "required")),
        ({"activities": [VIEW, {"name": " "}]}, ("activities[1].name", "length")),
        ({"activities": [{"name": "x" * 201}]}, ("activities[0].name", "length")),
        ({"activities": [{"name": "x", "event": "y"}]}, ("activities[0].event", "unknown")),
        ({"activities": [{"name": "x", "occurred_at": "yesterday"}]}, ("activities[0].occurred_at", "invalid")),
        ({"activities": [{"name": "x", "occurred_at": 5}]}, ("activities[0].occurred_at", "invalid")),
        ({"activities": [{"name": "x", "properties": []}]}, ("activities[0].properties", "type")),
        ({"activities": [{"name": "x", "context": "c"}]}, ("activities[0].context", "type")),
        ({"activities": [{"name": "x", "properties": {"p": "x" * 33_000}}]}, ("activities[0]", "too_large")),
        ({"activities": [{"name": "x"}] * 501}, ("activities", "length")),
        ({"at": "noon"}, ("at", "invalid")),
        ({"at": None}, ("at", "null")),
        ({"version": 9}, ("version", "unknown")),
        ({"version": "1"}, ("version", "invalid")),
        ({"version": True}, ("version", "invalid")),
        ({"version": 2**40}, ("version", "unknown")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_its_path(api: Api, workspace: Workspace, body: Any, fault: tuple[str, str]) -> None:
    publish(workspace, DOCUMENT)
    assert api.faults("POST", TRY, body) == [fault]


def test_an_existing_contact_has_its_own_company(api: Api, lead: int) -> None:
    assert api.faults("POST", TRY, {"contact": lead, "company": {"name": "x"}}) == [("company", "not_here")]


def test_a_draft_with_something_to_mend_is_not_tried_but_versions_are(api: Api, lead: int, workspace: Workspace) -> None:
    with workspace_scope(workspace.id):
        ScoringType.objects.update(draft={**DOCUMENT, "rules": [{**DOCUMENT["rules"][1], "points": 0}]})
    assert api.faults("POST", TRY, {"contact": lead}) == [("rules[0].points", "range")]
    assert attempt(api, contact=lead, version=1)["points"] == 95


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_instants_too(api: Api, workspace: Workspace, at: str) -> None:
    silent = {"key": "silent", "name": "Silent", "when": "inactivity", "days": 1, "points": -1}
    publish(workspace, {**DOCUMENT, "rules": [*DOCUMENT["rules"], silent]})
    assert attempt(api, at=at, activities=[VIEW])["points"] == 5

"""Points by hand."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Membership, Role, User, Workspace
from accounts.scope import workspace_scope
from contacts.models import Contact
from notifications.models import Message
from scoring import drafts, joining
from scoring.adjusting import adjust
from scoring.explanation import of_contact
from scoring.models import Adjustment, Score, ScoringType, StageChange
from tests.racing import in_a_thread, wait_until_one_waits_for_a_lock
from tests.scoring.conftest import DOCUMENT, Send, publish, score_of

pytestmark = pytest.mark.django_db
RESET = {"key": "won", "name": "Won", "when": "reset", "activity": "Order Completed"}
WITH_RESET = {**DOCUMENT, "rules": [*DOCUMENT["rules"], RESET], "stages": [{"key": "hot", "name": "Hot", "threshold": 10, "notify": ["team:sales"]}]}


@pytest.fixture
def lead(workspace: Workspace, send: Send) -> int:
    """A known contact without points in a published type that can start over."""
    publish(workspace, WITH_RESET)
    send({"type": "identify", "userId": "u", "traits": {"firstName": "Ida"}})
    with workspace_scope(workspace.id):
        return Contact.objects.get(workspace=workspace).id


def give(workspace: Workspace, contact_id: int, points: int, by: User | None = None) -> Adjustment:
    with workspace_scope(workspace.id):
        return adjust(workspace, contact_id, ScoringType.objects.get(workspace=workspace), points, "met at a fair", by=by)


def points(workspace: Workspace) -> int:
    with workspace_scope(workspace.id):
        return Score.objects.get(workspace=workspace, version__state="live").points


def test_points_are_given_a_stage_is_entered_and_its_recipients_are_told(workspace: Workspace, lead: int, alice: User) -> None:
    give(workspace, lead, 15, alice)
    with workspace_scope(workspace.id):
        assert list(StageChange.objects.values_list("direction", "stage", "cause", "points")) == [("entered", "hot", "adjustment", 15)]
        assert [message.reason for message in Message.objects.all()] == ["team:sales"]
        (explained,) = of_contact(workspace.id, lead, StageChange.objects.get().at)
        assert [(line.kind, line.name, line.value, line.author) for line in explained.explanation.lines] == [
            ("adjustment", "met at a fair", 15_000, "Alice Archer")
        ]
        assert AuditEntry.objects.get(action="contact.adjusted").data == {"scoring_type": "new-leads", "points": 15, "reason": "met at a fair"}


def test_they_are_taken_as_well_and_the_bounds_hold(workspace: Workspace, lead: int) -> None:
    give(workspace, lead, 15)
    give(workspace, lead, -20)
    assert points(workspace) == 0
    give(workspace, lead, 30)
    assert points(workspace) == 25


def test_they_outlive_a_new_version(workspace: Workspace, lead: int) -> None:
    give(workspace, lead, 15)
    publish(workspace, {**WITH_RESET, "name": "New leads again"})
    assert points(workspace) == 15


def test_they_outlive_a_merge(workspace: Workspace, lead: int, send: Send) -> None:
    send({"type": "page", "anonymousId": "a"})
    with workspace_scope(workspace.id):
        visitor = Contact.objects.exclude(id=lead).get(workspace=workspace)
    give(workspace, visitor.id, 7)
    give(workspace, lead, 15)
    send({"type": "identify", "userId": "u", "anonymousId": "a", "traits": {}})
    with workspace_scope(workspace.id):
        assert Score.objects.get(workspace=workspace, contact=lead).points == 22


def test_a_later_reset_voids_them_and_what_is_given_afterwards_counts(workspace: Workspace, lead: int, send: Send) -> None:
    give(workspace, lead, 15)
    send({"type": "track", "event": "Order Completed", "userId": "u"})
    assert points(workspace) == 0
    give(workspace, lead, 4)
    assert points(workspace) == 4


def test_at_an_earlier_instant_there_were_none(workspace: Workspace, lead: int, now: datetime) -> None:
    made = give(workspace, lead, 15)
    with workspace_scope(workspace.id):
        for t, expected in ((made.awarded_at - timedelta(microseconds=1), 0), (made.awarded_at, 15)):
            (explained,) = of_contact(workspace.id, lead, t, from_scratch=True)
            assert explained.explanation.outcome.points == expected


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json.dumps(body), "application/json", headers={"X-Workspace": "acme"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scoring_type": "new-leads", "points": 0, "reason": "x"}, "points"),
        ({"scoring_type": "new-leads", "points": 1001, "reason": "x"}, "points"),
        ({"scoring_type": "new-leads", "points": 1.5, "reason": "x"}, "points"),
        ({"scoring_type": "new-leads", "points": "5", "reason": "x"}, "points"),
        ({"scoring_type": "new-leads", "points": 5.0, "reason": "x"}, "points"),
        ({"scoring_type": "new-leads", "points": 1, "reason": " "}, "reason"),
        ({"scoring_type": "new-leads", "points": 1, "reason": "x" * 201}, "reason"),
        ({"scoring_type": "nothing", "points": 1, "reason": "x"}, "scoring_type"),
        ({"points": 1, "reason": "x"}, "scoring_type"),
    ],
)
def test_the_api_refuses_what_is_wrong_by_its_field(
    client: Client, workspace: Workspace, alice: User, lead: int, body: dict[str, Any], field: str
) -> None:
    client.force_login(alice)
    response = post(client, f"/api/v1/contacts/{lead}/adjustments/", body)
    assert (response.status_code, [fault["path"] for fault in response.json()["errors"]]) == (400, [field])


def test_the_api_gives_points_and_shows_them_among_the_scores(client: Client, workspace: Workspace, alice: User, lead: int) -> None:
    client.force_login(alice)
    made = post(client, f"/api/v1/contacts/{lead}/adjustments/", {"scoring_type": "new-leads", "points": -3, "reason": "a competitor"})
    assert (made.status_code, made.json()["points"], made.json()["reason"]) == (201, -3, "a competitor")
    (row,) = client.get(f"/api/v1/contacts/{lead}/scores/", headers={"X-Workspace": "acme"}).json()["results"]
    (line,) = row["awards"]
    assert (line["rule"], line["name"], line["value"], line["points"], line["activity"]) == (None, "a competitor", -3, -3, None)
    assert line["value"] + sum(one["value"] for one in row["cut"]) == row["points"] == 0


def test_a_marketer_adjusts_on_the_profile_and_the_reason_stands_there(client: Client, workspace: Workspace, bob: User, lead: int) -> None:
    Membership.objects.filter(user=bob).update(role=Role.MARKETER)
    client.force_login(bob)
    url = reverse("contacts:adjust", args=["acme", lead])
    assert client.post(url, {"scoring_type": "new-leads", "points": "0", "reason": "x"}).status_code == 422
    text = client.post(url, {"scoring_type": "new-leads", "points": "12", "reason": "met at a fair"}, follow=True).content.decode()
    assert "Adjusted by hand" in text
    assert "met at a fair" in text
    assert "by Bob Baker" in text
    assert points(workspace) == 12


@pytest.mark.parametrize(("state", "status"), [("never published", 201), ("archived", 400)])
def test_a_type_that_is_not_live_is_not_offered_and_by_the_api_only_one_that_may_be_published(
    client: Client, workspace: Workspace, alice: User, lead: int, state: str, status: int
) -> None:
    with workspace_scope(workspace.id):
        when = datetime(2026, 1, 1, tzinfo=UTC) if state == "archived" else None
        ScoringType.objects.create(workspace=workspace, key="other", name="Other", draft={}, archived_at=when)
    client.force_login(alice)
    url = reverse("contacts:adjust", args=["acme", lead])
    offered = re.findall(r'<option value="(.+?)"', client.get(url).content.decode())
    given = {"scoring_type": "other", "points": 9, "reason": "a fair"}
    answered = (client.post(url, given).status_code, post(client, f"/api/v1/contacts/{lead}/adjustments/", given).status_code)
    assert (offered, answered) == (["new-leads"], (422, status))


def test_points_given_before_a_type_is_published_count_once_it_is(client: Client, workspace: Workspace, alice: User, lead: int) -> None:
    document = {**DOCUMENT, "key": "other", "name": "Other"}
    with workspace_scope(workspace.id):
        drafts.create(workspace, document, by=alice)
    client.force_login(alice)
    post(client, f"/api/v1/contacts/{lead}/adjustments/", {"scoring_type": "other", "points": 9, "reason": "a fair"})
    publish(workspace, document)
    with workspace_scope(workspace.id):
        assert score_of(workspace, lead, "other").points == 9


def test_a_dialog_that_was_refused_stays_and_one_that_was_taken_goes_on_to_the_profile(client: Client, alice: User, lead: int) -> None:
    client.force_login(alice)
    url = reverse("contacts:adjust", args=["acme", lead])
    refused = client.post(url, {"scoring_type": "new-leads"}, headers={"HX-Request": "true"})
    assert (refused.status_code, next(one.name for one in refused.templates), list(refused.context["form"].errors)) == (
        422, "contacts/_adjust_dialog.html", ["points", "reason"]
    )  # fmt: skip
    taken = client.post(url, {"scoring_type": "new-leads", "points": 1, "reason": "a fair"}, headers={"HX-Request": "true"})
    assert (taken.status_code, taken["HX-Redirect"]) == (204, reverse("contacts:profile", args=["acme", lead]))


@pytest.mark.django_db(transaction=True)
def test_points_for_a_contact_that_is_merged_just_now_are_refused_on_the_form(
    client: Client, workspace: Workspace, alice: User, lead: int, send: Send
) -> None:
    send({"type": "track", "event": "Seen", "userId": "another", "messageId": "m9"})
    client.force_login(alice)
    with workspace_scope(workspace.id):
        other = Contact.objects.get(identifiers__value="another").id
    url = reverse("contacts:adjust", args=[workspace.slug, lead])
    with ThreadPoolExecutor(1) as pool:
        with workspace_scope(workspace.id):
            joining.merge(workspace, lead, other, by=alice)
            answer = in_a_thread(pool, lambda: client.post(url, {"scoring_type": "new-leads", "points": "5", "reason": "x"}))
            wait_until_one_waits_for_a_lock()
        refused = answer.result()
    assert (refused.status_code, refused.context["form"].non_field_errors()) == (
        422, ["The contact was just merged or erased by somebody else. Nothing was changed."]
    )  # fmt: skip


def test_undoing_a_merge_gives_each_its_own_back(workspace: Workspace, lead: int, send: Send, alice: User) -> None:
    send({"type": "identify", "userId": "other", "traits": {}})
    with workspace_scope(workspace.id):
        other = Contact.objects.exclude(id=lead).get(workspace=workspace).id
    give(workspace, other, 7)
    give(workspace, lead, 3)
    with workspace_scope(workspace.id):
        joining.merge(workspace, other, lead, by=alice)
        assert Score.objects.get(contact=lead).points == 10
    with workspace_scope(workspace.id):
        joining.undo(workspace, other, out_of=lead, by=alice)
        assert dict(Score.objects.values_list("contact_id", "points")) == {lead: 3, other: 7}
